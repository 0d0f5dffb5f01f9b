import { epochMs } from '@waymark/base';
import { SeededRandom } from '@waymark/testing';
import { CountedLimit } from './counted-limit.ts';
import { LocalRateLimiter } from './rate-limiter.ts';

describe('a rate limit', () => {
  let nowMs = 1_000_000;
  const clock = { now: () => epochMs(nowMs) };

  it('allows so many in a row, then one each step, and says how long to wait', () => {
    const limiter = new LocalRateLimiter(60, clock);
    for (let n = 0; n < 60; n++) expect(limiter.take('a')).toBe(0);
    expect(limiter.take('a')).toBe(1_000);
    expect(limiter.take('b')).toBe(0);
    nowMs += 999;
    expect(limiter.take('a')).toBe(1);
    nowMs += 1;
    expect(limiter.take('a')).toBe(0);
    expect(limiter.take('a')).toBe(1_000);
    nowMs += 60_000;
    for (let n = 0; n < 60; n++) expect(limiter.take('a')).toBe(0);
    expect(limiter.take('a')).toBe(1_000);
  });

  it('counts nothing when it only looks, nor when it refuses', () => {
    const limiter = new LocalRateLimiter(2, clock);
    expect([limiter.peek('a'), limiter.peek('a'), limiter.peek('a')]).toEqual([0, 0, 0]);
    limiter.take('a');
    limiter.take('a');
    expect([limiter.peek('a'), limiter.take('a'), limiter.take('a'), limiter.peek('a')]).toEqual(Array(4).fill(30_000));
  });

  it('keeps the average: never more than the burst and the even pace, at any time', () => {
    const random = new SeededRandom(11);
    const limiter = new LocalRateLimiter(7, clock);
    const startedAt = nowMs;
    let taken = 0;
    for (let n = 0; n < 5_000; n++) {
      nowMs += random.fraction() * 5_000;
      if (limiter.take('a') === 0) taken += 1;
      expect(taken).toBeLessThanOrEqual(7 + ((nowMs - startedAt) * 7) / 60_000 + 1e-6);
    }
    expect(taken).toBeGreaterThan(((nowMs - startedAt) * 7) / 60_000 - 1);
  });

  it('remembers a bounded number, forgets what says nothing any more, and then who was quiet longest', () => {
    const limiter = new LocalRateLimiter(1, clock, 3);
    for (const key of ['a', 'b', 'c']) limiter.take(key);
    expect(limiter.size).toBe(3);
    limiter.take('d');
    expect(limiter.size).toBe(3);
    expect([limiter.peek('a'), limiter.peek('b')]).toEqual([0, 60_000]);
    nowMs += 60_000;
    limiter.take('e');
    expect(limiter.size).toBe(1);
  });
});

describe('a counted limit', () => {
  it('allows everything when it is off', () => {
    const limit = new CountedLimit(null);
    expect([limit.take('a'), limit.peek('a'), limit.refused]).toEqual([0, 0, 0]);
  });

  it('counts what was refused, at once or later', async () => {
    const limit = new CountedLimit({ take: () => 5, peek: async () => 7 });
    expect([limit.take('a'), await limit.peek('a'), limit.refused]).toEqual([5, 7, 2]);
  });
});
