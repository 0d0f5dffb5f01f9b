/** The thread behind pacer.ts. */
import { systemClock } from '@waymark/platform';
import { workerData } from 'node:worker_threads';
import { DUE, STOP, type PacerData } from './pacer.ts';
import { SendSchedule } from './send-schedule.ts';

/** A schedule that is over has no next time; sleeping for ever would be one more way to end. */
const SLEEP_MS_MAX = 1_000;
const { steps, bell } = workerData as PacerData;
const schedule = new SendSchedule(steps);

while (Atomics.load(bell, STOP) === 0 && schedule.dueAt !== Number.POSITIVE_INFINITY) {
  const sleepMs = schedule.dueAt - systemClock.now();
  if (sleepMs > 0) {
    Atomics.wait(bell, STOP, 0, Math.min(sleepMs, SLEEP_MS_MAX));
    continue;
  }
  let count = 0;
  for (const now = systemClock.now(); schedule.dueAt <= now; schedule.advance()) count += 1;
  Atomics.add(bell, DUE, count);
  Atomics.notify(bell, DUE);
}
