import type { EventStore, RecordedEvent } from '@waymark/event-store';

/**
 * The log as the relay reads it: in order, in batches, without a hole, in bounded memory. Where positions are dense, what this process commits
 * is taken from its own commits, and the store is read when that does not follow (at the start, after a rewind, after too much has waited).
 * Where they are not, other processes write the log too, and the store's subscription is followed.
 */
export interface LogTail {
  /** The highest position known to be in the log. */
  readonly heard: bigint;
  /** What follows `after`; empty when nothing came within `waitMs`. */
  next(after: bigint, waitMs: number): Promise<readonly RecordedEvent[]>;
  close(): void;
}

export type TailedStore = Pick<
  EventStore,
  'logId' | 'positionsAreDense' | 'readAll' | 'lastPosition' | 'onCommitted' | 'subscribeToAll'
>;

const BATCH_EVENTS_MAX = 256;
const BATCH_CHARS_MAX = 1024 * 1024;
/** What waits for Redis: a second and more of the heaviest load we know, and four of the largest appends. */
const WAITING_EVENTS_MAX = 4_096;
const WAITING_CHARS_MAX = 4 * 1024 * 1024;
const RESUBSCRIBE_MS = 200;

export function openLogTail(store: TailedStore, onHeard: (event: RecordedEvent) => void): LogTail {
  return store.positionsAreDense ? new CommitTail(store, onHeard) : new SubscriptionTail(store, onHeard);
}

/** Events that wait, bounded in number and size; whoever waits for them is woken in the next turn of the event loop. */
class Waiting {
  events: RecordedEvent[] = [];
  private chars = 0;
  private resume: (() => void) | undefined;
  private roomMade: (() => void) | undefined;

  get isFull(): boolean {
    return this.events.length >= WAITING_EVENTS_MAX || this.chars >= WAITING_CHARS_MAX;
  }

  add(event: RecordedEvent): void {
    this.events.push(event);
    this.chars += event.data.length;
  }

  clear(): void {
    this.events = [];
    this.chars = 0;
    this.roomMade?.();
  }

  /** As many as fit a batch, at least one. */
  take(follows: (before: bigint, position: bigint) => boolean, after: bigint): readonly RecordedEvent[] {
    while (this.events.length > 0 && this.events[0]!.position <= after) this.chars -= this.events.shift()!.data.length;
    let count = 0;
    let chars = 0;
    let before = after;
    for (const { data, position } of this.events) {
      if (count > 0 && (count === BATCH_EVENTS_MAX || chars + data.length > BATCH_CHARS_MAX)) break;
      if (!follows(before, position)) break;
      before = position;
      chars += data.length;
      count += 1;
    }
    this.chars -= chars;
    const batch = this.events.splice(0, count);
    this.roomMade?.();
    return batch;
  }

  wake(): void {
    this.resume?.();
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.resume = undefined;
        // Not in the turn of the commit: its appends are answered first.
        setImmediate(resolve);
      };
      const timer = setTimeout(end, ms);
      this.resume = end;
    });
  }

  async room(): Promise<void> {
    while (this.isFull) await new Promise<void>((resolve) => (this.roomMade = resolve));
  }
}

class CommitTail implements LogTail {
  heard = 0n;
  private readonly store: TailedStore;
  private readonly waiting = new Waiting();
  private readonly forget: () => void;
  /** What was committed and not kept has to be read. */
  private mustRead = true;
  private last = 0n;

  constructor(store: TailedStore, onHeard: (event: RecordedEvent) => void) {
    this.store = store;
    this.forget = store.onCommitted((events) => {
      for (const event of events) {
        if (this.mustRead) break;
        if (this.waiting.isFull) {
          this.mustRead = true;
          this.waiting.clear();
        } else this.waiting.add(event);
      }
      const newest = events.at(-1);
      if (newest === undefined) return;
      this.heard = newest.position;
      onHeard(events[0]!);
      this.waiting.wake();
    });
  }

  async next(after: bigint, waitMs: number): Promise<readonly RecordedEvent[]> {
    if (after !== this.last) this.mustRead = true;
    this.last = after;
    if (!this.mustRead && this.waiting.events.length === 0) await this.waiting.wait(waitMs);
    if (!this.mustRead && this.waiting.events.length > 0) {
      const batch = this.waiting.take((before, position) => position === before + 1n, after);
      if (batch.length > 0) {
        this.last = batch.at(-1)!.position;
        return batch;
      }
      this.mustRead = true;
    }
    return this.mustRead ? this.read(after) : [];
  }

  close(): void {
    this.forget();
    this.waiting.wake();
  }

  private async read(after: bigint): Promise<readonly RecordedEvent[]> {
    // Before the read: what is committed from here on is either in the page or waits.
    this.waiting.clear();
    this.mustRead = false;
    try {
      const page = await this.store.readAll({ after, maxCount: BATCH_EVENTS_MAX });
      const batch = firstOf(page);
      this.last = batch.at(-1)?.position ?? after;
      if (this.last > this.heard) this.heard = this.last;
      // The end of the log was not seen.
      if (batch.length < page.length || page.length === BATCH_EVENTS_MAX) this.mustRead = true;
      return batch;
    } catch (error) {
      this.mustRead = true;
      throw error;
    }
  }
}

function firstOf(page: readonly RecordedEvent[]): readonly RecordedEvent[] {
  let chars = 0;
  for (const [index, { data }] of page.entries()) {
    chars += data.length;
    if (chars > BATCH_CHARS_MAX && index > 0) return page.slice(0, index);
  }
  return page;
}

class SubscriptionTail implements LogTail {
  heard = 0n;
  private readonly store: TailedStore;
  private readonly onHeard: (event: RecordedEvent) => void;
  private readonly waiting = new Waiting();
  private subscription: AbortController | undefined;
  private last: bigint | undefined;

  constructor(store: TailedStore, onHeard: (event: RecordedEvent) => void) {
    this.store = store;
    this.onHeard = onHeard;
  }

  async next(after: bigint, waitMs: number): Promise<readonly RecordedEvent[]> {
    if (after !== this.last) this.subscribe(after);
    if (this.waiting.events.length === 0) await this.waiting.wait(waitMs);
    const batch = this.waiting.take(() => true, after);
    this.last = batch.at(-1)?.position ?? after;
    return batch;
  }

  close(): void {
    this.subscription?.abort();
    this.waiting.clear();
    this.waiting.wake();
  }

  private subscribe(after: bigint): void {
    this.subscription?.abort();
    this.waiting.clear();
    const subscription = new AbortController();
    this.subscription = subscription;
    void this.follow(after, subscription.signal);
  }

  private async follow(after: bigint, signal: AbortSignal): Promise<void> {
    let position = after;
    while (!signal.aborted) {
      try {
        for await (const item of this.store.subscribeToAll({ after: position, signal })) {
          if (signal.aborted) return;
          if (item.kind !== 'event') continue;
          position = item.event.position;
          if (position > this.heard) this.heard = position;
          this.waiting.add(item.event);
          this.onHeard(item.event);
          this.waiting.wake();
          if (this.waiting.isFull) await this.waiting.room();
          if (signal.aborted) return;
        }
      } catch {
        // The store is away; whoever appends says so. What was missed is read from here on.
      }
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, RESUBSCRIBE_MS));
    }
  }
}
