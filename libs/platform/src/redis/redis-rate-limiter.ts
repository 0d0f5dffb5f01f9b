import type { Clock } from '@waymark/base';
import type { MakeLimiter } from '../limits/counted-limit.ts';
import { LocalRateLimiter, RATE_LIMIT_PERIOD_MS, type RateLimiter } from '../limits/rate-limiter.ts';
import type { SharedRedis } from './shared-redis.ts';

/**
 * A rate limit over all processes: the rule of limits/rate-limiter.ts as one script, by the clock of Redis. This process's own limiter is
 * asked first, and alone while Redis does not answer.
 */
export interface RedisRateLimiterParts {
  readonly redis: SharedRedis;
  readonly local: RateLimiter;
  readonly perMinute: number;
  /** In front of the keys in Redis: deployment and limit. */
  readonly prefix: string;
}

/** KEYS: the limit's key. ARGV: the period in ms, how many, '1' to count. Milliseconds to wait, 0 for none. */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local step = ARGV[1] / ARGV[2]
local even = tonumber(redis.call('GET', KEYS[1]) or now)
if even < now then even = now end
local wait = even - now - (ARGV[1] - step)
if wait > 0.001 then return math.ceil(wait) end
if ARGV[3] == '1' then
  even = even + step
  redis.call('SET', KEYS[1], string.format('%.3f', even), 'PX', math.ceil(even - now))
end
return 0`;

export class RedisRateLimiter implements RateLimiter {
  private readonly parts: RedisRateLimiterParts;

  constructor(parts: RedisRateLimiterParts) {
    this.parts = parts;
  }

  async take(key: string): Promise<number> {
    return (await this.parts.local.take(key)) || this.ask(key, '1');
  }

  async peek(key: string): Promise<number> {
    return (await this.parts.local.peek(key)) || this.ask(key, '0');
  }

  private async ask(key: string, count: '0' | '1'): Promise<number> {
    const { perMinute, prefix, redis } = this.parts;
    const waitMs = await redis.ask((client) =>
      client.eval(TAKE, 1, `${prefix}:${key}`, RATE_LIMIT_PERIOD_MS, perMinute, count),
    );
    return (waitMs as number | undefined) ?? 0;
  }
}

/** Limiters over all processes that share `redis` and the log `logId`. */
export function redisLimiters(parts: {
  readonly redis: SharedRedis;
  readonly clock: Clock;
  readonly logId: string;
}): MakeLimiter {
  const { clock, logId, redis } = parts;
  return (name, perMinute) => {
    if (perMinute === 0) return null;
    const local = new LocalRateLimiter(perMinute, clock);
    return new RedisRateLimiter({ redis, local, perMinute, prefix: `waymark:${logId}:limit:${name}` });
  };
}
