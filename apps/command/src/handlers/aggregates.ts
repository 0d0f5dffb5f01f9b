import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LRUCache } from 'lru-cache';
import { APPENDS_PENDING_MAX, assert, CONFLICT_RETRIES_MAX } from '@waymark/base';
import { decodeEvent, encodeEvent, type Decision, type GameEvent, type QuestEvent } from '@waymark/domain';
import {
  AppendTooLargeError,
  StoreUnavailableError,
  type AppendResult,
  type EventMetadata,
  type EventStore,
  type ExpectedRevision,
  type NewEvent,
  type RecordedEvent,
} from '@waymark/event-store';
import { Problem } from '@waymark/platform';
import type { CommandTally } from '../metrics/command-tally.ts';
import type { StoreWatch } from '../metrics/store-watch.ts';
import { callerOf, eventIdOf, type CommandKey } from './command-ids.ts';
import type { CommandContext } from './command.ts';
import { KeyedQueue } from './keyed-queue.ts';
import { problemOfStore } from './store-problems.ts';

/**
 * Load, decide, append: the one way in which anything is written. Commands of a stream are taken one after the other; the folded state is
 * kept in a bounded cache; an append names the revision that was decided on; a conflict is decided again on the reloaded state; a command
 * whose key the stream knows already gets its first outcome. One of these for quests, one for games. Rules live in the domain.
 */
export interface AggregateKind<State, Event> {
  readonly initial: () => State;
  readonly evolve: (state: State, event: Event) => State;
  readonly isOwn: (event: QuestEvent | GameEvent) => boolean;
  /** Events read and decoded in one turn of the event loop. */
  readonly pageEvents: number;
  readonly cache: LRUCache<string, State & object>;
}

export interface Write<State, Event, Refusal> {
  readonly stream: string;
  readonly context: CommandContext;
  /** Hash of what was asked; see commandHashOf. */
  readonly hash: string;
  /** Must not keep or change the state. */
  readonly decide: (state: State) => Decision<Event, Refusal>;
}

export type Outcome<Event, Refusal> =
  /** Recorded; now, or by an earlier command with the same key. `revision` and `position` are those of the last event. */
  | {
      readonly kind: 'recorded';
      readonly events: readonly Event[];
      readonly revision: number;
      readonly position: number;
    }
  /** True already; there was nothing to record. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** An expected revision that no stream has: an append with it writes nothing, and tells whether its ids are known. */
const REVISION_OF_NO_STREAM_EVER = 2n ** 62n;
/** Times that an unanswered append is asked again, and how long between. */
const SETTLE_ATTEMPTS_MAX = 3;
const SETTLE_PAUSE_MS = 50;
const RETRY_AFTER_SECONDS = 1;
const LOOKUP_PAGE_EVENTS = 256;
/** A command appends at most this many events: a treasure and the end of its game. */
const EVENTS_PER_COMMAND_MAX = 2;

export class Aggregates<State extends { readonly revision: number }, Event extends QuestEvent | GameEvent, Refusal> {
  private readonly store: EventStore;
  private readonly kind: AggregateKind<State, Event>;
  private readonly tally: CommandTally;
  private readonly watch: StoreWatch;
  private readonly queue = new KeyedQueue();

  constructor(
    store: EventStore,
    kind: AggregateKind<State, Event>,
    watchers: { readonly tally: CommandTally; readonly watch: StoreWatch },
  ) {
    this.store = store;
    this.kind = kind;
    this.tally = watchers.tally;
    this.watch = watchers.watch;
  }

  get pending(): number {
    return this.queue.size;
  }

  /** Resolves when every command that was taken has its outcome. */
  idle(): Promise<void> {
    return this.queue.idle();
  }

  /** Rejects with a Problem when the outcome is not one of the domain: too much waiting, no store, too many conflicts. */
  async execute(write: Write<State, Event, Refusal>): Promise<Outcome<Event, Refusal>> {
    if (this.queue.size >= APPENDS_PENDING_MAX) {
      this.tally.overloaded += 1;
      throw new Problem('overloaded', 'too many commands wait', { retryAfterSeconds: RETRY_AFTER_SECONDS });
    }
    const { decide, stream } = write;
    const turn = this.queue.enter(stream);
    if (turn !== undefined) await turn;
    try {
      for (let attempt = 0; attempt <= CONFLICT_RETRIES_MAX; attempt++) {
        const state = this.kind.cache.get(stream) ?? (await this.load(stream));
        const decision = decide(state);
        if (!decision.accepted || decision.events.length === 0) {
          const outcome = await this.withoutEvents(write, state, decision);
          if (outcome !== 'stale') return outcome;
          this.kind.cache.delete(stream);
          this.tally.conflicts += 1;
          continue;
        }
        const { events } = decision;
        const result = await this.append(stream, newEventsOf(write, events), expectedAfter(state.revision));
        if (result.outcome === 'committed' && !result.repeated) {
          for (const event of events) this.kind.evolve(state, event);
          this.kind.cache.set(stream, state);
          return { kind: 'recorded', events, revision: Number(result.revision), position: Number(result.position) };
        }
        this.kind.cache.delete(stream);
        if (result.outcome !== 'conflict') return await this.knownOutcome(write);
        this.tally.conflicts += 1;
      }
    } catch (error) {
      throw this.explained(error);
    } finally {
      this.queue.leave(stream);
    }
    throw new Problem(
      'revision-conflict',
      `decided ${CONFLICT_RETRIES_MAX + 1} times, and each time others were first`,
    );
  }

  /** The state as it is now, for reading only and only until the next await; a promise where it must be read first. */
  peek(stream: string): State | Promise<State> {
    return this.kind.cache.get(stream) ?? this.peekUncached(stream);
  }

  /** As `peek`, with what other processes have written until now. */
  async peekNow(stream: string): Promise<State> {
    await this.queue.enter(stream);
    try {
      const state = this.kind.cache.get(stream);
      return state === undefined ? await this.load(stream) : await this.readOn(stream, state);
    } catch (error) {
      throw this.explained(error);
    } finally {
      this.queue.leave(stream);
    }
  }

  /** Somebody has written to the stream, up to `revision`: what is cached and does not have it is forgotten. */
  noticed(stream: string, revision: number): void {
    const state = this.kind.cache.peek(stream);
    if (state !== undefined && state.revision < revision) this.kind.cache.delete(stream);
  }

  private async peekUncached(stream: string): Promise<State> {
    await this.queue.enter(stream);
    try {
      return this.kind.cache.get(stream) ?? (await this.load(stream));
    } catch (error) {
      throw this.explained(error);
    } finally {
      this.queue.leave(stream);
    }
  }

  private async withoutEvents(
    write: Write<State, Event, Refusal>,
    state: State,
    decision: Decision<Event, Refusal>,
  ): Promise<Outcome<Event, Refusal> | 'stale'> {
    const earlier = state.revision < 0 ? null : await this.earlierOutcome(write, state.revision);
    if (earlier !== null) return earlier;
    if (decision.accepted) return { kind: 'unchanged' };
    this.tally.refused += 1;
    return { kind: 'refused', refusal: decision.refusal };
  }

  /** Asks again while the outcome is unknown: the store finds the same ids if the first asking had succeeded. */
  private async append(
    stream: string,
    events: readonly NewEvent[],
    expectedRevision: ExpectedRevision,
  ): Promise<Extract<AppendResult, { outcome: 'committed' | 'conflict' | 'id_reused' }>> {
    for (let attempt = 1; ; attempt++) {
      const startedAt = performance.now();
      const result = await this.store.appendToStream(stream, events, { expectedRevision });
      const isQuestion = expectedRevision === REVISION_OF_NO_STREAM_EVER;
      this.tally.appendAnswered(result, performance.now() - startedAt, events.length, isQuestion);
      if (result.outcome === 'unavailable') {
        this.watch.failed(result.reason);
        this.tally.unavailable += 1;
        throw new Problem('store-unavailable', result.reason, { retryAfterSeconds: RETRY_AFTER_SECONDS });
      }
      if (result.outcome !== 'unknown') {
        this.watch.answered();
        return result;
      }
      this.watch.failed(result.reason);
      this.tally.unknown += 1;
      if (attempt === SETTLE_ATTEMPTS_MAX) {
        this.kind.cache.delete(stream);
        throw new Problem('outcome-unknown', result.reason, { retryAfterSeconds: RETRY_AFTER_SECONDS });
      }
      await new Promise((resolve) => setTimeout(resolve, SETTLE_PAUSE_MS * attempt));
    }
  }

  /**
   * What an earlier command with this key came to, or null when there was none. The first question is an append that cannot succeed: the
   * store looks the id up in its index, and the stream is read only when it is there. 'stale': another process has written to the stream
   * since `revision`, on which was decided.
   */
  private async earlierOutcome(
    write: Write<State, Event, Refusal>,
    revision: number,
  ): Promise<Outcome<Event, Refusal> | 'stale' | null> {
    const { context, stream } = write;
    const id = eventIdOf(commandKeyOf(context), stream, 0);
    const probe: NewEvent = { id, type: 'Probe', data: 'null', metadata: { schemaVersion: 1, commandId: context.key } };
    const answer = await this.append(stream, [probe], REVISION_OF_NO_STREAM_EVER);
    if (answer.outcome === 'conflict') return answer.actual === BigInt(revision) ? null : 'stale';
    return this.knownOutcome(write);
  }

  /** The outcome of the command whose ids the stream holds. */
  private async knownOutcome({
    context,
    hash,
    stream,
  }: Write<State, Event, Refusal>): Promise<Outcome<Event, Refusal>> {
    const recorded = await this.findEvents(stream, commandKeyOf(context));
    assert(recorded.length > 0, 'an id that the store knows is in the stream');
    const first = recorded[0]!;
    if (first.metadata.commandHash !== undefined && first.metadata.commandHash !== hash) {
      throw new Problem('idempotency-key-reused', `the key was used for another command at revision ${first.revision}`);
    }
    this.tally.repeated += 1;
    const last = recorded.at(-1)!;
    return {
      kind: 'recorded',
      events: recorded.map((event) => this.decode(event)),
      revision: Number(last.revision),
      position: Number(last.position),
    };
  }

  /** The events of one command, which stand in a row. Searched from the end: retries come soon. */
  private async findEvents(stream: string, command: CommandKey): Promise<RecordedEvent[]> {
    const firstId = eventIdOf(command, stream, 0);
    let after: RecordedEvent[] = [];
    let fromRevision: bigint | 'end' = 'end';
    for (;;) {
      const page = await this.store.readStream(stream, {
        direction: 'backwards',
        fromRevision,
        maxCount: LOOKUP_PAGE_EVENTS,
      });
      if (page === 'no_stream' || page.length === 0) return [];
      const forwards = page.toReversed().concat(after);
      const start = forwards.findIndex((event) => event.id === firstId);
      if (start !== -1) {
        const own = forwards.slice(start);
        const end = own.findIndex((event, index) => event.id !== eventIdOf(command, stream, index));
        return end === -1 ? own : own.slice(0, end);
      }
      const oldest = forwards[0]!.revision;
      if (oldest === 0n) return [];
      fromRevision = oldest - 1n;
      after = forwards.slice(0, EVENTS_PER_COMMAND_MAX - 1);
      await nextTurn();
    }
  }

  private async load(stream: string): Promise<State> {
    return this.readOn(stream, this.kind.initial());
  }

  /** Folds what the stream holds after `state`, and caches it. */
  private async readOn(stream: string, from: State): Promise<State> {
    const { cache, evolve, pageEvents } = this.kind;
    let state = from;
    for (let next = BigInt(state.revision + 1); ;) {
      const page = await this.store.readStream(stream, { fromRevision: next, maxCount: pageEvents });
      if (page === 'no_stream') return state;
      for (const event of page) state = evolve(state, this.decode(event));
      if (page.length < pageEvents) break;
      next = page.at(-1)!.revision + 1n;
      await nextTurn();
    }
    cache.set(stream, state);
    return state;
  }

  private explained(error: unknown): unknown {
    if (error instanceof StoreUnavailableError) {
      this.watch.failed(error.message);
      this.tally.unavailable += 1;
    }
    if (error instanceof AppendTooLargeError) this.watch.tooLarge(error.message);
    return problemOfStore(error) ?? error;
  }

  private decode(recorded: RecordedEvent): Event {
    const event = decodeEvent(recorded.type, recorded.metadata.schemaVersion, recorded.data);
    assert(this.kind.isOwn(event), `a stream holds events of its own kind (${recorded.stream})`);
    return event as Event;
  }
}

function newEventsOf<State, Event extends QuestEvent | GameEvent, Refusal>(
  { context, hash, stream }: Write<State, Event, Refusal>,
  events: readonly Event[],
): NewEvent[] {
  const command = commandKeyOf(context);
  const made: NewEvent[] = [];
  for (let index = 0; index < events.length; index++) {
    const { data, schemaVersion, type } = encodeEvent(events[index]!);
    const metadata: Mutable<EventMetadata> = { schemaVersion, commandId: context.key, commandHash: hash };
    if (context.sentAt !== undefined) metadata.sentAt = context.sentAt;
    if (context.traceparent !== undefined) metadata.traceparent = context.traceparent;
    made.push({ id: eventIdOf(command, stream, index), type, data, metadata });
  }
  return made;
}

const expectedAfter = (revision: number): ExpectedRevision => (revision < 0 ? 'no_stream' : BigInt(revision));

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

const commandKeyOf = (context: CommandContext): CommandKey => ({ caller: callerOf(context.by), key: context.key });
