/**
 * How long what arrived may have waited until this thread's event loop came to it, at most. Node does not say when bytes arrived. But when a turn
 * of the loop begins right behind the one before, they may have come at any time since that one began; when the loop slept in between,
 * it was they that woke it.
 */
const AT_ONCE_MS = 0.1;
const SAMPLE_EACH = 8;

export class HandlingDelay {
  private readonly clock: () => number;
  private turnBeganAt = 0;
  private turnEndedAt = 0;
  private inTurn = false;
  private sinceMs = 0;
  private reads = 0;

  constructor(clock: () => number) {
    this.clock = clock;
  }

  /** To be asked at each read; one in eight is told, the others are null. */
  of(now: number): number | null {
    if (!this.inTurn) {
      this.inTurn = true;
      const busy = now - this.turnEndedAt < AT_ONCE_MS;
      this.sinceMs = busy ? this.turnBeganAt : now;
      this.turnBeganAt = now;
      setImmediate(() => {
        this.inTurn = false;
        this.turnEndedAt = this.clock();
      });
    }
    this.reads += 1;
    return this.reads % SAMPLE_EACH === 0 ? now - this.sinceMs : null;
  }
}
