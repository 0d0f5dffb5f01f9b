import { checkAppend } from '../append-check.ts';
import { CommitListeners } from '../commit-listeners.ts';
import { InvalidAppendError, StoreClosedError } from '../event-store.ts';
import type {
  AppendOptions,
  AppendResult,
  EventStore,
  NewEvent,
  ReadStreamOptions,
  RecordedEvent,
  SubscriptionItem,
} from '../event-store.ts';
import { Appender } from './appender.ts';
import type { Connections } from './connections.ts';
import { KnownStreams } from './known-streams.ts';
import { follow, LogReplacedError } from './live-subscription.ts';
import { readLogId } from './log-identity.ts';
import { openLog } from './opening.ts';
import { Reader } from './reader.ts';

/**
 * The event store for those who outgrow one machine: an EventStoreDB server or cluster, through @eventstore/db-client. Any number of processes may
 * append to one log. Positions are the server's, byte offsets of its log, so they have gaps. This module loads the client, 57 MB of memory:
 * it is imported only when it is configured.
 */
export interface EventStoreDbOptions {
  /** EVENTSTOREDB_URL; see readConnectionString. */
  readonly url: string;
  /** How long an open waits for a server that cannot be reached. Default 60,000. */
  readonly waitMs?: number;
  /** Told a sentence now and then while an open waits. */
  readonly onProgress?: (sentence: string) => void;
  /** Gives up an open that waits, with its reason. */
  readonly signal?: AbortSignal;
  /** How long the server has for an append before its outcome counts as unknown. Default 3,000. */
  readonly appendMs?: number;
  /** How long a read may bring nothing. Default 3,000. */
  readonly readMs?: number;
  /** How long a subscription hears nothing before the end of the log is looked at. Default 1,000. */
  readonly probeMs?: number;
  /** Ids that are remembered; see KnownStreams. */
  readonly knownIdsMax?: number;
}

export interface EventStoreDbCounters {
  /** Clients that let us down and were replaced. */
  readonly replacedClients: number;
  /** Subscriptions that were lost and begun again. */
  readonly resubscribed: number;
  /** Appends that were not answered and were found in the stream. */
  readonly settled: number;
}

export interface EventStoreDbEventStore extends EventStore {
  readonly eventStoreDb: () => EventStoreDbCounters;
}

const WAIT_MS = 60_000;
const APPEND_MS = 3_000;
const READ_MS = 3_000;
const PROBE_MS = 1_000;

/** Rejects with StoreOpenError, whose message is a sentence for whoever started the process. */
export async function openEventStoreDb(options: EventStoreDbOptions): Promise<EventStoreDbEventStore> {
  const { onProgress = () => {}, signal, url, waitMs = WAIT_MS } = options;
  const { connections, logId } = await openLog({ url, waitMs, onProgress, signal, callMs: options.readMs ?? READ_MS });
  return new EventStoreDbStore(options, connections, logId);
}

class EventStoreDbStore implements EventStoreDbEventStore {
  readonly positionsAreDense = false;
  readonly logId: string;
  private readonly connections: Connections;
  private readonly reader: Reader;
  private readonly known: KnownStreams;
  private readonly appender: Appender;
  private readonly listeners = new CommitListeners();
  private readonly closing = new AbortController();
  private readonly readMs: number;
  private readonly probeMs: number;
  private resubscribed = 0;
  private closed: Promise<void> | undefined;

  constructor(options: EventStoreDbOptions, connections: Connections, logId: string) {
    const { appendMs = APPEND_MS, probeMs = PROBE_MS, readMs = READ_MS } = options;
    this.logId = logId;
    this.connections = connections;
    this.readMs = readMs;
    this.probeMs = probeMs;
    this.reader = new Reader(connections, readMs);
    this.known = new KnownStreams(options.knownIdsMax);
    this.appender = new Appender({
      connections,
      reader: this.reader,
      known: this.known,
      appendMs,
      onCommitted: (events) => this.listeners.call(events),
    });
  }

  async appendToStream(stream: string, events: readonly NewEvent[], options: AppendOptions): Promise<AppendResult> {
    this.assertOpen();
    checkAppend(stream, events, options.expectedRevision);
    const own = events.find(({ type }) => type.startsWith('$'));
    if (own !== undefined) throw new InvalidAppendError(`types that begin with $ are EventStoreDB's own: ${own.type}`);
    return this.appender.append({ stream, events, expected: options.expectedRevision });
  }

  async readStream(stream: string, options: ReadStreamOptions = {}): Promise<readonly RecordedEvent[] | 'no_stream'> {
    this.assertOpen();
    const found = await this.reader.readStream(stream, options);
    const from = options.fromRevision ?? 'start';
    if (found === 'no_stream' || options.direction === 'backwards' || from === 'end') return found;
    this.known.learn(stream, from === 'start' ? 0n : from, found);
    return found;
  }

  async readAll(options: { readonly after: bigint; readonly maxCount: number }): Promise<readonly RecordedEvent[]> {
    this.assertOpen();
    return this.reader.readAll(options.after, options.maxCount);
  }

  async lastPosition(): Promise<bigint> {
    this.assertOpen();
    return this.reader.lastPosition();
  }

  subscribeToAll(options: { readonly after: bigint; readonly signal: AbortSignal }): AsyncIterable<SubscriptionItem> {
    const parts = {
      connections: this.connections,
      lastPosition: () => this.reader.lastPosition(),
      checkLog: () => this.checkLog(),
      saw: (position: bigint) => this.reader.saw(position),
      onResubscribed: () => {
        this.resubscribed += 1;
      },
      closed: this.closing.signal,
      probeMs: this.probeMs,
    };
    return follow(parts, options);
  }

  onCommitted(listener: (events: readonly RecordedEvent[]) => void): () => void {
    return this.listeners.add(listener);
  }

  readonly eventStoreDb = (): EventStoreDbCounters => ({
    replacedClients: this.connections.replacedCount,
    resubscribed: this.resubscribed,
    settled: this.appender.settledCount,
  });

  close(): Promise<void> {
    this.closed ??= this.closeParts();
    return this.closed;
  }

  private async closeParts(): Promise<void> {
    this.closing.abort();
    await this.appender.idle();
    this.connections.close();
  }

  private async checkLog(): Promise<void> {
    const logId = await readLogId(this.connections, this.readMs);
    if (logId !== this.logId)
      throw new LogReplacedError(
        `EventStoreDB holds another log (${logId ?? 'none'}) than the one followed (${this.logId})`,
      );
  }

  private assertOpen(): void {
    if (this.closing.signal.aborted) throw new StoreClosedError();
  }
}
