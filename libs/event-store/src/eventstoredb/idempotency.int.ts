import type { EventStoreDbServer } from '@waymark/testing/eventstoredb-server';
import { append, event, read } from '../contract/contract-kit.ts';
import { EventStoreDbKit } from '../testing/eventstoredb-kit.ts';
import type { EventStoreDbEventStore, EventStoreDbOptions } from './eventstoredb-event-store.ts';

/** What the server forgets, or takes for a repeat though it is none: the store looks. */
describe('idempotency that EventStoreDB alone does not have', () => {
  const kit = EventStoreDbKit.forEach();
  let server: EventStoreDbServer;
  let store: EventStoreDbEventStore;
  beforeEach(() => {
    ({ server, store } = kit);
  });
  const open = (options: Partial<EventStoreDbOptions> = {}): Promise<EventStoreDbEventStore> => kit.open(options);

  it('a repeat with any is known when the ids have left the cache of the server', async () => {
    await append(store, 's', [1], 'any');
    server.log.forgetRecentIds();
    expect(await append(await open(), 's', [1], 'any')).toMatchObject({ outcome: 'committed', repeated: true });
    expect(await read(store, 's')).toHaveLength(1);
  });

  it('a repeat that expects the end of the stream is not written once more', async () => {
    await append(store, 's', [1, 2], 'no_stream');
    expect(await append(await open(), 's', [1], 1n)).toMatchObject({ revision: 0n, repeated: true });
    expect(await read(store, 's')).toHaveLength(2);
  });

  it('of the same ids with other data at once, by two processes, one is told that its ids are used', async () => {
    const other = await open();
    const differing = event(1, { data: '{"number":"other"}' });
    // Both have looked at the stream before either writes: the server takes the later one for a repeat of the first.
    await append(store, 's', [0], 'no_stream');
    await read(other, 's');
    server.faults.slowAppendMs = 50;
    const answers = await Promise.all([
      append(store, 's', [1], 0n),
      other.appendToStream('s', [differing], { expectedRevision: 0n }),
    ]);
    expect(answers.map(({ outcome }) => outcome).sort()).toEqual(['committed', 'id_reused']);
    expect(await read(store, 's')).toHaveLength(2);
  });

  it('two processes that hammer one stream with any write every event once', async () => {
    const other = await open({ appendMs: 5_000, readMs: 5_000 });
    const own = await open({ appendMs: 5_000, readMs: 5_000 });
    const numbers = Array.from({ length: 60 }, (_, index) => index);
    const answers = await Promise.all(
      numbers.flatMap((number) => [append(own, 's', [number], 'any'), append(other, 's', [number], 'any')]),
    );
    expect(answers.every(({ outcome }) => outcome === 'committed')).toBe(true);
    const ids = (await read(store, 's')).map(({ id }) => id);
    expect(ids.toSorted()).toEqual(numbers.map((number) => event(number).id).toSorted());
  });

  it('what is remembered of streams is bounded, and looked up again where it was forgotten', async () => {
    const small = await open({ knownIdsMax: 20 });
    for (let number = 0; number < 40; number++) await append(small, `s-${number}`, [number], 'any');
    for (let number = 0; number < 40; number++)
      expect(await append(small, `s-${number}`, [number], 'any')).toMatchObject({ repeated: true });
  });
});
