import { systemClock } from '@waymark/platform';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pacer } from './pacer.ts';
import { SendSchedule } from './send-schedule.ts';

/** The clocks of two threads of a process. */
const CLOCKS_APART_MS = 1;

describe('a pacer', () => {
  it('rings for every time of its schedule, never early, and is silent after the last', async () => {
    const fromMs = systemClock.now() + 200;
    const steps = [
      { fromMs, perSecond: 1_000 },
      { fromMs: fromMs + 200, perSecond: 0 },
    ];
    const schedule = new SendSchedule(steps);
    let due = 0;
    let earlyMostMs = 0;
    const pacer = new Pacer(steps, (dueCount) => {
      const now = systemClock.now();
      for (; due < dueCount; due++, schedule.advance()) earlyMostMs = Math.max(earlyMostMs, schedule.dueAt - now);
    });
    const deadline = systemClock.now() + 10_000;
    while (due < 200 && systemClock.now() < deadline) await sleep(5);
    expect(due).toBe(200);
    expect(schedule.dueAt).toBe(Number.POSITIVE_INFINITY);
    expect(earlyMostMs).toBeLessThan(CLOCKS_APART_MS);
    await pacer.stop();
  });

  it('stops while it sleeps', async () => {
    const pacer = new Pacer([{ fromMs: systemClock.now() + 3_600_000, perSecond: 1 }], () => undefined);
    await pacer.stop();
  });
});
