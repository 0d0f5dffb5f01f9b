import { SendSchedule, type RateStep } from './send-schedule.ts';

describe('a send schedule', () => {
  it('gives the times of a steady rate without drift', () => {
    const times = take(10_001, [{ fromMs: 500, perSecond: 3 }]);
    expect(times[3]).toBe(1_500);
    expect(times[9_999]).toBe(500 + (9_999 * 1_000) / 3);
  });

  it('changes its rate at the step, and ends at a rate of 0', () => {
    const times = take(99, [
      { fromMs: 0, perSecond: 10 },
      { fromMs: 250, perSecond: 100 },
      { fromMs: 300, perSecond: 0 },
    ]);
    expect(times).toEqual([0, 100, 200, 250, 260, 270, 280, 290]);
  });

  it('rests at a rate of 0 and goes on', () => {
    const times = take(3, [
      { fromMs: 0, perSecond: 0 },
      { fromMs: 40, perSecond: 100 },
    ]);
    expect(times).toEqual([40, 50, 60]);
  });

  it('refuses steps out of order and rates that are none', () => {
    expect(() => new SendSchedule([step(10, 1), step(9, 1)])).toThrow(RangeError);
    expect(() => new SendSchedule([step(0, -1)])).toThrow(RangeError);
    expect(() => new SendSchedule([step(0, Number.NaN)])).toThrow(RangeError);
  });
});

function step(fromMs: number, perSecond: number): RateStep {
  return { fromMs, perSecond };
}

function take(count: number, steps: readonly RateStep[]): number[] {
  const schedule = new SendSchedule(steps);
  const times: number[] = [];
  for (; times.length < count && schedule.dueAt !== Number.POSITIVE_INFINITY; schedule.advance())
    times.push(schedule.dueAt);
  return times;
}
