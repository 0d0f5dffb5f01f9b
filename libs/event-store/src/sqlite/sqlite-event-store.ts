import type { Clock } from '@waymark/base';
import { checkAppend } from '../append-check.ts';
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
import { processClock } from '../process-clock.ts';
import { subscribe } from '../subscription.ts';
import { Checkpointer } from './checkpointer.ts';
import { zeroCounters } from './sqlite-counters.ts';
import type { SqliteCounters } from './sqlite-counters.ts';
import { SqliteReader } from './sqlite-reader.ts';
import { openForReading } from './sqlite-schema.ts';
import { TAIL_EVENTS_MAX } from './stream-index.ts';
import { WriterClient } from './writer-client.ts';
import { TEXT_CHARS_CHECKED_AT_ONCE_MAX } from './writer-messages.ts';

/**
 * The event store of the embedded default: one SQLite file, durable (WAL, synchronous=FULL), one writing process, any number of
 * reading ones. Writes go through a thread that commits all that waits together; reads happen on the calling thread. The command app
 * opens it to write, the gateway with readOnly. A process opens a file once: see Checkpointer.closeLog for what a second store of the
 * same process would lose.
 */

export interface SqliteEventStoreOptions {
  readonly file: string;
  /** Reads a log that another process writes. Fails as `missing` or `upgrading` (StoreOpenError) while that process has not made it. */
  readonly readOnly?: boolean;
  /** How often a subscription of a read-only store looks for news. Default 20. */
  readonly pollMs?: number;
  /** A bound for the file; past it appends are 'unavailable'. Default: none but the disk. */
  readonly fileBytesMax?: number;
  /**
   * Size of the WAL, past three quarters of which it is copied into the log. Default 64 MiB: at full load it is copied every two seconds,
   * and one in 400 commits waits for more than 2 ms; with 32 MiB it is one in 200.
   */
  readonly walBytes?: number;
  /** Events that the indexes of the log may be behind; see StreamIndex, which says what it saves. Default 16,384. */
  readonly tailEventsMax?: number;
  readonly clock?: Clock;
  /** A thread of the store has ended by itself: nothing can be written any more. By default the error ends the process. */
  readonly onFault?: (error: Error) => void;
}

export interface SqliteEventStore extends EventStore {
  counters(): SqliteCounters;
}

const READ_ONLY_POLL_MS = 20;
const WAL_BYTES = 64 * 1024 * 1024;

/** Rejects with StoreOpenError, whose message is a sentence for whoever started the process. */
export async function openSqliteEventStore(options: SqliteEventStoreOptions): Promise<SqliteEventStore> {
  if (options.readOnly === true) {
    const { db, logId } = openForReading(options.file);
    return new SqliteStore(options, { logId, reader: new SqliteReader(db) });
  }
  const onFault = options.onFault ?? endProcess;
  const counters = zeroCounters();
  const { file, fileBytesMax = 0, walBytes = WAL_BYTES, tailEventsMax = TAIL_EVENTS_MAX } = options;
  const settings = { file, fileBytesMax, walBytes, tailEventsMax };
  const { writer, logId } = await WriterClient.open(settings, counters, onFault);
  const reader = new SqliteReader(openForReading(file).db);
  const checkpointer = new Checkpointer(settings, counters, { finish: () => writer.finishCheckpoint(), onFault });
  return new SqliteStore(options, { logId, reader, writing: { writer, checkpointer, counters } });
}

interface Parts {
  readonly logId: string;
  readonly reader: SqliteReader;
  readonly writing?: {
    readonly writer: WriterClient;
    readonly checkpointer: Checkpointer;
    readonly counters: ReturnType<typeof zeroCounters>;
  };
}

class SqliteStore implements SqliteEventStore {
  readonly positionsAreDense = true;
  readonly logId: string;
  private readonly parts: Parts;
  private readonly clock: Clock;
  private readonly pollMs: number | undefined;
  private readonly closing = new AbortController();
  private closed: Promise<void> | undefined;

  constructor(options: SqliteEventStoreOptions, parts: Parts) {
    this.logId = parts.logId;
    this.parts = parts;
    this.clock = options.clock ?? processClock;
    this.pollMs = parts.writing === undefined ? (options.pollMs ?? READ_ONLY_POLL_MS) : undefined;
  }

  appendToStream(stream: string, events: readonly NewEvent[], options: AppendOptions): Promise<AppendResult> {
    try {
      this.assertOpen();
      const { writing } = this.parts;
      if (writing === undefined) throw new InvalidAppendError('this event store was opened to read only');
      const expected = options.expectedRevision;
      const metadataTexts = checkAppend(stream, events, expected, TEXT_CHARS_CHECKED_AT_ONCE_MAX);
      return writing.writer.append({ stream, events, expected, metadataTexts, created: this.clock.now() });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async readStream(stream: string, options: ReadStreamOptions = {}): Promise<readonly RecordedEvent[] | 'no_stream'> {
    this.assertOpen();
    const { reader } = this.parts;
    while (!reader.lookAtTail()) {
      await yieldToOthers();
      this.assertOpen();
    }
    const pages = reader.streamPages(stream, options);
    if (pages === undefined) return 'no_stream';
    let events: RecordedEvent[] = [];
    for (let page = pages.next(); page.done !== true; page = pages.next()) {
      if (events.length === 0) events = page.value;
      else {
        events.push(...page.value);
        await yieldToOthers();
        this.assertOpen();
      }
    }
    return events;
  }

  async readAll(options: { readonly after: bigint; readonly maxCount: number }): Promise<readonly RecordedEvent[]> {
    this.assertOpen();
    return this.parts.reader.readAll(options.after, options.maxCount);
  }

  async lastPosition(): Promise<bigint> {
    this.assertOpen();
    return this.parts.reader.lastPosition();
  }

  subscribeToAll(options: { readonly after: bigint; readonly signal: AbortSignal }): AsyncIterable<SubscriptionItem> {
    const source = {
      readAll: async (page: { readonly after: bigint; readonly maxCount: number }) => {
        const events = await this.readAll(page);
        await yieldToOthers();
        return events;
      },
      onCommitted: (listener: (events: readonly RecordedEvent[]) => void) => this.onCommitted(listener),
      closed: this.closing.signal,
      ...(this.pollMs === undefined ? {} : { pollMs: this.pollMs }),
    };
    return subscribe(source, options);
  }

  onCommitted(listener: (events: readonly RecordedEvent[]) => void): () => void {
    return this.parts.writing?.writer.listeners.add(listener) ?? (() => {});
  }

  counters(): SqliteCounters {
    const { writing } = this.parts;
    if (writing === undefined) return zeroCounters();
    return { ...writing.counters, pending: writing.writer.pendingCount };
  }

  close(): Promise<void> {
    this.closed ??= this.closeParts();
    return this.closed;
  }

  private async closeParts(): Promise<void> {
    this.closing.abort();
    const { writing, reader } = this.parts;
    await writing?.checkpointer.close();
    reader.close();
    await writing?.writer.close();
    writing?.checkpointer.closeLog();
  }

  private assertOpen(): void {
    if (this.closing.signal.aborted) throw new StoreClosedError();
  }
}

/** Lets the sockets and timers of the app have their turn between two pages. */
function yieldToOthers(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function endProcess(error: Error): void {
  throw error;
}
