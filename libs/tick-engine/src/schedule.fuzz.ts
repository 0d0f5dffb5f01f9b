import { SeededRandom } from '@waymark/testing';

import { TickSchedule } from './schedule.ts';

/** What a schedule must say, from the definition alone: every due time of every game is worked out afresh. */
class NaiveSchedule {
  /** Game to its slot. */
  readonly slots = new Map<number, number>();
  skippedCount = 0;
  private lastNow = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly startedAt: number,
    private readonly periodMs: number,
    private readonly slotCount: number,
  ) {}

  collectDue(now: number): [game: number, at: number, tick: number][] {
    const found: [number, number, number][] = [];
    for (const [game, slot] of this.slots) {
      const offset = (slot * this.periodMs) / this.slotCount;
      const dueSince: [number, number, number][] = [];
      const firstTick = Math.max(0, Math.floor((this.lastNow - this.startedAt) / this.periodMs) - 2);
      for (let tick = firstTick || 0; ; tick++) {
        const at = this.startedAt + tick * this.periodMs + offset;
        if (at > now) break;
        if (at > this.lastNow) dueSince.push([game, at, tick]);
      }
      if (dueSince.length > 0) found.push(dueSince.at(-1)!);
      this.skippedCount += Math.max(0, dueSince.length - 1);
    }
    this.lastNow = Math.max(this.lastNow, now);
    return found.sort((a, b) => a[1] - b[1] || a[0] - b[0]);
  }
}

/** The smallest difference between two times of this century, as doubles. */
const CLOCK_STEP_MS = 2 ** -12;

describe('TickSchedule and the definition of when games are due', () => {
  it.each(Array.from({ length: 25 }, (_, i) => i + 1))('agree, seed %i', (seed) => {
    const random = new SeededRandom(seed);
    const periodMs = random.pick([20, 33.3, 150, 1_000]);
    const slotWidthMs = random.pick([0.5, 1, 7, 2_000]);
    const startedAt = 1_795_435_200_000 + random.fraction() * 1_000;
    const schedule = new TickSchedule({ gamesMax: 40, periodMs, slotWidthMs });
    const naive = new NaiveSchedule(startedAt, periodMs, schedule.slotCount);
    let now = startedAt;
    schedule.start(startedAt);
    // Some have run for years: there the sums are rounded.
    now += random.pick([0, 1e5, 1e9]) * periodMs;
    expect([schedule.collectDue(now), naive.collectDue(now)]).toEqual([0, []]);
    for (let step = 0; step < 200; step++) {
      const game = random.integer(40);
      if (random.integer(3) === 0) {
        if (schedule.has(game)) {
          schedule.remove(game);
          naive.slots.delete(game);
        } else {
          schedule.add(game);
          naive.slots.set(game, schedule.slot(game));
        }
      }
      now += random.pick([0, 0.01, 1, periodMs / 3, periodMs, periodMs * 1.5, periodMs * 40]) * random.fraction();
      // Also exactly on the edges, and the smallest step before them, where a division would round; and back, as a clock may be set.
      const edge = schedule.nextDueAt();
      if (edge < Number.POSITIVE_INFINITY && random.integer(3) === 0) now = edge - random.pick([0, CLOCK_STEP_MS]);
      const count = schedule.collectDue(now);
      const found = Array.from(
        { length: count },
        (_, i) => [schedule.due[i]!, schedule.dueAt[i]!, schedule.dueTick[i]!] as const,
      );
      const inOrder = found.every(([, at], i) => i === 0 || at >= found[i - 1]![1]);
      expect(inOrder).toBe(true);
      expect(found.toSorted((a, b) => a[1] - b[1] || a[0] - b[0])).toEqual(naive.collectDue(now));
      expect(schedule.skippedCount).toBe(naive.skippedCount);
      expect(schedule.nextDueAt()).toBeGreaterThan(now);
      if (random.integer(10) === 0) expect(schedule.collectDue(now - periodMs * random.fraction())).toBe(0);
    }
  });
});
