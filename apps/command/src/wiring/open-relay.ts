import type { EventStore } from '@waymark/event-store';
import type { RelayStatus } from '@waymark/feed/redis';
import type { Config, HealthCheck, Log } from '@waymark/platform';

/** The relay that copies the log into Redis, with REDIS_URL; without it nothing, and nothing of Redis is loaded. */
export interface OpenedRelay {
  /** Null without REDIS_URL. */
  readonly status: (() => RelayStatus) | null;
  readonly checks: readonly HealthCheck[];
  close(): Promise<void>;
}

export async function openRelay(config: Config, store: EventStore, log: Log): Promise<OpenedRelay> {
  if (config.redisUrl === '') return { status: null, checks: [], close: () => Promise.resolve() };
  const [{ openRedis }, { createRedisRelay }] = await Promise.all([
    import('@waymark/platform/redis'),
    import('@waymark/feed/redis'),
  ]);
  const redis = openRedis({ url: config.redisUrl, purpose: 'relay', log });
  const relay = createRedisRelay({
    store,
    redis,
    partitions: config.redisPartitions,
    historyEvents: config.redisHistoryEvents,
    onChange(fault) {
      if (fault === null) log.info('events are relayed to Redis');
      else log.warn({ reason: fault }, 'events are not relayed to Redis; gateways read the event store');
    },
  });
  relay.start();
  return {
    status: () => relay.status(),
    checks: [relayCheck(() => relay.status())],
    async close() {
      await relay.stop();
      redis.close();
    },
  };
}

/** Always holds: commands go on without Redis. */
function relayCheck(status: () => RelayStatus): HealthCheck {
  return {
    name: 'redis',
    check() {
      const { fault } = status();
      const detail =
        fault === null
          ? 'events are relayed to Redis'
          : `degraded: events are not relayed, gateways read the event store (Redis: ${fault})`;
      return { ok: true, detail };
    },
  };
}
