/**
 * Where the monotonic clock stands on the wall clock: wall = origin + monotonic, in ms. `performance.timeOrigin` tells it too, but Node
 * reads the two clocks one after the other, once; on a busy machine the process loses the CPU in between, and is then off by some
 * milliseconds for all its life: players would see frames before they were due. Here each pair of readings gives bounds, and the bounds
 * of many are put together, so that being interrupted makes none of them wrong.
 */
export interface TwoClocks {
  /** Whole milliseconds, as Date.now(). */
  readonly wall: () => number;
  /** Milliseconds with parts, as performance.now(). */
  readonly monotonic: () => number;
}

/** Close enough: a hundredth of the finest lag that is told. */
const WIDTH_MS = 0.01;
/** A millisecond's edge is met each millisecond; a machine that never lets us see one exactly must not hold up a start. */
const LOOK_MS_MAX = 20;

export function clockOrigin({ monotonic, wall }: TwoClocks): number {
  let low = -Infinity;
  let high = Infinity;
  const startedAt = monotonic();
  let before = startedAt;
  while (high - low > WIDTH_MS && before - startedAt < LOOK_MS_MAX) {
    const read = wall();
    const after = monotonic();
    // The wall clock was between `read` and a millisecond later at some moment between the two readings around it.
    low = Math.max(low, read - after);
    high = Math.min(high, read + 1 - before);
    before = after;
  }
  return (low + high) / 2;
}
