import type { AppendExpectedRevision } from '@eventstore/db-client';
import { AppendTooLargeError } from '../event-store.ts';
import type { AppendResult, ExpectedRevision, NewEvent, RecordedEvent } from '../event-store.ts';
import type { Connections } from './connections.ts';
import { failureOf } from './failures.ts';
import type { KnownStream, KnownStreams } from './known-streams.ts';
import type { Reader } from './reader.ts';
import { serverStream, toClientEvent } from './wire-events.ts';

/**
 * One append at a time for each stream: look, decide, append, look. The server's own answers to repeats are too weak for the port (with 'any' it
 * knows only recent ids, and it never compares what events say), so each append names exactly the revision up to which the stream was looked
 * at, and what then stands in the stream decides what is answered: a repeat, a reused id, a conflict, and also whether an append that was
 * never answered had happened. docs/adr/0009 has the reasons and what it costs.
 */
export interface AppenderParts {
  readonly connections: Connections;
  readonly reader: Reader;
  readonly known: KnownStreams;
  readonly appendMs: number;
  readonly onCommitted: (events: readonly RecordedEvent[]) => void;
}

interface Asked {
  readonly stream: string;
  readonly events: readonly NewEvent[];
  readonly expected: ExpectedRevision;
}

/** How far one append has come. */
interface Progress {
  /** Nothing was asked since the stream was looked at. */
  isFresh: boolean;
  /** Revisions that the first event of an attempt of ours would have got. */
  readonly attemptedAt: Set<bigint>;
  unansweredCount: number;
  turnedAwayCount: number;
  decisionCount: number;
  /** Why the last attempt is not known to have succeeded. */
  reason: string;
}

/** Attempts that nobody answered, before the caller is told so. */
const UNANSWERED_MAX = 2;
/** Nodes that said that another one leads. */
const TURNED_AWAY_MAX = 3;
/** Times that others were first, for an append that does not mind: each time somebody got on. */
const DECISIONS_MAX = 100;

export class Appender {
  /** Appends that were not answered and were found to have happened, or not, by looking. */
  settledCount = 0;
  private readonly parts: AppenderParts;
  private readonly turns = new Map<string, Promise<unknown>>();

  constructor(parts: AppenderParts) {
    this.parts = parts;
  }

  append(asked: Asked): Promise<AppendResult> {
    const before = this.turns.get(asked.stream) ?? Promise.resolve();
    const own = before.then(() => this.settle(asked));
    const turn = own.catch(() => {});
    this.turns.set(asked.stream, turn);
    void turn.then(() => {
      if (this.turns.get(asked.stream) === turn) this.turns.delete(asked.stream);
    });
    return own;
  }

  /** Resolves when every append that was asked for has its answer. */
  async idle(): Promise<void> {
    await Promise.all(this.turns.values());
  }

  private async settle(asked: Asked): Promise<AppendResult> {
    const progress: Progress = {
      isFresh: false,
      attemptedAt: new Set(),
      unansweredCount: 0,
      turnedAwayCount: 0,
      decisionCount: 0,
      reason: '',
    };
    try {
      for (;;) {
        const known = this.parts.known.get(asked.stream) ?? (await this.look(asked.stream, progress));
        const answer =
          (await this.answerIfKnown(asked, known, progress)) ?? this.answerIfDecided(asked, known, progress);
        if (answer !== undefined) return answer;
        if (!progress.isFresh && (asked.events.length === 0 || !holds(asked.expected, known.last))) {
          await this.look(asked.stream, progress);
          continue;
        }
        const refused = await this.attempt(asked, known, progress);
        if (refused !== undefined) return refused;
        await this.look(asked.stream, progress);
        progress.decisionCount += 1;
      }
    } catch (error) {
      if (error instanceof AppendTooLargeError) throw error;
      const { reason } = { reason: (error as Error).message, ...failureOf(error) };
      // What was asked and not answered stays unknown, when it cannot be looked for.
      const isOpen = progress.attemptedAt.size > 0;
      return {
        outcome: isOpen ? 'unknown' : 'unavailable',
        reason: isOpen && progress.reason !== '' ? progress.reason : reason,
      };
    }
  }

  /** Reads what the stream holds beyond what is known of it. */
  private async look(stream: string, progress: Progress): Promise<KnownStream> {
    const { known, reader } = this.parts;
    const from = (known.get(stream)?.last ?? -1n) + 1n;
    const tail = await reader.readStream(stream, { fromRevision: from });
    known.learn(stream, from, tail === 'no_stream' ? [] : tail);
    progress.isFresh = true;
    return known.get(stream)!;
  }

  /** The answer to ids that the stream holds, wholly or in part. */
  private async answerIfKnown(
    { events, stream }: Asked,
    known: KnownStream,
    progress: Progress,
  ): Promise<AppendResult | undefined> {
    const places = events.map(({ id }) => known.revisions.get(id));
    const held = places.findIndex((place) => place !== undefined);
    if (held === -1) return undefined;
    const reused = (index: number): AppendResult => ({ outcome: 'id_reused', eventId: events[index]!.id });
    const first = places[0];
    if (first === undefined) return reused(held);
    const found = await this.parts.reader.readStream(stream, { fromRevision: first, maxCount: events.length });
    const recorded = found === 'no_stream' ? [] : found;
    for (const [index, event] of events.entries()) {
      const other = recorded[index];
      if (other?.id !== event.id || other.type !== event.type || other.data !== event.data)
        return reused(places[index] === undefined ? held : index);
    }
    const last = recorded.at(-1)!;
    const repeated = !progress.attemptedAt.has(first);
    if (!repeated) {
      if (progress.unansweredCount > 0) this.settledCount += 1;
      this.parts.reader.saw(last.position);
      this.parts.onCommitted(recorded);
    }
    return { outcome: 'committed', revision: last.revision, position: last.position, repeated };
  }

  /** The answer that the stream as it was just looked at gives to ids that it does not hold. */
  private answerIfDecided(
    { events, expected }: Asked,
    known: KnownStream,
    progress: Progress,
  ): AppendResult | undefined {
    if (!progress.isFresh) return undefined;
    if (progress.unansweredCount >= UNANSWERED_MAX) return { outcome: 'unknown', reason: progress.reason };
    const actual = known.last < 0n ? 'no_stream' : known.last;
    if (!holds(expected, known.last)) {
      // An attempt of ours that was never answered can no longer get the revision that it was made for: somebody else has it.
      return { outcome: 'conflict', expected, actual };
    }
    if (events.length === 0)
      return { outcome: 'committed', revision: known.last, position: known.lastPosition, repeated: false };
    if (progress.decisionCount >= DECISIONS_MAX)
      return { outcome: 'unavailable', reason: `others wrote to the stream first, ${DECISIONS_MAX} times in a row` };
    return undefined;
  }

  /** Asks the server. Undefined: the stream itself must tell what came of it. */
  private async attempt(
    { events, stream }: Asked,
    known: KnownStream,
    progress: Progress,
  ): Promise<AppendResult | undefined> {
    const { appendMs, connections } = this.parts;
    const expectedRevision: AppendExpectedRevision = known.last < 0n ? 'no_stream' : known.last;
    const at = known.last + 1n;
    const isFirst = !progress.attemptedAt.has(at);
    progress.isFresh = false;
    progress.attemptedAt.add(at);
    try {
      await connections.call(appendMs + OWN_TIMER_MARGIN_MS, (client) =>
        client.appendToStream(serverStream(stream), events.map(toClientEvent), {
          expectedRevision,
          deadline: appendMs,
          requiresLeader: true,
        }),
      );
    } catch (error) {
      const failure = failureOf(error);
      switch (failure.kind) {
        case 'too_large':
          throw new AppendTooLargeError(`EventStoreDB takes no append of this size: ${failure.reason}`);
        case 'wrong_revision':
          return undefined;
        case 'unknown':
        case 'not_found':
          progress.unansweredCount += 1;
          progress.reason = 'reason' in failure ? failure.reason : 'EventStoreDB gave an answer that means nothing';
          return undefined;
        case 'not_leader':
          progress.turnedAwayCount += 1;
          if (progress.turnedAwayCount < TURNED_AWAY_MAX) return undefined;
          break;
        default:
      }
      if (isFirst) progress.attemptedAt.delete(at);
      return { outcome: progress.unansweredCount > 0 ? 'unknown' : 'unavailable', reason: failure.reason };
    }
    return undefined;
  }
}

/** On top of the deadline that the client has for the call itself, which does not count what comes before it. */
const OWN_TIMER_MARGIN_MS = 500;

function holds(expected: ExpectedRevision, last: bigint): boolean {
  if (expected === 'any') return true;
  if (expected === 'no_stream') return last < 0n;
  if (expected === 'stream_exists') return last >= 0n;
  return expected === last;
}
