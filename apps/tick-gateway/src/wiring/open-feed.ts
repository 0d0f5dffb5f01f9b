import type { EventStore } from '@waymark/event-store';
import type { Feed } from '@waymark/feed';
import type { RedisFeedStatus } from '@waymark/feed/redis';
import type { Config, DataDir, HealthCheck, Log } from '@waymark/platform';
import { createStoreFeed } from './open-event-store.ts';

/**
 * The feed that the settings ask for: the store's own, or with REDIS_URL the one over Redis, which reads the store whenever Redis does not hold what
 * follows. What belongs to Redis is loaded only then.
 */
export interface OpenedFeed {
  readonly feed: Feed;
  /** Null without REDIS_URL. */
  readonly redisStatus: (() => RedisFeedStatus) | null;
  readonly checks: readonly HealthCheck[];
  close(): void;
}

export interface FeedParts {
  readonly config: Config;
  readonly dataDir: DataDir;
  readonly store: EventStore;
  readonly log: Log;
}

export async function openFeed({ config, dataDir, log, store }: FeedParts): Promise<OpenedFeed> {
  const openStoreFeed = (): Feed => createStoreFeed(store, dataDir);
  if (config.redisUrl === '') return { feed: openStoreFeed(), redisStatus: null, checks: [], close: () => {} };
  const [{ openRedis }, { createRedisFeed }] = await Promise.all([
    import('@waymark/platform/redis'),
    import('@waymark/feed/redis'),
  ]);
  const redis = openRedis({ url: config.redisUrl, purpose: 'feed', log });
  const feed = createRedisFeed({
    logId: store.logId,
    redis,
    partitions: config.redisPartitions,
    openStoreFeed,
    onChange(fault) {
      if (fault === null) log.info('events come through Redis');
      else log.warn({ reason: fault }, 'events are read from the event store until Redis can be followed again');
    },
  });
  return {
    feed,
    redisStatus: () => feed.status(),
    checks: [redisCheck(() => feed.status())],
    close: () => redis.close(),
  };
}

/** Always holds: play goes on without Redis. It says where events come from. */
function redisCheck(status: () => RedisFeedStatus): HealthCheck {
  return {
    name: 'redis',
    check() {
      const { fault, isOnRedis } = status();
      const detail = isOnRedis
        ? 'events come through Redis'
        : `degraded: events are read from the event store (Redis: ${fault})`;
      return { ok: true, detail };
    },
  };
}
