import { LRUCache } from 'lru-cache';
import { epochMs } from '@waymark/base';
import {
  accept,
  decodeEvent,
  evolveGame,
  initialGame,
  isGameEvent,
  refuse,
  type Decision,
  type GameEvent,
  type GameRefusal,
  type GameState,
} from '@waymark/domain';
import {
  AppendTooLargeError,
  createMemoryEventStore,
  StoreUnavailableError,
  type AppendResult,
  type EventStore,
} from '@waymark/event-store';
import { Problem, type Log } from '@waymark/platform';
import { CommandTally } from '../metrics/command-tally.ts';
import { StoreWatch } from '../metrics/store-watch.ts';
import { Aggregates, type Write } from './aggregates.ts';

/** Load, decide, append against the memory store, with faults of the store put in between. */
type GameDecision = Decision<GameEvent, GameRefusal>;
type AppendFault = (append: () => Promise<AppendResult>) => Promise<AppendResult>;

const created: GameEvent = {
  type: 'GameCreated',
  data: {
    gameId: 'g1',
    questId: 'q1',
    questVersion: 1,
    contentHash: 'h',
    ownerId: 'ada',
    joinCode: null,
    startsAt: null,
    durationSeconds: 60,
    maxPlayers: 2,
    at: 1,
  },
};
const joined = (row: number): GameEvent => ({
  type: 'PlayerJoined',
  data: { playerId: `p${row}`, name: 'P', row, at: 2 },
});

class Bench {
  readonly store = createMemoryEventStore();
  readonly tally = new CommandTally();
  readonly logged: string[] = [];
  nowMs = 1_000_000;
  readonly watch = new StoreWatch({ now: () => epochMs(this.nowMs) }, this.log());
  readonly cache = new LRUCache<string, GameState>({ max: 10 });
  /** Taken from the front, one for each append. */
  readonly faults: AppendFault[] = [];
  readonly games: Aggregates<GameState, GameEvent, GameRefusal>;

  constructor() {
    const store: EventStore = Object.create(this.store, {
      appendToStream: {
        value: (...args: Parameters<EventStore['appendToStream']>) => {
          const append = () => this.store.appendToStream(...args);
          return this.faults.shift()?.(append) ?? append();
        },
      },
    });
    const kind = { initial: initialGame, evolve: evolveGame, isOwn: isGameEvent, pageEvents: 3, cache: this.cache };
    this.games = new Aggregates<GameState, GameEvent, GameRefusal>(store, kind, {
      tally: this.tally,
      watch: this.watch,
    });
  }

  private log(): Log {
    const write = (_: unknown, message?: string) => this.logged.push(message ?? String(_));
    return { error: write, info: write } as unknown as Log;
  }

  write(
    key: string,
    decide: (state: GameState) => GameDecision,
    changes: Partial<Write<GameState, GameEvent, GameRefusal>> = {},
  ) {
    const context = { by: { kind: 'author', subject: 'ada' } as const, key };
    return this.games.execute({ stream: 'game-g1', context, hash: `hash of ${key}`, decide, ...changes });
  }

  /** Adds the next player, whoever that is. */
  join(key: string) {
    return this.write(key, (state) => accept(joined(state.players.length)));
  }

  /** Another process writes. */
  async writeBeside(event: GameEvent): Promise<void> {
    const id = crypto.randomUUID();
    const metadata = { schemaVersion: 1, commandId: id };
    const { data, type } = event;
    await this.store.appendToStream('game-g1', [{ id, type, data: JSON.stringify(data), metadata }], {
      expectedRevision: 'any',
    });
  }

  async history(): Promise<GameEvent[]> {
    const events = await this.store.readStream('game-g1');
    if (events === 'no_stream') return [];
    return events.map(({ data, metadata, type }) => decodeEvent(type, metadata.schemaVersion, data) as GameEvent);
  }
}

async function problemOf(outcome: Promise<unknown>): Promise<Problem> {
  const problem = await outcome.then(
    () => null,
    (error: unknown) => error,
  );
  expect(problem).toBeInstanceOf(Problem);
  return problem as Problem;
}

const unavailable: AppendFault = async () => ({ outcome: 'unavailable', reason: 'disk full' });
const unanswered: AppendFault = async () => ({ outcome: 'unknown', reason: 'no answer' });
const answerLost: AppendFault = async (append) => {
  await append();
  return { outcome: 'unknown', reason: 'no answer' };
};

describe('Aggregates', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = new Bench();
    await bench.write('create', () => accept(created));
  });

  describe('where other processes write to the same log', () => {
    const refuseFirst = (state: GameState): GameDecision =>
      state.players.length === 0
        ? { accepted: false, refusal: { name: 'GameNotStarted' } }
        : accept(joined(state.players.length));

    it('a refusal rests on what they have written until now, not on what is cached', async () => {
      await bench.writeBeside(joined(0));
      expect(await bench.write('second', refuseFirst)).toMatchObject({ kind: 'recorded', revision: 2 });
      expect(bench.tally.conflicts).toBe(1);
    });

    it('peekNow reads on from what is cached, and decisions go on from there', async () => {
      await bench.writeBeside(joined(0));
      expect(bench.games.peek('game-g1')).toMatchObject({ revision: 0 });
      expect(await bench.games.peekNow('game-g1')).toMatchObject({ revision: 1 });
      expect(await bench.join('third')).toMatchObject({ revision: 2 });
      expect(bench.tally.conflicts).toBe(0);
    });

    it('what is cached and does not have what was noticed is forgotten, and what has it is kept', async () => {
      const own = bench.cache.peek('game-g1');
      bench.games.noticed('game-g1', 0);
      expect(bench.cache.peek('game-g1')).toBe(own);
      bench.games.noticed('game-g1', 1);
      expect(bench.cache.peek('game-g1')).toBeUndefined();
    });

    it('a store that cannot be read is a 503 that says when to come back', async () => {
      bench.cache.clear();
      bench.store.readStream = () => Promise.reject(new StoreUnavailableError('gone'));
      const problem = await problemOf(bench.join('fourth'));
      expect(problem).toMatchObject({ slug: 'store-unavailable', status: 503, retryAfterSeconds: 1 });
      expect(bench.logged).toEqual(['the event store does not take appends']);
    });
  });

  it('records what was decided, with who asked and what, and tells revision and position', async () => {
    expect(await bench.join('j0')).toEqual({ kind: 'recorded', events: [joined(0)], revision: 1, position: 2 });
    const events = await bench.store.readStream('game-g1');
    expect(events[1]).toMatchObject({
      type: 'PlayerJoined',
      metadata: { schemaVersion: 1, commandId: 'j0', commandHash: 'hash of j0' },
    });
  });
  it('decides on the folded state, cached or read page by page', async () => {
    for (let i = 0; i < 7; i++) {
      if (i % 2 === 0) bench.cache.clear();
      await bench.join(`j${i}`);
    }
    expect(await bench.history()).toEqual([created, ...Array.from({ length: 7 }, (_, i) => joined(i))]);
    expect((await bench.games.peek('game-g1')).players.length).toBe(7);
  });
  it('takes commands of one stream one after the other', async () => {
    await Promise.all(Array.from({ length: 50 }, (_, i) => bench.join(`j${i}`)));
    expect((await bench.history()).length).toBe(51);
    expect(bench.tally.conflicts).toBe(0);
  });
  it('gives a refusal back as it is, and records nothing', async () => {
    const refusal = { name: 'GameOver' } as const;
    expect(await bench.write('x', () => refuse(refusal))).toEqual({ kind: 'refused', refusal });
    expect(await bench.write('y', () => accept())).toEqual({ kind: 'unchanged' });
    expect((await bench.history()).length).toBe(1);
  });

  describe('when others wrote first', () => {
    it('reloads and decides again', async () => {
      await bench.join('j0');
      await bench.writeBeside(joined(1));
      expect(await bench.join('j2')).toMatchObject({ kind: 'recorded', events: [joined(2)], revision: 3 });
      expect(bench.tally.conflicts).toBe(1);
    });
    it('gives up after a bounded number of times', async () => {
      const always = () =>
        bench.write('j', (state) => {
          void bench.writeBeside(joined(state.players.length));
          return accept(joined(state.players.length));
        });
      expect((await problemOf(always())).slug).toBe('revision-conflict');
      expect(bench.tally.conflicts).toBe(6);
    });
  });

  describe('when the store does not answer', () => {
    it('asks again with the same ids: what had happened is found', async () => {
      bench.faults.push(answerLost);
      expect(await bench.join('j0')).toEqual({ kind: 'recorded', events: [joined(0)], revision: 1, position: 2 });
      expect(await bench.join('j1')).toMatchObject({ events: [joined(1)], revision: 2 });
      expect((await bench.history()).length).toBe(3);
    });
    it('asks again with the same ids: what had not happened happens', async () => {
      bench.faults.push(unanswered);
      expect(await bench.join('j0')).toMatchObject({ kind: 'recorded', revision: 1 });
      expect((await bench.history()).length).toBe(2);
    });
    it('says so when it never answers, and a later retry settles it', async () => {
      bench.faults.push(answerLost, unanswered, unanswered);
      const problem = await problemOf(bench.join('j0'));
      expect([problem.slug, problem.retryAfterSeconds]).toEqual(['outcome-unknown', 1]);
      expect(await bench.join('j0')).toEqual({ kind: 'recorded', events: [joined(0)], revision: 1, position: 2 });
      expect((await bench.history()).length).toBe(2);
    });
  });

  it('acknowledges nothing while the store is unavailable, and goes on after it', async () => {
    bench.faults.push(unavailable);
    const problem = await problemOf(bench.join('j0'));
    expect([problem.slug, problem.status, problem.retryAfterSeconds]).toEqual(['store-unavailable', 503, 1]);
    expect((await bench.history()).length).toBe(1);
    expect(await bench.join('j0')).toMatchObject({ kind: 'recorded', events: [joined(0)], revision: 1 });
  });
  it('tells the operator of the first failure and of the end of them, and readiness for 10 s', async () => {
    bench.faults.push(unavailable, unavailable);
    await problemOf(bench.join('j0'));
    await problemOf(bench.join('j0'));
    expect(bench.logged).toEqual(['the event store does not take appends']);
    expect(bench.watch.check.check()).toEqual({ ok: false, detail: 'appends fail: disk full' });
    bench.nowMs += 10_000;
    expect(bench.watch.check.check().ok).toBe(true);
    bench.faults.push(unavailable);
    await problemOf(bench.join('j0'));
    expect(bench.watch.check.check().ok).toBe(false);
    await bench.join('j0');
    expect(bench.watch.check.check().ok).toBe(true);
    expect(bench.logged).toEqual(['the event store does not take appends', 'the event store takes appends again']);
  });
  it('tells whose append is too large for the server so, and the operator, and others go on', async () => {
    bench.faults.push(() => Promise.reject(new AppendTooLargeError('it takes 1000 bytes')));
    const problem = await problemOf(bench.join('j0'));
    expect(problem).toMatchObject({ slug: 'store-unavailable', status: 503, retryAfterSeconds: 60 });
    expect(bench.logged).toEqual(['the event store takes no append of this size; its own limit is to be raised']);
    expect(bench.watch.check.check().ok).toBe(true);
    expect(await bench.join('j1')).toMatchObject({ kind: 'recorded', events: [joined(0)], revision: 1 });
  });
  it('refuses when the store is closed', async () => {
    await bench.store.close();
    expect((await problemOf(bench.join('j0'))).slug).toBe('shutting-down');
  });

  describe('a key that was used', () => {
    it('gives the first outcome, whatever would be decided now', async () => {
      const first = await bench.join('j0');
      await bench.join('j1');
      expect(await bench.join('j0')).toEqual(first);
      expect(await bench.write('j0', () => refuse({ name: 'GameOver' }))).toEqual(first);
      expect(await bench.write('j0', () => accept())).toEqual(first);
      expect((await bench.history()).length).toBe(3);
      expect(bench.tally.repeated).toBe(3);
    });
    it('gives all events of the first outcome and no others', async () => {
      const two = await bench.write('two', () => accept(joined(0), joined(1)));
      await bench.join('j2');
      expect(await bench.write('two', () => refuse({ name: 'GameOver' }))).toEqual(two);
      expect(two).toMatchObject({ revision: 2, events: [joined(0), joined(1)] });
    });
    it('is found at any distance, also across the pages of the search', async () => {
      for (const key of ['a', 'b']) {
        await bench.write(key, (state) => accept(joined(state.players.length), joined(state.players.length + 1)));
        for (let i = 0; i < 255; i++) await bench.join(`${key}${i}`);
      }
      for (const [key, revision] of [
        ['a', 2],
        ['b', 259],
      ] as const) {
        const again = await bench.write(key, () => refuse({ name: 'GameOver' }));
        expect(again).toMatchObject({ kind: 'recorded', revision });
        expect(again.kind === 'recorded' && again.events.length).toBe(2);
      }
    });
    it('is found also when the same events would be decided, which then are not folded twice', async () => {
      const first = await bench.join('j0');
      await bench.join('j1');
      expect(await bench.write('j0', () => accept(joined(0)))).toEqual(first);
      expect(await bench.join('j2')).toMatchObject({ revision: 3, events: [joined(2)] });
      expect(bench.tally.conflicts).toBe(0);
      const other = bench.write('j0', () => accept(joined(0)), { hash: 'another' });
      expect((await problemOf(other)).slug).toBe('idempotency-key-reused');
    });
    it('is refused for another command', async () => {
      await bench.join('j0');
      const other = bench.write('j0', () => accept(joined(1)), { hash: 'another' });
      expect((await problemOf(other)).slug).toBe('idempotency-key-reused');
      const refused = bench.write('j0', () => refuse({ name: 'GameOver' }), { hash: 'another' });
      expect((await problemOf(refused)).slug).toBe('idempotency-key-reused');
    });
    it('is another key for another caller', async () => {
      await bench.join('k');
      const context = { by: { kind: 'author', subject: 'eve' } as const, key: 'k' };
      expect(await bench.write('k', () => accept(joined(1)), { context })).toMatchObject({ revision: 2 });
    });
  });
});
