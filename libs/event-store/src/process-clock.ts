import type { Clock, EpochMs } from '@waymark/base';

/** The clock of a store that was handed none: wall time at the start of the process plus monotonic time since. */
export const processClock: Clock = {
  now: () => (performance.timeOrigin + performance.now()) as EpochMs,
};
