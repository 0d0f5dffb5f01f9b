import type { Clock, EpochMs } from '@waymark/base';
import { assert, epochMs } from '@waymark/base';

interface Timer {
  readonly handle: number;
  readonly dueAt: number;
  readonly run: () => void;
}

/**
 * Time that moves only when a test says so, with the timers that hang on it. `setTimeout` and `clearTimeout` may be handed to code that
 * takes them as options. Between two timers that fire, promises that are ready settle.
 */
export class VirtualClock implements Clock {
  private time: number;
  private timers: Timer[] = [];
  private lastHandle = 0;

  /** Starts at 2026-11-23 12:00:00 UTC unless told otherwise. */
  constructor(startMs = 1_795_435_200_000) {
    this.time = startMs;
  }

  readonly now = (): EpochMs => epochMs(this.time);

  readonly setTimeout = (run: () => void, delayMs: number): number => {
    this.lastHandle += 1;
    this.timers.push({ handle: this.lastHandle, dueAt: this.time + Math.max(0, delayMs), run });
    return this.lastHandle;
  };

  readonly clearTimeout = (handle: unknown): void => {
    this.timers = this.timers.filter((timer) => timer.handle !== handle);
  };

  /** Timers that wait. */
  get pendingTimers(): number {
    return this.timers.length;
  }

  /** Time until the next timer fires, or null when none waits. */
  get nextInMs(): number | null {
    const next = this.earliest();
    return next === undefined ? null : next.dueAt - this.time;
  }

  /** Moves time on by `ms`, firing timers in the order in which they are due, each at its own time. */
  async advance(ms: number): Promise<void> {
    assert(ms >= 0, 'time does not go backwards');
    const until = this.time + ms;
    await settle();
    for (let next = this.earliest(); next !== undefined && next.dueAt <= until; next = this.earliest()) {
      this.timers = this.timers.filter((timer) => timer !== next);
      this.time = Math.max(this.time, next.dueAt);
      next.run();
      await settle();
    }
    this.time = until;
  }

  /** Sets the time off by `ms` without firing anything: a clock that was wrong, a machine that slept. */
  jump(ms: number): void {
    this.time += ms;
  }

  /** The timer that is due first; of those due at the same time, the one that was set first. */
  private earliest(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.timers) if (first === undefined || timer.dueAt < first.dueAt) first = timer;
    return first;
  }
}

/** Lets every promise that is ready settle: a macrotask of the real event loop comes after all of them. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
