import { append, event, nextTurn, place, places, read, readWholeLog } from './contract-kit.ts';
import type { EventMetadata, EventStore, ReadStreamOptions } from '../event-store.ts';
import type { ContractLog } from './contract-kit.ts';

/** Reading: what was written, in the order in which it was written, by stream and by position. */
export function readingCases(log: () => ContractLog): void {
  const revisions = async (store: EventStore, options: ReadStreamOptions): Promise<number[] | 'no_stream'> => {
    const found = await store.readStream('s', options);
    return found === 'no_stream' ? found : found.map((one) => Number(one.revision));
  };

  it('an event comes back as it went in, with its place and time', async () => {
    const metadata: Required<EventMetadata> = {
      schemaVersion: 3,
      commandId: 'key-1',
      commandHash: 'abc',
      correlationId: 'correlation',
      causationId: 'cause',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      sentAt: 1_700_000_000_000.25,
    };
    const written = event(1, { data: '{"text":"Ж 🗺️ \\u0000 \\n","n":[1.5e300,-0,null]}', metadata });
    const beforeMs = Date.now() - 1;
    await log().store.appendToStream('s', [written], { expectedRevision: 'any' });
    const position = await place(log().store, 1);
    const expected = { ...written, stream: 's', revision: 0n, position, created: expect.any(Number) };
    const [found] = await read(log().store, 's');
    expect(found).toEqual(expected);
    expect(found!.created).toBeGreaterThanOrEqual(beforeMs);
    expect(found!.created).toBeLessThanOrEqual(Date.now() + 1);
    expect(await readWholeLog(log().store)).toEqual([found]);
    expect(await read(await log().reopen(), 's')).toEqual([found]);
  });

  it('a stream that was never written is told apart from one that holds nothing there', async () => {
    await append(log().store, 's', [0, 1], 'any');
    expect(await log().store.readStream('never')).toBe('no_stream');
    expect(await revisions(log().store, { fromRevision: 2n })).toEqual([]);
  });

  it.each<[ReadStreamOptions, number[]]>([
    [{}, [0, 1, 2, 3, 4]],
    [{ fromRevision: 'start' }, [0, 1, 2, 3, 4]],
    [{ fromRevision: 2n }, [2, 3, 4]],
    [{ fromRevision: 4n }, [4]],
    [{ fromRevision: 5n }, []],
    [{ fromRevision: 2n ** 60n }, []],
    [{ fromRevision: 2n ** 64n }, []],
    [{ fromRevision: 'end' }, [4]],
    [{ maxCount: 0 }, []],
    [{ maxCount: 1 }, [0]],
    [{ maxCount: 5 }, [0, 1, 2, 3, 4]],
    [{ maxCount: 99 }, [0, 1, 2, 3, 4]],
    [{ fromRevision: 1n, maxCount: 2 }, [1, 2]],
    [{ direction: 'backwards' }, [4, 3, 2, 1, 0]],
    [{ direction: 'backwards', fromRevision: 'end' }, [4, 3, 2, 1, 0]],
    [{ direction: 'backwards', fromRevision: 'start' }, [0]],
    [{ direction: 'backwards', fromRevision: 2n }, [2, 1, 0]],
    [{ direction: 'backwards', fromRevision: 99n, maxCount: 1 }, [4]],
    [{ direction: 'backwards', fromRevision: 2n ** 64n, maxCount: 1 }, [4]],
    [{ direction: 'backwards', fromRevision: 3n, maxCount: 2 }, [3, 2]],
    [{ direction: 'backwards', maxCount: 0 }, []],
  ])('a stream of five read with %p', async (options, expected) => {
    await append(log().store, 'before', [10], 'any');
    await append(log().store, 's', [0, 1, 2], 'any');
    await append(log().store, 'between', [11], 'any');
    await append(log().store, 's', [3, 4], 'any');
    expect(await revisions(log().store, options)).toEqual(expected);
  });

  it('a long stream is read whole in both directions', async () => {
    for (let round = 0; round < 3; round++) {
      const numbers = Array.from({ length: 700 }, (_, index) => round * 700 + index);
      await append(log().store, 's', numbers, 'any');
    }
    const expected = Array.from({ length: 2_100 }, (_, index) => index);
    expect(await revisions(log().store, {})).toEqual(expected);
    expect(await revisions(log().store, { direction: 'backwards' })).toEqual(expected.toReversed());
    expect(await revisions(log().store, { fromRevision: 100n, maxCount: 1_234 })).toEqual(expected.slice(100, 1_334));
  });

  it('positions increase over all streams, and without holes from 1 where they are dense, refused appends among them', async () => {
    const { store } = log();
    expect(await store.lastPosition()).toBe(0n);
    for (let number = 0; number < 30; number++) {
      await append(store, `s-${number % 4}`, [number * 2, number * 2 + 1], 'any');
      await append(store, `s-${number % 4}`, [1_000 + number], 'no_stream');
      await append(store, `s-${number % 4}`, [number * 2], 'any');
    }
    expect((await readWholeLog(store)).map((one) => one.position)).toEqual(await places(store, 60));
    expect(await store.lastPosition()).toBe(await place(store, 60));
    await append(await log().reopen(), 'after', [5_000], 'any');
    expect((await readWholeLog(log().store)).map((one) => one.position)).toEqual(await places(log().store, 61));
  });

  it.each([[1], [7], [1_000]])('the log read in pages of %s is the same log', async (maxCount) => {
    for (let number = 0; number < 25; number++) await append(log().store, `s-${number % 3}`, [number], 'any');
    const found = await readWholeLog(log().store, maxCount);
    expect(found.map((one) => one.position)).toEqual(await places(log().store, 25));
    expect(found.map((one) => one.id)).toEqual(Array.from({ length: 25 }, (_, number) => event(number).id));
  });

  it('a page after the end is empty, wherever after the end', async () => {
    await append(log().store, 's', [0], 'any');
    const last = await place(log().store, 1);
    for (const after of [last, last + 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n]) {
      expect(await log().store.readAll({ after, maxCount: 10 })).toEqual([]);
    }
  });

  it('a read while others write sees a prefix of the log', async () => {
    const { store } = log();
    const writes = Promise.all(
      Array.from({ length: 300 }, (_, index) => append(store, `s-${index % 5}`, [index], 'any')),
    );
    let longest: readonly bigint[] = [];
    while (longest.length < 300) {
      const found = (await readWholeLog(store, 50)).map((one) => one.position);
      expect(found).toEqual(await places(store, found.length));
      expect(found.slice(0, longest.length)).toEqual(longest);
      longest = found;
      await nextTurn();
    }
    await writes;
    expect(await readWholeLog(store)).toHaveLength(300);
  });

  it('what was answered can be read', async () => {
    const { store } = log();
    for (let number = 0; number < 50; number++) {
      const result = await append(store, 's', [number], 'any');
      const position = result.outcome === 'committed' ? result.position : -1n;
      expect(await store.lastPosition()).toBe(position);
      expect((await store.readAll({ after: await place(store, number), maxCount: 1 }))[0]!.id).toBe(event(number).id);
      expect((await read(store, 's')).at(-1)!.id).toBe(event(number).id);
    }
  });
}
