import { append, event, events, place, read, readWholeLog } from './contract-kit.ts';
import type { ContractLog } from './contract-kit.ts';

/** Idempotency by event ids, for ever and whatever is expected. Notation in the names: ids@expected. */
export function idempotencyCases(log: () => ContractLog): void {
  const firstTime = async () => ({
    outcome: 'committed',
    revision: 0n,
    position: await place(log().store, 1),
    repeated: true,
  });

  it.each([['no_stream'], ['any'], ['stream_exists'], [0n], [4n], [5n], [6n]] as const)(
    '[0..5]@no_stream, then [0]@%s: the first answer again, nothing written',
    async (expected) => {
      await append(log().store, 's', [0, 1, 2, 3, 4, 5], 'no_stream');
      expect(await append(log().store, 's', [0], expected)).toEqual(await firstTime());
      expect(await readWholeLog(log().store)).toHaveLength(6);
    },
  );

  it.each([
    [[0], 'no_stream', 0n],
    [[1], 0n, 1n],
    [[0], 'any', 0n],
    [[1], 'any', 1n],
    [[0, 1], 'no_stream', 1n],
    [[0, 1], 'any', 1n],
  ] as const)('[0,1]@no_stream, then %j@%s: revision %s again', async (numbers, expected, revision) => {
    await append(log().store, 's', [0, 1], 'no_stream');
    const result = await append(log().store, 's', numbers, expected);
    const position = await place(log().store, Number(revision) + 1);
    expect(result).toEqual({ outcome: 'committed', revision, position, repeated: true });
    expect(await readWholeLog(log().store)).toHaveLength(2);
  });

  it.each([
    [[0, 1, 2], 0],
    [[2, 0], 0],
    [[2, 1], 1],
    [[1, 0], 0],
    [[1, 2], 1],
  ] as const)(
    '[0,1]@no_stream, then %j@any: the id of %s is used already, nothing written',
    async (numbers, reused) => {
      await append(log().store, 's', [0, 1], 'no_stream');
      const result = await append(log().store, 's', numbers, 'any');
      expect(result).toEqual({ outcome: 'id_reused', eventId: event(reused).id });
      expect(await readWholeLog(log().store)).toHaveLength(2);
    },
  );

  it('ids that are held with others between them are not a repeat', async () => {
    await append(log().store, 's', [0, 1, 2], 'no_stream');
    expect(await append(log().store, 's', [0, 2], 'any')).toEqual({ outcome: 'id_reused', eventId: event(2).id });
  });

  it.each([
    ['data', { data: '{"number":8}' }],
    ['type', { type: 'OtherThingHappened' }],
  ])('the same id with other %s is told apart from a repeat', async (_, overrides) => {
    const { store } = log();
    await append(store, 's', [0, 1], 'no_stream');
    const result = await store.appendToStream('s', [event(0), event(1, overrides)], { expectedRevision: 'any' });
    expect(result).toEqual({ outcome: 'id_reused', eventId: event(1).id });
    expect(await readWholeLog(store)).toHaveLength(2);
  });

  it('a repeat with other metadata is a repeat: a retry carries another trace', async () => {
    const { store } = log();
    await append(store, 's', [0], 'no_stream');
    const retried = event(0, { metadata: { schemaVersion: 1, commandId: 'command-0', correlationId: 'another' } });
    expect(await store.appendToStream('s', [retried], { expectedRevision: 'no_stream' })).toEqual(await firstTime());
  });

  it('the same id in another stream is another event', async () => {
    await append(log().store, 'a', [0], 'no_stream');
    const other = await append(log().store, 'b', [0], 'no_stream');
    expect(other).toMatchObject({
      revision: 0n,
      position: await place(log().store, 2),
      repeated: false,
    });
  });

  it('a repeat while the first is still on its way is joined, not doubled', async () => {
    const { store } = log();
    const results = await Promise.all([
      append(store, 's', [0, 1], 'no_stream'),
      append(store, 's', [0, 1], 'no_stream'),
      append(store, 't', [5], 'any'),
      append(store, 's', [0, 1], 'any'),
    ]);
    expect(results.map((result) => result.outcome === 'committed' && result.repeated)).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect(results[3]).toEqual({ ...results[0], repeated: true });
    expect(await readWholeLog(store)).toHaveLength(3);
  });

  it('a repeat is known after a restart and after many other events', async () => {
    await append(log().store, 's', [0], 'no_stream');
    for (let round = 0; round < 20; round++) {
      const numbers = Array.from({ length: 100 }, (_, index) => 1 + round * 100 + index);
      await append(log().store, round % 2 === 0 ? 's' : `other-${round}`, numbers, 'any');
    }
    const store = await log().reopen();
    expect(await append(store, 's', [0], 'no_stream')).toEqual(await firstTime());
    expect(await append(store, 's', [0], 7n)).toEqual(await firstTime());
    expect(await readWholeLog(store)).toHaveLength(2_001);
  });

  it('a refused append leaves its ids free', async () => {
    await append(log().store, 's', [0], 'no_stream');
    expect(await append(log().store, 's', [1], 'no_stream')).toMatchObject({ outcome: 'conflict' });
    expect(await append(log().store, 's', [1], 0n)).toMatchObject({
      outcome: 'committed',
      revision: 1n,
      repeated: false,
    });
  });

  it('a repeat is not handed to listeners again', async () => {
    const heard: string[] = [];
    log().store.onCommitted((committed) => heard.push(...committed.map((one) => one.id)));
    await append(log().store, 's', [0], 'any');
    await append(log().store, 's', [0], 'any');
    await append(log().store, 's', [1], 'any');
    expect(heard).toEqual(events(0, 1).map((one) => one.id));
    expect((await read(log().store, 's')).map((one) => one.id)).toEqual(heard);
  });
}
