import { BACKWARDS, END, FORWARDS, START } from '@eventstore/db-client';
import type { AllStreamResolvedEvent, ReadPosition, ResolvedEvent, StreamingRead } from '@eventstore/db-client';
import { StoreUnavailableError } from '../event-store.ts';
import type { ReadStreamOptions, RecordedEvent } from '../event-store.ts';
import type { Connections, OwnClient } from './connections.ts';
import { CallTimeoutError, failureOf } from './failures.ts';
import { isOurs, serverStream, toRecordedEvent } from './wire-events.ts';

/**
 * Reads of streams and of the whole log, always from the leader. The client's reads have no deadline: each page ends when nothing has come for
 * `idleMs`. What cannot be read now rejects with StoreUnavailableError.
 */

/** Raw events of one page of the log, ours or not. */
const PAGE_EVENTS_MIN = 64;
/** The largest number that the protocol has room for. */
const UINT64_MAX = 2n ** 64n - 1n;
/** Positions are signed on the server. */
const POSITION_MAX = 2n ** 63n - 1n;
const LEADER_ATTEMPTS_MAX = 3;

export class Reader {
  private readonly connections: Connections;
  private readonly idleMs: number;
  /** Position of the newest event of ours that anyone here has seen: reads backwards for the last one stop there. */
  private lastSeen = 0n;

  constructor(connections: Connections, idleMs: number) {
    this.connections = connections;
    this.idleMs = idleMs;
  }

  saw(position: bigint): void {
    if (position > this.lastSeen) this.lastSeen = position;
  }

  async readStream(stream: string, options: ReadStreamOptions): Promise<readonly RecordedEvent[] | 'no_stream'> {
    const backwards = options.direction === 'backwards';
    const from = options.fromRevision ?? (backwards ? 'end' : 'start');
    const isBeyond = typeof from === 'bigint' && from > UINT64_MAX;
    const maxCount = options.maxCount ?? Number.MAX_SAFE_INTEGER;
    if ((isBeyond && !backwards) || maxCount === 0) {
      return (await this.readStream(stream, { maxCount: 1 })) === 'no_stream' ? 'no_stream' : [];
    }
    const fromRevision = from === 'start' ? START : from === 'end' || isBeyond ? END : from;
    // Reading on from 'end' gives the last event on some servers and nothing on others; backwards gives it on all.
    const takesLast = from === 'end' && !backwards;
    const events: RecordedEvent[] = [];
    try {
      await this.page(
        (client) =>
          client.readStream(serverStream(stream), {
            direction: backwards || takesLast ? BACKWARDS : FORWARDS,
            fromRevision,
            maxCount: takesLast ? 1 : maxCount,
            requiresLeader: true,
          }),
        ({ event }: ResolvedEvent) => {
          if (event !== undefined && !event.type.startsWith('$')) events.push(toRecordedEvent(event));
        },
        () => (events.length = 0),
      );
    } catch (error) {
      if (failureOf(error).kind === 'not_found') return 'no_stream';
      throw readFailure(error);
    }
    return events;
  }

  async readAll(after: bigint, maxCount: number): Promise<readonly RecordedEvent[]> {
    if (maxCount <= 0 || after > POSITION_MAX) return [];
    // The server has no answer for a position past its end.
    if (after > this.lastSeen && after >= (await this.lastPosition())) return [];
    const events: RecordedEvent[] = [];
    let last = after;
    while (events.length < maxCount) {
      const asked = Math.max(PAGE_EVENTS_MIN, maxCount - events.length + 1);
      const fromPosition: ReadPosition = last === 0n ? START : { commit: last, prepare: last };
      const raw = await this.rawPage(FORWARDS, fromPosition, asked);
      for (const { event } of raw) {
        if (event?.position === undefined || event.position.commit <= last) continue;
        last = event.position.commit;
        if (isOurs(event)) events.push(toRecordedEvent(event));
      }
      if (raw.length < asked) break;
    }
    const page = events.slice(0, maxCount);
    if (page.length > 0) this.saw(page.at(-1)!.position);
    return page;
  }

  async lastPosition(): Promise<bigint> {
    let fromPosition: ReadPosition = END;
    for (let asked = 16; ; asked = PAGE_EVENTS_MIN * 8) {
      const raw = await this.rawPage(BACKWARDS, fromPosition, asked);
      for (const { event } of raw) {
        const position = event?.position?.commit;
        if (position === undefined) continue;
        if (position <= this.lastSeen) return this.lastSeen;
        if (!isOurs(event!)) continue;
        this.saw(position);
        return position;
      }
      const oldest = raw.at(-1)?.event?.position;
      if (raw.length < asked || oldest === undefined) return this.lastSeen;
      fromPosition = oldest;
    }
  }

  private async rawPage(
    direction: typeof FORWARDS | typeof BACKWARDS,
    fromPosition: ReadPosition,
    maxCount: number,
  ): Promise<AllStreamResolvedEvent[]> {
    const raw: AllStreamResolvedEvent[] = [];
    try {
      await this.page(
        (client) => client.readAll({ direction, fromPosition, maxCount, requiresLeader: true }),
        (event: AllStreamResolvedEvent) => raw.push(event),
        () => (raw.length = 0),
      );
    } catch (error) {
      throw readFailure(error);
    }
    return raw;
  }

  /** Reads one page to its end, and asks again where another node leads now. */
  private async page<T>(
    start: (client: OwnClient) => StreamingRead<T>,
    onEvent: (event: T) => void,
    forget: () => void,
  ): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        // The page has its own timer, started anew with each event; the one of call() is for what hangs before it.
        return await this.connections.call(NO_LIMIT_MS, (client) => drain(start(client), this.idleMs, onEvent));
      } catch (error) {
        if (failureOf(error).kind !== 'not_leader' || attempt === LEADER_ATTEMPTS_MAX) throw error;
        forget();
      }
    }
  }
}

/** setTimeout's largest: 24 days. */
const NO_LIMIT_MS = 2 ** 31 - 1;

function readFailure(error: unknown): Error {
  const failure = failureOf(error);
  return new StoreUnavailableError('reason' in failure ? failure.reason : String(error), { cause: error });
}

function drain<T>(readable: StreamingRead<T>, idleMs: number, onEvent: (event: T) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = (): void => end(new CallTimeoutError(`no event within ${idleMs} ms`));
    let timer = setTimeout(late, idleMs);
    const end = (error?: Error): void => {
      clearTimeout(timer);
      readable.removeAllListeners('data');
      if (error === undefined) return resolve();
      giveUp(readable);
      reject(error);
    };
    readable.on('data', (event: T) => {
      clearTimeout(timer);
      timer = setTimeout(late, idleMs);
      onEvent(event);
    });
    // Late errors, of a read that was given up, are nobody's.
    readable.on('error', end);
    readable.once('end', () => end());
  });
}

function giveUp(readable: StreamingRead<unknown>): void {
  readable.cancel().catch(() => {});
}
