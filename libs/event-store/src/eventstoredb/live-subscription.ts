import { START, streamNameFilter } from '@eventstore/db-client';
import type { AllStreamResolvedEvent, AllStreamSubscription } from '@eventstore/db-client';
import type { Readable } from 'node:stream';
import { StoreClosedError } from '../event-store.ts';
import type { RecordedEvent, SubscriptionItem } from '../event-store.ts';
import type { Connections, OwnClient } from './connections.ts';
import { failureOf, SubscriptionLostError } from './failures.ts';
import { isOurs, toRecordedEvent } from './wire-events.ts';

/**
 * subscribeToAll over the server's own subscription, which neither reconnects nor tells when it stalls: so it is begun again, by a client of its
 * own, from the last event that was handed over, and while nothing comes the end of the log is looked at. Whether it has caught up is told by
 * the same look, as servers before 23.10 do not say it. A slow consumer holds the connection back; the server then reads its log for it.
 */
export interface FollowParts {
  readonly connections: Connections;
  readonly lastPosition: () => Promise<bigint>;
  /** Rejects when the log is another one than was opened. */
  readonly checkLog: () => Promise<void>;
  readonly saw: (position: bigint) => void;
  readonly onResubscribed: () => void;
  /** Aborts when the store closes. */
  readonly closed: AbortSignal;
  readonly probeMs: number;
}

/** Events that wait for a consumer before the server is held back; a consumer that leaves so many has fallen behind. */
const BUFFERED_EVENTS_MAX = 64;
const RETRY_MS_MIN = 50;
const RETRY_MS_MAX = 5_000;
/** Any stream but the server's own. */
const OWN_STREAMS = '^[^$]';

/** The log was replaced while it was followed: positions mean nothing any more. */
export class LogReplacedError extends Error {
  override readonly name = 'LogReplacedError';
}

export async function* follow(
  parts: FollowParts,
  { after, signal }: { readonly after: bigint; readonly signal: AbortSignal },
): AsyncGenerator<SubscriptionItem, void, undefined> {
  const following = new Following(parts, after);
  const wake = (): void => following.wake();
  signal.addEventListener('abort', wake);
  parts.closed.addEventListener('abort', wake);
  let failures = 0;
  try {
    while (!signal.aborted) {
      if (parts.closed.aborted) throw new StoreClosedError();
      try {
        for await (const item of following.run(failures > 0, signal)) {
          failures = 0;
          yield item;
        }
        if (!signal.aborted && !parts.closed.aborted)
          throw new SubscriptionLostError('the server ended the subscription');
      } catch (error) {
        if (error instanceof LogReplacedError) throw error;
        if (signal.aborted || parts.closed.aborted) continue;
        if (failures === 0) yield { kind: 'lost', reason: reasonOf(error) };
        parts.onResubscribed();
        await following.pause(Math.min(RETRY_MS_MIN * 2 ** failures, RETRY_MS_MAX), signal);
        failures += 1;
      }
    }
  } finally {
    signal.removeEventListener('abort', wake);
    parts.closed.removeEventListener('abort', wake);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof SubscriptionLostError) return error.message;
  const failure = failureOf(error);
  return 'reason' in failure ? failure.reason : String(error);
}

/** The position of one consumer, over all the subscriptions of the server that it goes through. */
class Following {
  private readonly parts: FollowParts;
  private position: bigint;
  /** Position at which it has caught up; undefined while there is nothing to tell. */
  private target: bigint | undefined;
  private isBehind = false;
  private resume: (() => void) | undefined;

  constructor(parts: FollowParts, after: bigint) {
    this.parts = parts;
    this.position = after;
  }

  wake(): void {
    this.resume?.();
  }

  /** One subscription of the server, until it is lost (rejects) or nobody wants it any more. */
  async *run(isResumed: boolean, signal: AbortSignal): AsyncGenerator<SubscriptionItem, void, undefined> {
    const { closed, connections, lastPosition } = this.parts;
    const client = connections.take();
    const source = new Source(client, this.position, () => this.wake());
    try {
      if (isResumed) await this.parts.checkLog();
      this.target = await lastPosition();
      while (!signal.aborted && !closed.aborted) {
        if (this.target !== undefined && this.position >= this.target) {
          this.target = undefined;
          yield { kind: 'caughtUp', position: this.position };
          continue;
        }
        const event = source.take();
        if (event === undefined) {
          if (source.error !== undefined) throw source.error;
          await this.waitFor(source, signal);
        } else if (event.position > this.position) {
          this.isBehind ||= source.isFull && this.target === undefined;
          this.position = event.position;
          this.parts.saw(event.position);
          yield { kind: 'event', event };
        }
      }
    } finally {
      source.close();
      connections.release(client);
    }
  }

  async pause(ms: number, signal: AbortSignal): Promise<void> {
    if (!signal.aborted && !this.parts.closed.aborted) await this.sleep(ms);
  }

  /** Until something came. What does not come though it is in the log has been lost on the way. */
  private async waitFor(source: Source, signal: AbortSignal): Promise<void> {
    const { lastPosition, probeMs } = this.parts;
    if (this.isBehind && this.target === undefined) {
      this.isBehind = false;
      this.target = await lastPosition();
      return;
    }
    if (source.hasNews || (await this.sleep(probeMs)) === 'woken' || signal.aborted) return;
    const last = await lastPosition();
    if (last <= this.position || source.hasNews) return;
    // It may be on its way just now.
    if ((await this.sleep(probeMs)) === 'woken' || source.hasNews || signal.aborted) return;
    throw new SubscriptionLostError(
      `the subscription heard nothing of what the log holds after position ${this.position}`,
    );
  }

  private sleep(ms: number): Promise<'woken' | 'late'> {
    return new Promise((resolve) => {
      const end = (why: 'woken' | 'late') => (): void => {
        clearTimeout(timer);
        this.resume = undefined;
        resolve(why);
      };
      const timer = setTimeout(end('late'), ms);
      this.resume = end('woken');
    });
  }
}

/** One subscription of the client: a Readable that may report errors and go on being readable. */
class Source {
  error: Error | undefined;
  private readonly subscription: AllStreamSubscription & Readable;

  constructor(client: OwnClient, after: bigint, wake: () => void) {
    const fromPosition = after === 0n ? START : { commit: after, prepare: after };
    this.subscription = client
      .markUsed()
      .subscribeToAll(
        { fromPosition, filter: streamNameFilter({ regex: OWN_STREAMS }), requiresLeader: true },
        { highWaterMark: BUFFERED_EVENTS_MAX },
      ) as AllStreamSubscription & Readable;
    const lose = (error: Error): void => {
      this.error ??= error;
      wake();
    };
    this.subscription
      .on('readable', wake)
      .on('error', lose)
      .on('end', () => lose(new SubscriptionLostError('the server ended the subscription')));
  }

  get isFull(): boolean {
    return this.subscription.readableLength >= BUFFERED_EVENTS_MAX - 1;
  }

  get hasNews(): boolean {
    return this.error !== undefined || this.subscription.readableLength > 0;
  }

  take(): RecordedEvent | undefined {
    for (;;) {
      const resolved = this.subscription.read() as AllStreamResolvedEvent | null;
      if (resolved === null) return undefined;
      if (resolved.event !== undefined && isOurs(resolved.event)) return toRecordedEvent(resolved.event);
    }
  }

  close(): void {
    this.subscription.unsubscribe().catch(() => {});
  }
}
