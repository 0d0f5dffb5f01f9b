import type { RecordedEvent } from './event-store.ts';

type CommitListener = (events: readonly RecordedEvent[]) => void;

/**
 * Who hears of commits, in the order in which they asked. A listener that throws is a bug of its own: the others and the appends are
 * answered all the same, and the error ends the process as any uncaught one does.
 */
export class CommitListeners {
  private list: readonly CommitListener[] = [];

  get isEmpty(): boolean {
    return this.list.length === 0;
  }

  add(listener: CommitListener): () => void {
    const own: CommitListener = (events) => listener(events);
    this.list = [...this.list, own];
    return () => {
      this.list = this.list.filter((other) => other !== own);
    };
  }

  call(events: readonly RecordedEvent[]): void {
    for (const listener of this.list) {
      try {
        listener(events);
      } catch (error) {
        setImmediate(() => {
          throw error;
        });
      }
    }
  }
}
