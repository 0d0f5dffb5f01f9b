import type { RecordedEvent } from '@waymark/event-store';
import type { FeedEntry } from './feed-streams.ts';

/**
 * Puts the entries of all partitions back into the order of the log (rule F3). An event is given when nothing of the log can lie between it and
 * what was given before: its own entry says so. No timing and no counting, so it holds for dense and for sparse positions alike.
 */
export class ChainMerge {
  private readonly queues: FeedEntry[][];
  /** Up to here nothing of a partition is missing. */
  private readonly seen: bigint[];
  private waitingCount = 0;

  constructor(partitionCount: number) {
    this.queues = Array.from({ length: partitionCount }, () => []);
    this.seen = this.queues.map(() => 0n);
  }

  get waiting(): number {
    return this.waitingCount;
  }

  /** Forgets all. From here on each partition is read from behind `position`. */
  reset(position: bigint): void {
    for (const queue of this.queues) queue.length = 0;
    this.seen.fill(position);
    this.waitingCount = 0;
  }

  /** False when an entry of this partition was left out before it: trimmed, deleted, or lost. `position` is what was given last. */
  add(partition: number, entry: FeedEntry, position: bigint): boolean {
    if (entry.before > this.seen[partition]! && entry.before > position) return false;
    this.seen[partition] = entry.event.position;
    this.queues[partition]!.push(entry);
    this.waitingCount += 1;
    return true;
  }

  /** The events that follow `position` without a gap. What is not behind it any more is dropped. */
  take(position: bigint): RecordedEvent[] {
    const taken: RecordedEvent[] = [];
    let last = position;
    while (this.waitingCount > 0) {
      const queue = this.nextQueue();
      const { event, logBefore } = queue[0]!;
      if (event.position > last) {
        if (logBefore > last) break;
        taken.push(event);
        last = event.position;
      }
      queue.shift();
      this.waitingCount -= 1;
    }
    return taken;
  }

  /** The one whose first entry is the earliest; there is one. */
  private nextQueue(): FeedEntry[] {
    let earliest: FeedEntry[] | undefined;
    for (const queue of this.queues) {
      if (queue.length === 0) continue;
      if (earliest === undefined || queue[0]!.event.position < earliest[0]!.event.position) earliest = queue;
    }
    return earliest!;
  }
}
