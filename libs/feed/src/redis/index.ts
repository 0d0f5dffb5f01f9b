export type { FeedRedis } from './feed-redis.ts';
export * from './redis-feed.ts';
export * from './redis-relay.ts';
