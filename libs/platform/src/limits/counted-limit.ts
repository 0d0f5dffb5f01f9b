import type { Clock } from '@waymark/base';
import { LocalRateLimiter, type RateLimiter } from './rate-limiter.ts';

/** A limit as an app uses it: one that is turned off (null) allows everything; what was refused is counted, for metrics. */
export class CountedLimit {
  refused = 0;

  private readonly limiter: RateLimiter | null;

  constructor(limiter: RateLimiter | null) {
    this.limiter = limiter;
  }

  /** Counts one. 0, or the milliseconds to wait. */
  take(key: string): number | Promise<number> {
    return this.counted(this.limiter?.take(key) ?? 0);
  }

  /** Counts nothing. */
  peek(key: string): number | Promise<number> {
    return this.counted(this.limiter?.peek(key) ?? 0);
  }

  private counted(waitMs: number | Promise<number>): number | Promise<number> {
    if (typeof waitMs !== 'number') return waitMs.then((found) => this.counted(found));
    if (waitMs > 0) this.refused += 1;
    return waitMs;
  }
}

/** Makes the limiter of a name, or null for a limit of 0: local, or over all processes (redis/redis-rate-limiter.ts). */
export type MakeLimiter = (name: string, perMinute: number) => RateLimiter | null;

/** Limiters of this process alone. */
export const localLimiters =
  (clock: Clock): MakeLimiter =>
  (_name, perMinute) =>
    perMinute === 0 ? null : new LocalRateLimiter(perMinute, clock);
