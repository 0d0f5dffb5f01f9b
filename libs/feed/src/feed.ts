import type { RecordedEvent } from '@waymark/event-store';

/**
 * The port for committed events on their way to gateways. One consumer a feed; what it is handed is in order, without gaps and without
 * repeats. Adapters: store-tail/ (the embedded default), subscription/
 * (EventStoreDB), redis/ (when REDIS_URL is set).
 */
export interface Feed {
  /**
   * Starts after position `after` (exclusive). `onEvents` is called with batches in order, synchronously, one call at a time, as soon as
   * they are known; it must not throw (a throw is a broken invariant and ends the feed through onFault).
   */
  start(after: bigint, consumer: FeedConsumer): void;
  /** Counters for metrics and health. */
  status(): FeedStatus;
  stop(): Promise<void>;
}

export interface FeedConsumer {
  onEvents(events: readonly RecordedEvent[]): void;
  /** All that was committed when the feed last looked has been handed over. Once per catch-up. */
  onCaughtUp(position: bigint): void;
  /** The feed lost its source or its consumer threw; it goes on trying unless `fatal`. */
  onFault(error: Error, fatal: boolean): void;
}

export interface FeedStatus {
  /** Position of the last event handed over. */
  readonly position: bigint;
  readonly caughtUp: boolean;
  /** Where events come from now: 'bell' (pushed), 'poll' (read from the store), 'subscription' (the store's own). */
  readonly source: string;
  readonly eventCount: number;
  /** Times it had to go back to the store because of a hole in what was pushed, or that its subscription was lost. */
  readonly holeCount: number;
}
