import { DatabaseSync } from 'node:sqlite';
import { SeededRandom } from '@waymark/testing';
import type { ExpectedRevision, RecordedEvent } from '../event-store.ts';
import { append, event, read, readWholeLog } from '../contract/contract-kit.ts';
import type { SqliteEventStore } from './sqlite-event-store.ts';
import { StoreSandbox } from './sqlite-kit.ts';
import { StreamTail } from './stream-tail.ts';

/** Streams are read from indexes that follow the log at a distance: wherever an event stands at the moment, it must be found, once. */
describe('the indexes of the SQLite store', () => {
  let sandbox: StoreSandbox;
  beforeEach(() => {
    sandbox = new StoreSandbox();
  });
  afterEach(() => sandbox.dispose());

  const indexState = (): { indexedThrough: number; revisions: number; ids: number } => {
    const db = new DatabaseSync(sandbox.file, { readOnly: true });
    try {
      const { through, revisions, ids } = db
        .prepare(
          `SELECT indexed_through AS through, (SELECT count(*) FROM revision_index) AS revisions,
           (SELECT count(*) FROM id_index) AS ids FROM index_state`,
        )
        .get() as Record<string, number>;
      return { indexedThrough: through!, revisions: revisions!, ids: ids! };
    } finally {
      db.close();
    }
  };

  async function expectModel(store: SqliteEventStore, model: ReadonlyMap<string, readonly number[]>): Promise<void> {
    for (const [stream, numbers] of model) {
      const ids = numbers.map((number) => event(number).id);
      expect((await read(store, stream)).map(({ id }) => id)).toEqual(ids);
      expect((await read(store, stream)).map(({ revision }) => Number(revision))).toEqual(numbers.map((_, n) => n));
    }
  }

  it.each([1, 2, 3, 4, 5, 6])(
    'hold with the tail every event of every stream, at each moment and in each process (seed %i)',
    async (seed) => {
      const random = new SeededRandom(seed);
      const tailEventsMax = random.pick([0, 1, 3, 8, 40]);
      let store = await sandbox.open({ tailEventsMax });
      const reader = await sandbox.open({ readOnly: true });
      const model = new Map<string, number[]>();
      const streams = Array.from({ length: 9 }, (_, n) => `game-${n}`);
      let number = 0;
      for (let step = 0; step < 250; step++) {
        // Mostly a few streams, so that some are carried over in parts and others wait for long.
        const stream = random.integer(3) === 0 ? random.pick(streams) : streams[random.integer(2)]!;
        const numbers = model.get(stream) ?? [];
        model.set(stream, numbers);
        const act = random.integer(10);
        if (act < 6) {
          const added = Array.from({ length: 1 + random.integer(3) }, () => number++);
          const expected: ExpectedRevision = numbers.length === 0 ? 'no_stream' : BigInt(numbers.length - 1);
          const wrong = act === 0;
          const result = await append(store, stream, added, wrong ? 2n ** 40n : expected);
          expect(result.outcome).toBe(wrong ? 'conflict' : 'committed');
          if (!wrong) numbers.push(...added);
        } else if (act === 6 && numbers.length > 0) {
          // A retry finds its first outcome, however long ago.
          const index = random.integer(numbers.length);
          const repeated = await append(store, stream, [numbers[index]!], 'any');
          expect(repeated).toMatchObject({ outcome: 'committed', repeated: true, revision: BigInt(index) });
        } else if (act === 7) {
          await expectPart(random.pick([store, reader]), stream, numbers, random);
        } else if (act === 8 && random.integer(6) === 0) {
          await store.close();
          store = await sandbox.open({ tailEventsMax });
        }
      }
      for (const stream of streams) if (model.get(stream)?.length === 0) model.delete(stream);
      await expectModel(store, model);
      await expectModel(reader, model);
      const { ids, indexedThrough, revisions } = indexState();
      expect(ids).toBe(revisions);
      expect(indexedThrough).toBeGreaterThan(0);
      // What is not indexed is the tail and the step that it may grow by.
      expect(number - revisions).toBeGreaterThanOrEqual(0);
      expect((await readWholeLog(store)).length - revisions).toBeLessThan(
        tailEventsMax + Math.max(1, tailEventsMax / 4) + 3,
      );
    },
  );

  async function expectPart(
    store: SqliteEventStore,
    stream: string,
    numbers: readonly number[],
    random: SeededRandom,
  ): Promise<void> {
    const direction = random.pick(['forwards', 'backwards'] as const);
    const from = random.integer(numbers.length + 2);
    const maxCount = random.integer(numbers.length + 2);
    const found = await store.readStream(stream, { direction, fromRevision: BigInt(from), maxCount });
    const places = numbers.map((_, revision) => revision);
    const wanted =
      direction === 'forwards'
        ? places.filter((revision) => revision >= from)
        : places.filter((revision) => revision <= from).toReversed();
    const revisions = found === 'no_stream' ? [] : found.map(({ revision }: RecordedEvent) => Number(revision));
    expect(revisions).toEqual(wanted.slice(0, maxCount));
  }

  it('take what one stream alone writes in parts, never all of it in one commit', async () => {
    const store = await sandbox.open({ tailEventsMax: 100 });
    for (let number = 0; number < 400; number += 10) {
      const numbers = Array.from({ length: 10 }, (_, n) => number + n);
      await append(store, 'one', numbers, 'any');
      const { indexedThrough } = indexState();
      expect(number + 10 - indexedThrough).toBeLessThan(100 + 25 + 10);
      expect(number + 10 - indexedThrough).toBeGreaterThanOrEqual(Math.min(number + 10, 100));
    }
    expect((await read(store, 'one')).length).toBe(400);
  });

  it('do not wait for one stream that writes nearly everything', async () => {
    const store = await sandbox.open({ tailEventsMax: 100 });
    let number = 0;
    const more = (count: number): number[] => Array.from({ length: count }, () => number++);
    await append(store, 'hot', more(60), 'any');
    await append(store, 'rare', more(1), 'any');
    for (let round = 0; round < 60; round++) await append(store, 'hot', more(20), 'any');
    const { indexedThrough } = indexState();
    expect(number - indexedThrough).toBeLessThan(2 * 100);
  });

  it('let a reader come to the end of a tail that is longer than it wants to hold', async () => {
    const store = await sandbox.open({ tailEventsMax: 5_000 });
    for (let number = 0; number < 4_000; number += 500) {
      await append(
        store,
        `s${number}`,
        Array.from({ length: 500 }, (_, n) => number + n),
        'any',
      );
    }
    const db = new DatabaseSync(sandbox.file, { readOnly: true });
    const tail = new StreamTail(db, 1_500);
    for (let reading = 0; reading < 3; reading++) {
      let looks = 0;
      while (!tail.look()) expect(++looks).toBeLessThan(10);
    }
    expect(tail.of(1)).toHaveLength(500);
    db.close();
  });

  it('survive a group that failed: what it took out of the tail is in it again', async () => {
    const store = await sandbox.open({ tailEventsMax: 2, fileBytesMax: 512 * 1024 });
    for (let number = 0; number < 20; number++) await append(store, `s${number % 4}`, [number], 'any');
    const large = event(100, { data: JSON.stringify('x'.repeat(900_000)) });
    expect(await store.appendToStream('s0', [large], { expectedRevision: 4n })).toMatchObject({
      outcome: 'unavailable',
    });
    for (let number = 20; number < 40; number++) await append(store, `s${number % 4}`, [number], 'any');
    const all = Array.from({ length: 40 }, (_, n) => n);
    const model = new Map([0, 1, 2, 3].map((of) => [`s${of}`, all.filter((n) => n % 4 === of)]));
    await expectModel(store, model);
    expect(await append(store, 's0', [0], 'any')).toMatchObject({ repeated: true, revision: 0n });
  });

  it('are made for a log of version 1, which keeps its id and every event', async () => {
    const first = await sandbox.open();
    for (let number = 0; number < 30; number++) await append(first, `s${number % 3}`, [number], 'any');
    const { logId } = first;
    const before = await readWholeLog(first);
    await first.close();
    const old = new DatabaseSync(sandbox.file);
    old.exec(`ALTER TABLE events RENAME TO newer;
      CREATE TABLE events (position INTEGER PRIMARY KEY, stream INTEGER NOT NULL REFERENCES streams (id), revision INTEGER NOT NULL,
        id TEXT NOT NULL, type TEXT NOT NULL, data TEXT NOT NULL, metadata TEXT NOT NULL, created REAL NOT NULL,
        UNIQUE (stream, revision), UNIQUE (stream, id)) STRICT;
      INSERT INTO events SELECT * FROM newer; DROP TABLE newer; DROP TABLE revision_index; DROP TABLE id_index; DROP TABLE index_state;
      UPDATE meta SET value = '1' WHERE key = 'schema_version'`);
    old.close();
    await expect(sandbox.open({ readOnly: true })).rejects.toMatchObject({ failure: 'upgrading' });

    const store = await sandbox.open();
    expect(store.logId).toBe(logId);
    expect(await readWholeLog(store)).toEqual(before);
    expect(indexState()).toEqual({ indexedThrough: 30, revisions: 30, ids: 30 });
    expect((await read(store, 's1')).length).toBe(10);
    expect(await append(store, 's1', [4], 'any')).toMatchObject({ repeated: true, revision: 1n });
    expect(await append(store, 's1', [99], 9n)).toMatchObject({ outcome: 'committed', revision: 10n, position: 31n });
  });
});
