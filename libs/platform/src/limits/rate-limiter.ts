import { assert, RATE_LIMIT_KEYS_MAX, type Clock } from '@waymark/base';

/**
 * How often something may happen, by key (an address, a game, an author): `perMinute` in a row, and after that one every 60 s / perMinute.
 * The rule is GCRA (ITU-T I.371, also known as the leaky bucket as a meter): of each key one number is kept, the time at which all that
 * has happened would have happened at the even pace; it may run ahead of the clock by a minute. Both forms keep it: this one for a process,
 * redis/redis-rate-limiter.ts for all.
 */
export interface RateLimiter {
  /** Counts one, unless it is too much. 0, or the milliseconds to wait. */
  take(key: string): number | Promise<number>;
  /** As take, but counts nothing. */
  peek(key: string): number | Promise<number>;
}

export const RATE_LIMIT_PERIOD_MS = 60_000;
/** Rounding of sums must not refuse the last of a burst. */
const ROUNDING_MS = 0.001;

export class LocalRateLimiter implements RateLimiter {
  private readonly stepMs: number;
  private readonly clock: Clock;
  private readonly keysMax: number;
  /** By key, in the order of last use. */
  private readonly evenTimes = new Map<string, number>();

  constructor(perMinute: number, clock: Clock, keysMax = RATE_LIMIT_KEYS_MAX) {
    assert(perMinute >= 1 && keysMax >= 1, 'a rate limit allows something, and remembers somebody');
    this.stepMs = RATE_LIMIT_PERIOD_MS / perMinute;
    this.clock = clock;
    this.keysMax = keysMax;
  }

  get size(): number {
    return this.evenTimes.size;
  }

  take(key: string): number {
    const now = this.clock.now();
    const evenTime = Math.max(this.evenTimes.get(key) ?? now, now);
    const waitMs = this.waitFor(evenTime, now);
    if (waitMs > 0) return waitMs;
    this.evenTimes.delete(key);
    this.makeRoom(now);
    this.evenTimes.set(key, evenTime + this.stepMs);
    return 0;
  }

  peek(key: string): number {
    const now = this.clock.now();
    return this.waitFor(this.evenTimes.get(key) ?? now, now);
  }

  private waitFor(evenTime: number, now: number): number {
    const waitMs = evenTime - now - (RATE_LIMIT_PERIOD_MS - this.stepMs);
    return waitMs > ROUNDING_MS ? Math.ceil(waitMs) : 0;
  }

  /** Of those used longest ago, at least one goes when there is no room, and all that say nothing any more. */
  private makeRoom(now: number): void {
    for (const [key, evenTime] of this.evenTimes) {
      if (evenTime > now && this.evenTimes.size < this.keysMax) return;
      this.evenTimes.delete(key);
    }
  }
}
