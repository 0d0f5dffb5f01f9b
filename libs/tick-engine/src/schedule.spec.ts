import { TickSchedule } from './schedule.ts';

const START = 1_795_435_200_000;

function scheduleOf(games: number, options: { periodMs?: number; slotWidthMs?: number } = {}): TickSchedule {
  const schedule = new TickSchedule({ gamesMax: 4_096, periodMs: 150, ...options });
  for (let game = 0; game < games; game++) schedule.add(game);
  return schedule;
}

/** What collectDue finds at START + `afterMs`: [game, ms after the start, tick]. */
function dueAfter(schedule: TickSchedule, afterMs: number): number[][] {
  const count = schedule.collectDue(START + afterMs);
  return Array.from({ length: count }, (_, i) => [schedule.due[i]!, schedule.dueAt[i]! - START, schedule.dueTick[i]!]);
}

describe('TickSchedule', () => {
  it('spreads games evenly over the period: 2,000 games, 13 or 14 a millisecond', () => {
    const schedule = scheduleOf(2_000);
    const loads = Array.from({ length: schedule.slotCount }, (_, slot) => schedule.slotLoad(slot));
    expect([loads.length, Math.min(...loads), Math.max(...loads)]).toEqual([150, 13, 14]);
  });

  it('fills the gap that a game leaves', () => {
    const schedule = scheduleOf(300);
    const slot = schedule.slot(77);
    schedule.remove(77);
    schedule.add(301);
    expect(schedule.slot(301)).toBe(slot);
    expect(schedule.slot(77)).toBe(-1);
  });

  it('finds each game due once a period, in due order', () => {
    const schedule = scheduleOf(3, { slotWidthMs: 50 });
    schedule.start(START);
    expect(dueAfter(schedule, 0)).toEqual([[0, 0, 0]]);
    expect(dueAfter(schedule, 49)).toEqual([]);
    expect(dueAfter(schedule, 120)).toEqual([
      [1, 50, 0],
      [2, 100, 0],
    ]);
    expect(dueAfter(schedule, 200)).toEqual([
      [0, 150, 1],
      [1, 200, 1],
    ]);
  });

  it('does not drift: the due time of the millionth period is exact', () => {
    const schedule = scheduleOf(1, { periodMs: 33.3, slotWidthMs: 33.3 });
    schedule.start(START);
    expect(dueAfter(schedule, 1_000_000 * 33.3)).toEqual([[0, START + 1_000_000 * 33.3 - START, 1_000_000]]);
  });

  it('skips and counts ticks when it comes late, and never bunches them', () => {
    const schedule = scheduleOf(3, { slotWidthMs: 50 });
    schedule.start(START);
    dueAfter(schedule, 0);
    // Due meanwhile: game 1 at 50, 200, 350, 500; game 2 at 100, 250, 400, 550; game 0 at 150, 300, 450.
    expect(dueAfter(schedule, 560)).toEqual([
      [0, 450, 3],
      [1, 500, 3],
      [2, 550, 3],
    ]);
    expect(schedule.skippedCount).toBe(8);
  });

  it('knows when the next game is due, and that none is', () => {
    const schedule = scheduleOf(2, { slotWidthMs: 50 });
    expect(schedule.nextDueAt()).toBe(Number.POSITIVE_INFINITY);
    schedule.start(START);
    dueAfter(schedule, 60);
    expect(schedule.nextDueAt()).toBe(START + 150);
    schedule.remove(0);
    expect(schedule.nextDueAt()).toBe(START + 200);
    schedule.remove(1);
    expect(schedule.nextDueAt()).toBe(Number.POSITIVE_INFINITY);
  });

  it('finds nothing due before it starts or when the clock stands still', () => {
    const schedule = scheduleOf(3);
    expect(dueAfter(schedule, 1_000)).toEqual([]);
    schedule.start(START);
    expect(dueAfter(schedule, -5)).toEqual([]);
    expect(dueAfter(schedule, 10)).toHaveLength(3);
    expect(dueAfter(schedule, 10)).toEqual([]);
  });

  it('numbers the period that a time is in', () => {
    const schedule = scheduleOf(1);
    expect(schedule.tickAt(START)).toBe(0);
    schedule.start(START);
    expect([0, 149.9, 150, 449, 450].map((ms) => schedule.tickAt(START + ms))).toEqual([0, 0, 1, 2, 3]);
  });

  it('refuses a game twice and a removal of one that is not there', () => {
    const schedule = scheduleOf(1);
    expect(() => schedule.add(0)).toThrow('scheduled once');
    expect(() => schedule.remove(5)).toThrow('while it is scheduled');
  });
});
