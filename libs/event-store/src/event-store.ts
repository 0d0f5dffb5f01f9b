/**
 * The port to the event store: streams of events, appended with an expected revision, in one global order.
 * It knows envelopes, not what is in them. Names follow EventStoreDB. Adapters: memory/, sqlite/ (and eventstoredb/, loaded when configured).
 *
 * Revisions count from 0 within a stream. Positions number the whole log: strictly increasing everywhere, and dense (next = last + 1,
 * the first is 1) where `positionsAreDense` says so.
 */
export interface EventStore {
  /** Names this log: it changes when the log is replaced by another. */
  readonly logId: string;
  readonly positionsAreDense: boolean;

  /**
   * Appends all of `events` to `stream`, or none. Never rejects for an outcome of the store; rejects with InvalidAppendError when the
   * arguments cannot be right (see there), with AppendTooLargeError when the server behind the store takes less than the port does, and with
   * StoreClosedError after close().
   *
   * An append is idempotent by its event ids, for ever: if the stream already holds exactly these ids in a row, the answer is `committed`
   * with the first time's revision and position and `repeated: true`, whatever the expected revision says. If it holds only some of
   * them, or the same ids with another type or other data, the answer is `id_reused`.
   */
  appendToStream(stream: string, events: readonly NewEvent[], options: AppendOptions): Promise<AppendResult>;

  /** Events of one stream, by default forwards from revision 0, all of them. A stream that was never written gives 'no_stream'. */
  readStream(stream: string, options?: ReadStreamOptions): Promise<readonly RecordedEvent[] | 'no_stream'>;

  /** A page of the log after `after` (exclusive), in order. An empty page means that nothing was committed after it yet. */
  readAll(options: { readonly after: bigint; readonly maxCount: number }): Promise<readonly RecordedEvent[]>;

  /** Position of the last committed event, 0n for an empty log. */
  lastPosition(): Promise<bigint>;

  /**
   * Everything after `after` (exclusive), in order: events, then one 'caughtUp', then live events as they are committed, and 'caughtUp'
   * again after each time it fell behind. Memory stays bounded however slow the consumer is. Ends when `signal` aborts.
   */
  subscribeToAll(options: { readonly after: bigint; readonly signal: AbortSignal }): AsyncIterable<SubscriptionItem>;

  /**
   * Calls `listener` with the events of each commit made through this instance, before the appends are answered: in the order of the log
   * where positions are dense, elsewhere in the order of each stream.
   */
  onCommitted(listener: (events: readonly RecordedEvent[]) => void): () => void;

  /** Waits for what was asked, then lets go of files and threads. */
  close(): Promise<void>;
}

export type ExpectedRevision = bigint | 'any' | 'no_stream' | 'stream_exists';

export interface AppendOptions {
  readonly expectedRevision: ExpectedRevision;
}

export interface NewEvent {
  /** UUID. Unique within a stream. */
  readonly id: string;
  readonly type: string;
  /** A JSON value, already as text: it is encoded once, by whoever made it. */
  readonly data: string;
  readonly metadata: EventMetadata;
}

export interface EventMetadata {
  readonly schemaVersion: number;
  /** Names the command that made the event: the caller's idempotency key, or a fresh id. */
  readonly commandId: string;
  /** Hash of what the command asked: tells a retry from another command under the same key. */
  readonly commandHash?: string;
  readonly correlationId?: string;
  readonly causationId?: string;
  readonly traceparent?: string;
  /** The caller's `Waymark-Sent-At`, epoch ms: when the command was meant to be sent. */
  readonly sentAt?: number;
}

export interface RecordedEvent extends NewEvent {
  readonly stream: string;
  readonly revision: bigint;
  readonly position: bigint;
  /** When it was recorded, epoch ms. */
  readonly created: number;
}

export type AppendResult =
  | {
      readonly outcome: 'committed';
      /** Revision and position of the last event appended; for an append of no events, the stream's last (-1n if there is none). */
      readonly revision: bigint;
      readonly position: bigint;
      /** True when an earlier append of the same ids is answered again. */
      readonly repeated: boolean;
    }
  | { readonly outcome: 'conflict'; readonly expected: ExpectedRevision; readonly actual: bigint | 'no_stream' }
  | { readonly outcome: 'id_reused'; readonly eventId: string }
  /** Asked, never answered: it may or may not have happened. Settle it by appending the same ids again. */
  | { readonly outcome: 'unknown'; readonly reason: string }
  /** The store cannot take it now (disk full, not reachable, too much waiting). Nothing was written. */
  | { readonly outcome: 'unavailable'; readonly reason: string };

export interface ReadStreamOptions {
  readonly direction?: 'forwards' | 'backwards';
  /** Inclusive. Default: the start when forwards, the end when backwards. */
  readonly fromRevision?: bigint | 'start' | 'end';
  readonly maxCount?: number;
}

export type SubscriptionItem =
  | { readonly kind: 'event'; readonly event: RecordedEvent }
  | { readonly kind: 'caughtUp'; readonly position: bigint }
  /** The store cannot be reached: said once, then tried again for ever. What was missed follows, and 'caughtUp' after it. */
  | { readonly kind: 'lost'; readonly reason: string };

/** The arguments of an append cannot be right: an id twice, a name or size over its limit, data that is not JSON text. A bug of the caller. */
export class InvalidAppendError extends Error {
  override readonly name = 'InvalidAppendError';
}

/** The server takes no append of this size: its own limit is below APPEND_BYTES_MAX. Nothing was written; others are taken. The message is for operators. */
export class AppendTooLargeError extends Error {
  override readonly name = 'AppendTooLargeError';
}

/** A read cannot be answered now: the store is not reached. It may be asked again; appends say the same by their outcome. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}

export class StoreClosedError extends Error {
  override readonly name = 'StoreClosedError';
  constructor() {
    super('the event store is closed');
  }
}
