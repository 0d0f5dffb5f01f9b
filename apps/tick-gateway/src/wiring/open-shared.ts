import type { Clock, Random } from '@waymark/base';
import {
  clientAddress,
  CountedLimit,
  createMemoryTicketLedger,
  localLimiters,
  placeOfGame,
  trustedProxies,
  type Config,
  type GatewayDirectory,
  type HealthCheck,
  type Log,
  type MakeLimiter,
  type SeatTakeovers,
  type SharingStatus,
  type TakenElsewhere,
  type TicketLedger,
} from '@waymark/platform';
import type { LedgerCounts } from '@waymark/platform/redis';
import type { IncomingMessage } from 'node:http';

/**
 * What several gateways know together: tickets that were used, which gateway a player is on, rate limits, and which gateways there are.
 * With REDIS_URL it is kept there; without, this gateway is for itself. Redis is loaded only when it is configured.
 */
export interface GatewayShared {
  readonly ledger: TicketLedger;
  readonly takeovers: SeatTakeovers | null;
  readonly connects: CountedLimit;
  readonly connectWait: (request: IncomingMessage) => number | Promise<number>;
  readonly elsewhere: (gameId: string | null) => string | null;
  readonly status: SharedStatus | null;
  readonly checks: readonly HealthCheck[];
  /** Called when players are let in: from now on they are sent here. */
  start(players: SharedPlayers): void;
  /** Settles when the directory knows that this gateway takes nobody any more; soon, whatever Redis does. */
  announceDrain(): Promise<void>;
  close(): Promise<void>;
}

/** The part of the PlayServer that others are told of, and that is told of others. */
export interface SharedPlayers {
  readonly connectionCount: number;
  takenElsewhere: TakenElsewhere;
}

/** What is told of Redis; null without REDIS_URL. */
export interface SharedStatus extends SharingStatus {
  readonly tickets: Readonly<LedgerCounts>;
}

export interface SharedParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Id of the event log: it tells deployments apart that have one Redis. */
  readonly logId: string;
  readonly version: string;
}

type InRedis = Omit<GatewayShared, 'connects' | 'connectWait' | 'elsewhere' | 'takeovers' | 'checks' | 'status'> & {
  readonly takeovers: SeatTakeovers;
  readonly status: SharedStatus;
  readonly directory: GatewayDirectory;
  readonly gatewayId: string;
  readonly makeLimiter: MakeLimiter;
};

export async function openShared(parts: SharedParts): Promise<GatewayShared> {
  const { clock, config } = parts;
  const inRedis = config.redisUrl === '' ? null : await openInRedis(parts);
  const makeLimiter = inRedis?.makeLimiter ?? localLimiters(clock);
  const connects = new CountedLimit(makeLimiter('connects-per-address', config.connectsPerAddress));
  const trusted = trustedProxies(config.trustedProxies);
  const connectWait = ({ headers, socket }: IncomingMessage): number | Promise<number> =>
    connects.take(clientAddress(socket.remoteAddress, headers['x-forwarded-for'], trusted));
  if (inRedis === null) return { ...alone(clock), connects, connectWait };
  const { directory, gatewayId, status } = inRedis;
  const others = () => directory.live().filter(({ id }) => id !== gatewayId);
  return {
    ...inRedis,
    connects,
    connectWait,
    elsewhere: (gameId) => placeOfGame(gameId ?? gatewayId, others())?.url ?? null,
    checks: [sharingCheck(status)],
  };
}

function alone(clock: Clock): Omit<GatewayShared, 'connects' | 'connectWait'> {
  return {
    ledger: createMemoryTicketLedger(clock),
    takeovers: null,
    elsewhere: () => null,
    status: null,
    checks: [],
    start: () => undefined,
    announceDrain: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}

async function openInRedis({ clock, config, log, logId, random, version }: SharedParts): Promise<InRedis> {
  const { openRedis, RedisDirectory, redisLimiters, RedisSeats, RedisTicketLedger, SharedRedis } =
    await import('@waymark/platform/redis');
  const { publicGatewayUrl: url, redisUrl } = config;
  const link = openRedis({ url: redisUrl, purpose: 'shared', log });
  const subscriber = openRedis({ url: redisUrl, purpose: 'seats', log });
  const redis = new SharedRedis(link, log);
  const gatewayId = random.uuid();
  let players: SharedPlayers | null = null;
  let draining = false;
  const ledger = new RedisTicketLedger({ redis, local: createMemoryTicketLedger(clock), clock, logId });
  const takeovers = new RedisSeats({
    redis,
    subscriber,
    logId,
    gatewayId,
    onTakenElsewhere: (gameId, playerId) => players?.takenElsewhere(gameId, playerId),
  });
  const directory = new RedisDirectory({
    redis,
    clock,
    logId,
    own: () => ({ id: gatewayId, url, sockets: players?.connectionCount ?? 0, draining, version }),
  });
  return {
    ledger,
    takeovers,
    directory,
    gatewayId,
    makeLimiter: redisLimiters({ redis, clock, logId }),
    status: {
      counts: redis.counts,
      tickets: ledger.counts,
      fault: () => redis.fault,
      gatewayCount: () => directory.live().length,
    },
    start(given) {
      players = given;
      takeovers.start();
      directory.start();
    },
    announceDrain() {
      draining = true;
      // One that never began is in no list.
      return players === null ? Promise.resolve() : directory.beat();
    },
    async close() {
      takeovers.stop();
      await directory.stop();
      subscriber.close();
      link.close();
    },
  };
}

/** Always holds: players are let in without Redis. */
function sharingCheck({ fault, gatewayCount }: SharedStatus): HealthCheck {
  return {
    name: 'sharing',
    check() {
      const reason = fault();
      const detail =
        reason === null
          ? `tickets, limits and seats hold over all gateways; ${gatewayCount()} known`
          : `degraded: tickets, limits and seats hold for this gateway alone (Redis: ${reason})`;
      return { ok: true, detail };
    },
  };
}
