export * from './open-redis.ts';
export * from './redis-directory.ts';
export * from './redis-rate-limiter.ts';
export * from './redis-seats.ts';
export * from './redis-ticket-ledger.ts';
export * from './shared-redis.ts';
