import { READ_PAGE_EVENTS } from '@waymark/base';
import { StoreClosedError } from './event-store.ts';
import type { EventStore, RecordedEvent, SubscriptionItem } from './event-store.ts';

/**
 * subscribeToAll for logs with dense positions, used by every adapter that has them. A subscription owns its position and a small
 * buffer of live events. What does not fit the buffer is forgotten and read again from the log, so that a slow consumer costs reads and
 * never memory. Order and completeness rest on arithmetic alone: an event is handed over only when it is the next one.
 */

const LIVE_EVENTS_MAX = 1_000;
/** Four of the largest appends. */
const LIVE_CHARS_MAX = 4 * 1024 * 1024;

export interface SubscriptionSource extends Pick<EventStore, 'readAll' | 'onCommitted'> {
  /** Aborts when the store closes: its subscriptions then end with StoreClosedError. */
  readonly closed: AbortSignal;
  /** How often to look for what other processes committed; undefined where all commits are heard of through onCommitted. */
  readonly pollMs?: number;
}

export async function* subscribe(
  source: SubscriptionSource,
  options: { readonly after: bigint; readonly signal: AbortSignal },
): AsyncGenerator<SubscriptionItem, void, undefined> {
  const { signal } = options;
  const live = new LiveBuffer();
  const forget = source.onCommitted((events) => live.add(events));
  const wake = (): void => live.wake();
  signal.addEventListener('abort', wake);
  source.closed.addEventListener('abort', wake);
  let position = options.after;
  let announce = true;
  try {
    while (!signal.aborted) {
      for (;;) {
        // Before the read: what is committed from here on is either in the page or in the buffer.
        live.clear();
        const page = await source.readAll({ after: position, maxCount: READ_PAGE_EVENTS });
        if (page.length === 0) break;
        if (page.length === READ_PAGE_EVENTS) announce = true;
        for (const event of page) {
          if (signal.aborted) return;
          position = event.position;
          yield { kind: 'event', event };
        }
      }
      if (signal.aborted) return;
      if (announce) yield { kind: 'caughtUp', position };
      announce = false;
      while (!signal.aborted) {
        const event = live.take();
        if (event === undefined) {
          if (live.overflowed) break;
          if (source.closed.aborted) throw new StoreClosedError();
          if ((await live.wait(source.pollMs)) === 'poll') break;
        } else if (event.position === position + 1n) {
          position = event.position;
          yield { kind: 'event', event };
        } else if (event.position > position) break;
      }
      announce ||= live.overflowed;
    }
  } finally {
    forget();
    signal.removeEventListener('abort', wake);
    source.closed.removeEventListener('abort', wake);
  }
}

/** Live events that wait for one consumer, in order, bounded in number and size. */
class LiveBuffer {
  overflowed = false;
  private events: RecordedEvent[] = [];
  private taken = 0;
  private chars = 0;
  private resume: (() => void) | undefined;

  add(events: readonly RecordedEvent[]): void {
    for (const event of events) {
      if (this.overflowed) break;
      this.chars += event.data.length;
      if (this.events.length - this.taken >= LIVE_EVENTS_MAX || this.chars > LIVE_CHARS_MAX) {
        this.clear();
        this.overflowed = true;
      } else {
        this.events.push(event);
      }
    }
    this.wake();
  }

  take(): RecordedEvent | undefined {
    const event = this.events[this.taken];
    if (event === undefined) return undefined;
    this.taken += 1;
    this.chars -= event.data.length;
    if (this.taken === this.events.length) {
      this.events = [];
      this.taken = 0;
    }
    return event;
  }

  clear(): void {
    this.overflowed = false;
    this.events = [];
    this.taken = 0;
    this.chars = 0;
  }

  wake(): void {
    this.resume?.();
  }

  /** Until something was added or `wake` was called, or, when given, until `pollMs` have passed. */
  wait(pollMs: number | undefined): Promise<'wake' | 'poll'> {
    return new Promise((resolve) => {
      const timer = pollMs === undefined ? undefined : setTimeout(() => end('poll'), pollMs);
      const end = (why: 'wake' | 'poll'): void => {
        clearTimeout(timer);
        this.resume = undefined;
        resolve(why);
      };
      this.resume = () => end('wake');
    });
  }
}
