import type { Clock } from '@waymark/base';

/** One timer that can be set to a point in time. Tests have their own, turned by hand. */
export interface Alarm {
  /** Calls `ring` once at `at` (epoch ms) or soon after; forgets what was set before. */
  set(at: number, ring: () => void): void;
  clear(): void;
}

/** Node's timers overflow past 2^31 - 1 ms and would then ring at once: a day is near enough, the scheduler looks and sets it again. */
const LONGEST_WAIT_MS = 24 * 3600 * 1000;

export function createAlarm(clock: Clock): Alarm {
  let timer: NodeJS.Timeout | undefined;
  return {
    set(at, ring) {
      clearTimeout(timer);
      timer = setTimeout(ring, Math.min(Math.max(Math.ceil(at - clock.now()), 1), LONGEST_WAIT_MS));
    },
    clear: () => clearTimeout(timer),
  };
}
