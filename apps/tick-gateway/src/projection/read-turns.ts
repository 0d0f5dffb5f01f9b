import { READERS_WAITING_MAX } from '@waymark/base';
import { Problem } from '@waymark/platform';

/**
 * Answers of the read API that cost milliseconds (a page of a thousand entries, the fold of a game, the columns of a quest) are made one at a
 * time, and the next not before another turn of the event loop: however many strangers ask at once, ticks come in between. Each is in
 * slices of a few milliseconds by itself. Called by the controllers.
 */
export class ReadTurns {
  private readonly waiting: (() => void)[] = [];
  private isTaken = false;

  /** The answer of `make`, once it is its turn. Throws Problem when too many wait. */
  async take<Answer>(make: () => Answer | Promise<Answer>): Promise<Answer> {
    if (this.waiting.length >= READERS_WAITING_MAX) {
      throw new Problem('overloaded', 'too many read at the same time', { retryAfterSeconds: 1 });
    }
    if (this.isTaken) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.isTaken = true;
    try {
      return await make();
    } finally {
      // Not at once: the answer is written out first, and timers that are due run.
      setImmediate(() => this.next());
    }
  }

  private next(): void {
    const waiter = this.waiting.shift();
    if (waiter === undefined) this.isTaken = false;
    else waiter();
  }
}

/** For what takes longer than a slice: the rest in a later turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
