import type { Clock } from '@waymark/base';
import { checkAppend } from '../append-check.ts';
import { CommitListeners } from '../commit-listeners.ts';
import { StoreClosedError } from '../event-store.ts';
import type {
  AppendOptions,
  AppendResult,
  EventStore,
  ExpectedRevision,
  NewEvent,
  ReadStreamOptions,
  RecordedEvent,
  SubscriptionItem,
} from '../event-store.ts';
import { processClock } from '../process-clock.ts';
import { subscribe } from '../subscription.ts';

/**
 * The event store for unit tests and for trying things out: all events in arrays, no bound, gone with the process. It passes the same
 * contract as the stores that keep.
 */

export interface MemoryEventStoreOptions {
  /** The log to open; by default a new one. Closing a store leaves its log, so that a test can open it again. */
  readonly log?: MemoryLog;
  readonly clock?: Clock;
}

/** What outlives a memory event store. */
export class MemoryLog {
  readonly logId: string = crypto.randomUUID();
  readonly all: RecordedEvent[] = [];
  readonly streams = new Map<string, RecordedEvent[]>();
}

export function createMemoryEventStore(options: MemoryEventStoreOptions = {}): EventStore {
  return new MemoryEventStore(options.log ?? new MemoryLog(), options.clock ?? processClock);
}

class MemoryEventStore implements EventStore {
  readonly positionsAreDense = true;
  readonly logId: string;
  private readonly log: MemoryLog;
  private readonly clock: Clock;
  private readonly listeners = new CommitListeners();
  private readonly closing = new AbortController();

  constructor(log: MemoryLog, clock: Clock) {
    this.logId = log.logId;
    this.log = log;
    this.clock = clock;
  }

  async appendToStream(stream: string, events: readonly NewEvent[], options: AppendOptions): Promise<AppendResult> {
    this.assertOpen();
    checkAppend(stream, events, options.expectedRevision);
    const held = this.log.streams.get(stream) ?? [];
    const known = answerIfKnown(held, events);
    if (known !== undefined) return known;
    if (!expectationHolds(options.expectedRevision, held.length)) {
      const actual = held.length === 0 ? 'no_stream' : BigInt(held.length - 1);
      return { outcome: 'conflict', expected: options.expectedRevision, actual };
    }
    const recorded = this.record(stream, events, held);
    if (recorded.length > 0) this.listeners.call(recorded);
    const last = held.at(-1);
    return { outcome: 'committed', revision: last?.revision ?? -1n, position: last?.position ?? -1n, repeated: false };
  }

  private record(stream: string, events: readonly NewEvent[], held: RecordedEvent[]): readonly RecordedEvent[] {
    if (events.length === 0) return [];
    const created = this.clock.now();
    const recorded = events.map((event, index) => ({
      id: event.id,
      type: event.type,
      data: event.data,
      metadata: { ...event.metadata },
      stream,
      revision: BigInt(held.length + index),
      position: BigInt(this.log.all.length + index + 1),
      created,
    }));
    held.push(...recorded);
    this.log.all.push(...recorded);
    this.log.streams.set(stream, held);
    return recorded;
  }

  async readStream(stream: string, options: ReadStreamOptions = {}): Promise<readonly RecordedEvent[] | 'no_stream'> {
    this.assertOpen();
    const held = this.log.streams.get(stream);
    if (held === undefined) return 'no_stream';
    const forwards = options.direction !== 'backwards';
    const from = options.fromRevision ?? (forwards ? 'start' : 'end');
    const revision = from === 'start' ? 0n : from === 'end' ? BigInt(held.length - 1) : from;
    const wanted = held.filter((event) => (forwards ? event.revision >= revision : event.revision <= revision));
    if (!forwards) wanted.reverse();
    return wanted.slice(0, options.maxCount);
  }

  async readAll(options: { readonly after: bigint; readonly maxCount: number }): Promise<readonly RecordedEvent[]> {
    this.assertOpen();
    const start = options.after < BigInt(this.log.all.length) ? Number(options.after) : this.log.all.length;
    return this.log.all.slice(start, start + options.maxCount);
  }

  async lastPosition(): Promise<bigint> {
    this.assertOpen();
    return BigInt(this.log.all.length);
  }

  subscribeToAll(options: { readonly after: bigint; readonly signal: AbortSignal }): AsyncIterable<SubscriptionItem> {
    const source = {
      readAll: (page: { readonly after: bigint; readonly maxCount: number }) => this.readAll(page),
      onCommitted: (listener: (events: readonly RecordedEvent[]) => void) => this.onCommitted(listener),
      closed: this.closing.signal,
    };
    return subscribe(source, options);
  }

  onCommitted(listener: (events: readonly RecordedEvent[]) => void): () => void {
    return this.listeners.add(listener);
  }

  async close(): Promise<void> {
    this.closing.abort();
  }

  private assertOpen(): void {
    if (this.closing.signal.aborted) throw new StoreClosedError();
  }
}

/** The answer to an append of ids that the stream holds already, wholly or in part; undefined when it holds none of them. */
function answerIfKnown(held: readonly RecordedEvent[], events: readonly NewEvent[]): AppendResult | undefined {
  const places = events.map((event) => held.findIndex((other) => other.id === event.id));
  const first = places.findIndex((place) => place !== -1);
  if (first === -1) return undefined;
  for (const [index, event] of events.entries()) {
    const other = held[places[0]! + index];
    if (other?.id !== event.id || other.type !== event.type || other.data !== event.data) {
      return { outcome: 'id_reused', eventId: events[places[index] === -1 ? first : index]!.id };
    }
  }
  const last = held[places.at(-1)!]!;
  return { outcome: 'committed', revision: last.revision, position: last.position, repeated: true };
}

function expectationHolds(expected: ExpectedRevision, eventCount: number): boolean {
  if (expected === 'any') return true;
  if (expected === 'no_stream') return eventCount === 0;
  if (expected === 'stream_exists') return eventCount > 0;
  return expected === BigInt(eventCount - 1);
}
