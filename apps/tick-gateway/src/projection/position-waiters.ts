/**
 * Readers who wait until a position of the log is projected (`?atLeast=` of the read API, tickets that name a revision). Bounded in number
 * and time: who is told no is answered 503 and asks again.
 */
export class PositionWaiters {
  private readonly waiting = new Set<Waiter>();

  constructor(private readonly waitersMax: number) {}

  get count(): number {
    return this.waiting.size;
  }

  /** Resolves to true as soon as `reached()` holds after a projected batch, to false after `timeoutMs` or when too many wait. */
  until(reached: () => boolean, timeoutMs: number): Promise<boolean> {
    if (reached()) return Promise.resolve(true);
    if (this.waiting.size >= this.waitersMax) return Promise.resolve(false);
    return new Promise((resolve) => {
      const waiter: Waiter = { reached, resolve, timer: setTimeout(() => this.settle(waiter, false), timeoutMs) };
      this.waiting.add(waiter);
    });
  }

  /** Called after each projected batch. */
  check(): void {
    for (const waiter of this.waiting) {
      if (waiter.reached()) this.settle(waiter, true);
    }
  }

  /** Sends everybody away. */
  close(): void {
    for (const waiter of this.waiting) this.settle(waiter, false);
  }

  private settle(waiter: Waiter, outcome: boolean): void {
    clearTimeout(waiter.timer);
    if (this.waiting.delete(waiter)) waiter.resolve(outcome);
  }
}

interface Waiter {
  readonly reached: () => boolean;
  readonly resolve: (reached: boolean) => void;
  readonly timer: NodeJS.Timeout;
}
