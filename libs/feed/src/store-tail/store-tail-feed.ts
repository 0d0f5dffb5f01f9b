import { assert } from '@waymark/base';
import { StoreClosedError } from '@waymark/event-store';
import type { EventStore, RecordedEvent } from '@waymark/event-store';
import type { Feed, FeedConsumer, FeedStatus } from '../feed.ts';
import { listenToBell } from './bell-listener.ts';
import type { BellHandlers, BellListener } from './bell-listener.ts';

/**
 * The feed of the embedded default: what the bell rings, and behind it the store itself. An event is handed over only when its position
 * is the next one, wherever it comes from; what comes too early makes the feed read the store, what comes twice is left out. So the bell
 * may lose, repeat and break off as it likes, and order rests on arithmetic. Used by the gateway, one feed a process.
 */

export interface StoreTailOptions {
  readonly store: Pick<EventStore, 'logId' | 'positionsAreDense' | 'readAll' | 'lastPosition'>;
  /** Socket of the command app's bell; without one the store is polled. */
  readonly bellPath?: string;
  /** How often the store is read behind a bell that rings. Default 100. */
  readonly pollMs?: number;
  /** How often it is read while no bell rings, and event lag depends on it. Default 5: a read that finds nothing takes microseconds. */
  readonly pollAloneMs?: number;
  /** How the bell is listened to; tests hand in another. */
  readonly listen?: (path: string, handlers: BellHandlers) => BellListener;
}

const POLL_MS = 100;
const POLL_ALONE_MS = 5;
/** Events read between two turns of the event loop: a few milliseconds of block in the first catch-up, when nobody plays yet. */
const PAGE_EVENTS = 2_000;

export function createStoreTailFeed(options: StoreTailOptions): Feed {
  assert(options.store.positionsAreDense, 'a store-tail feed follows a log with dense positions');
  return new StoreTailFeed(options);
}

class StoreTailFeed implements Feed {
  private readonly store: StoreTailOptions['store'];
  private readonly pollMs: number;
  private readonly pollAloneMs: number;
  private readonly bellPath: string | undefined;
  private readonly listen: (path: string, handlers: BellHandlers) => BellListener;
  private consumer: FeedConsumer | undefined;
  private bell: BellListener | undefined;
  private isBellHeard = false;
  private position = 0n;
  private isCaughtUp = false;
  private isFaulted = false;
  private isEnded = false;
  private eventCount = 0;
  private holeCount = 0;
  private timer: NodeJS.Timeout | undefined;
  /** The reading of the store that goes on now, and whether it must look once more when it is through. */
  private reading: Promise<void> | undefined;
  private mustReadAgain = false;

  constructor(options: StoreTailOptions) {
    this.store = options.store;
    this.bellPath = options.bellPath;
    this.pollMs = options.pollMs ?? POLL_MS;
    this.pollAloneMs = Math.min(this.pollMs, options.pollAloneMs ?? POLL_ALONE_MS);
    this.listen = options.listen ?? listenToBell;
  }

  start(after: bigint, consumer: FeedConsumer): void {
    assert(this.consumer === undefined, 'a feed is started once');
    this.consumer = consumer;
    this.position = after;
    if (this.bellPath !== undefined) {
      this.bell = this.listen(this.bellPath, {
        onHello: (logId) => this.hearHello(logId),
        onEvents: (events) => this.hearEvents(events),
        onLost: () => this.loseBell(),
      });
    }
    this.readStore();
  }

  status(): FeedStatus {
    return {
      position: this.position,
      caughtUp: this.isCaughtUp,
      source: this.isBellHeard ? 'bell' : 'poll',
      eventCount: this.eventCount,
      holeCount: this.holeCount,
    };
  }

  async stop(): Promise<void> {
    this.end();
    await this.reading;
  }

  private hearHello(logId: string): void {
    if (this.isEnded) return;
    if (logId !== this.store.logId) {
      return this.fail(
        new Error(`the bell rings for another log (${logId}) than the one followed (${this.store.logId})`),
      );
    }
    this.isBellHeard = true;
    // What was committed before this connection was not rung on it.
    this.readStore();
  }

  private hearEvents(events: readonly RecordedEvent[]): void {
    if (this.isEnded || this.handOver(events)) return;
    if (this.isCaughtUp) {
      this.holeCount += 1;
      this.isCaughtUp = false;
    }
    this.readStore();
  }

  private loseBell(): void {
    this.isBellHeard = false;
    this.readStore();
  }

  /**
   * Hands over what of `events` is new. False when it does not follow what was handed over before, or has a hole within: then nothing
   * of it was.
   */
  private handOver(events: readonly RecordedEvent[]): boolean {
    let first = 0;
    while (first < events.length && events[first]!.position <= this.position) first += 1;
    if (first === events.length) return true;
    const fresh = first === 0 ? events : events.slice(first);
    let expected = this.position;
    for (const event of fresh) {
      expected += 1n;
      if (event.position !== expected) return false;
    }
    this.tell((consumer) => {
      consumer.onEvents(fresh);
      this.position = expected;
      this.eventCount += fresh.length;
    });
    return true;
  }

  private tell(call: (consumer: FeedConsumer) => void): void {
    try {
      call(this.consumer!);
    } catch (error) {
      this.fail(new Error(`the consumer of the feed threw after position ${this.position}`, { cause: error }));
    }
  }

  /** Reads the store to its end, then sets the timer for the next look. One reading at a time. */
  private readStore(): void {
    if (this.isEnded) return;
    this.mustReadAgain = true;
    this.reading ??= this.readUntilQuiet().finally(() => {
      this.reading = undefined;
      if (!this.isEnded)
        this.timer = setTimeout(() => this.readStore(), this.isBellHeard ? this.pollMs : this.pollAloneMs);
    });
  }

  private async readUntilQuiet(): Promise<void> {
    clearTimeout(this.timer);
    try {
      while (this.mustReadAgain && !this.isEnded) {
        this.mustReadAgain = false;
        await this.readToEnd();
      }
      this.isFaulted = false;
    } catch (error) {
      this.lose(error);
    }
  }

  private async readToEnd(): Promise<void> {
    if (this.eventCount === 0) await this.checkStart();
    for (;;) {
      const page = await this.store.readAll({ after: this.position, maxCount: PAGE_EVENTS });
      if (this.isEnded) return;
      if (page.length === 0) break;
      if (page.length === PAGE_EVENTS) this.isCaughtUp = false;
      if (!this.handOver(page)) {
        return this.fail(new Error(`the log has a hole after position ${this.position}, where it promises none`));
      }
      if (this.isEnded) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (this.isCaughtUp) return;
    this.isCaughtUp = true;
    this.tell((consumer) => consumer.onCaughtUp(this.position));
  }

  /** A snapshot of another log, or one that is ahead of a log restored from an old backup, must not be continued. */
  private async checkStart(): Promise<void> {
    const last = await this.store.lastPosition();
    if (this.isEnded || last >= this.position) return;
    this.fail(new Error(`the log ends at ${last}, before the position ${this.position} to go on from`));
  }

  /** The store could not be read: said once, tried again with each poll. */
  private lose(error: unknown): void {
    if (this.isEnded) return;
    const cause = error instanceof Error ? error : new Error(String(error));
    if (cause instanceof StoreClosedError) return this.fail(cause);
    this.isCaughtUp = false;
    if (!this.isFaulted) this.consumer!.onFault(cause, false);
    this.isFaulted = true;
  }

  private fail(error: Error): void {
    this.end();
    this.consumer!.onFault(error, true);
  }

  private end(): void {
    this.isEnded = true;
    this.isCaughtUp = false;
    clearTimeout(this.timer);
    this.bell?.stop();
  }
}
