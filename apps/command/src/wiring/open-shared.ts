import type { Clock } from '@waymark/base';
import {
  clientAddress,
  CountedLimit,
  GatewayChoice,
  localLimiters,
  trustedProxies,
  type Config,
  type GatewayDirectory,
  type HealthCheck,
  type Log,
  type MakeLimiter,
  type SharingStatus,
} from '@waymark/platform';
import type { FastifyRequest } from 'fastify';
import { JoinLimits } from '../auth/join-limits.ts';

/**
 * What several processes know together: rate limits, and the directory of gateways. With REDIS_URL it is kept there; without, each
 * process keeps its own, and joins name the gateway of the settings. Redis is loaded only when it is configured.
 */
export interface Shared {
  readonly joinLimits: JoinLimits;
  readonly questDocuments: CountedLimit;
  /** Whom the limits count. */
  readonly addressOf: (request: FastifyRequest) => string;
  /** Where the players of a game are sent; answers at once. */
  readonly gatewayUrlFor: (gameId: string) => string;
  /** Null without REDIS_URL. */
  readonly status: SharingStatus | null;
  readonly checks: readonly HealthCheck[];
  close(): Promise<void>;
}

interface InRedis {
  readonly directory: GatewayDirectory;
  readonly makeLimiter: MakeLimiter;
  readonly status: SharingStatus;
  close(): Promise<void>;
}

export interface SharedParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  /** Id of the event log: it tells deployments apart that have one Redis. */
  readonly logId: string;
}

export async function openShared(parts: SharedParts): Promise<Shared> {
  const { clock, config } = parts;
  const inRedis = config.redisUrl === '' ? null : await openInRedis(parts);
  const makeLimiter = inRedis?.makeLimiter ?? localLimiters(clock);
  const limit = (name: string, perMinute: number): CountedLimit => new CountedLimit(makeLimiter(name, perMinute));
  const trusted = trustedProxies(config.trustedProxies);
  const choice = inRedis === null ? null : new GatewayChoice(inRedis.directory, config.publicGatewayUrl);
  return {
    joinLimits: new JoinLimits(
      limit('failed-joins-per-address', config.failedJoinsPerAddress),
      limit('failed-joins-per-game', config.failedJoinsPerGame),
    ),
    questDocuments: limit('quest-documents-per-author', config.questDocumentsPerAuthor),
    addressOf: ({ headers, raw }) => clientAddress(raw.socket.remoteAddress, headers['x-forwarded-for'], trusted),
    gatewayUrlFor: (gameId) => choice?.urlFor(gameId) ?? config.publicGatewayUrl,
    status: inRedis?.status ?? null,
    checks: inRedis === null ? [] : [sharingCheck(inRedis.status)],
    close: async () => inRedis?.close(),
  };
}

async function openInRedis({ clock, config, log, logId }: SharedParts): Promise<InRedis> {
  const { openRedis, RedisDirectory, redisLimiters, SharedRedis } = await import('@waymark/platform/redis');
  const link = openRedis({ url: config.redisUrl, purpose: 'shared', log });
  const redis = new SharedRedis(link, log);
  const directory = new RedisDirectory({ redis, clock, logId, own: null });
  directory.start();
  return {
    directory,
    makeLimiter: redisLimiters({ redis, clock, logId }),
    status: { counts: redis.counts, fault: () => redis.fault, gatewayCount: () => directory.live().length },
    async close() {
      await directory.stop();
      link.close();
    },
  };
}

/** Always holds: joins go on without Redis. */
function sharingCheck({ fault, gatewayCount }: SharingStatus): HealthCheck {
  return {
    name: 'sharing',
    check() {
      const reason = fault();
      const count = gatewayCount();
      const known =
        count === 0
          ? 'no gateway is known, joins name the one of the settings'
          : `${count} known ${count === 1 ? 'gateway' : 'gateways'}`;
      const detail =
        reason === null
          ? `limits hold over all processes; ${known}`
          : `degraded: limits hold for each process alone; ${known} (Redis: ${reason})`;
      return { ok: true, detail };
    },
  };
}
