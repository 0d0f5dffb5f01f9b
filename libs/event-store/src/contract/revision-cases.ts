import { append, event, place, read, readWholeLog } from './contract-kit.ts';
import type { ContractLog } from './contract-kit.ts';

/** Expected revisions: who may append, and what the others are told. */
export function revisionCases(log: () => ContractLog): void {
  it.each([['any'], ['no_stream']] as const)('a new stream takes events that expect %s', async (expected) => {
    const result = await append(log().store, 's', [1, 2, 3], expected);
    const position = await place(log().store, 3);
    expect(result).toEqual({ outcome: 'committed', revision: 2n, position, repeated: false });
  });

  it.each([['stream_exists'], [0n], [7n]] as const)('a new stream refuses events that expect %s', async (expected) => {
    const result = await append(log().store, 's', [1], expected);
    expect(result).toEqual({ outcome: 'conflict', expected, actual: 'no_stream' });
    expect(await log().store.readStream('s')).toBe('no_stream');
  });

  it.each([['any'], ['stream_exists'], [1n]] as const)(
    'a stream at revision 1 takes events that expect %s',
    async (expected) => {
      await append(log().store, 's', [1, 2], 'no_stream');
      const result = await append(log().store, 's', [3, 4], expected);
      const position = await place(log().store, 4);
      expect(result).toEqual({ outcome: 'committed', revision: 3n, position, repeated: false });
      expect((await read(log().store, 's')).map((found) => found.revision)).toEqual([0n, 1n, 2n, 3n]);
    },
  );

  it.each([['no_stream'], [0n], [2n], [100n]] as const)(
    'a stream at revision 1 refuses events that expect %s',
    async (expected) => {
      await append(log().store, 's', [1, 2], 'no_stream');
      const result = await append(log().store, 's', [3], expected);
      expect(result).toEqual({ outcome: 'conflict', expected, actual: 1n });
      expect(await read(log().store, 's')).toHaveLength(2);
    },
  );

  it.each([[2n ** 31n], [2n ** 53n + 1n], [2n ** 63n], [2n ** 64n]])(
    'an expected revision of %s is compared exactly',
    async (expected) => {
      await append(log().store, 's', [1], 'no_stream');
      expect(await append(log().store, 's', [2], expected)).toEqual({ outcome: 'conflict', expected, actual: 0n });
    },
  );

  it('of two appends at once that expect the same revision, exactly one wins', async () => {
    await append(log().store, 's', [0], 'no_stream');
    const results = await Promise.all([append(log().store, 's', [1], 0n), append(log().store, 's', [2], 0n)]);
    expect(results.map((result) => result.outcome).sort()).toEqual(['committed', 'conflict']);
    expect(await read(log().store, 's')).toHaveLength(2);
  });

  it('of many appends at once that expect no stream, exactly one wins', async () => {
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, index) => append(log().store, 's', [index], 'no_stream')),
    );
    expect(results.filter((result) => result.outcome === 'committed')).toHaveLength(1);
    expect(results.filter((result) => result.outcome === 'conflict')).toHaveLength(49);
  });

  it('many appends at once that expect anything all succeed, unmixed and without gaps', async () => {
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        append(log().store, 's', [index * 3, index * 3 + 1, index * 3 + 2], 'any'),
      ),
    );
    expect(results.every((result) => result.outcome === 'committed')).toBe(true);
    const found = await read(log().store, 's');
    expect(found.map((one) => one.revision)).toEqual(Array.from({ length: 120 }, (_, index) => BigInt(index)));
    for (let index = 0; index < 120; index += 3) {
      const number = (JSON.parse(found[index]!.data) as { number: number }).number;
      expect(found.slice(index, index + 3).map((one) => one.id)).toEqual(
        [number, number + 1, number + 2].map((each) => event(each).id),
      );
    }
  });

  it('an append of no events checks its expectation and writes nothing', async () => {
    const { store } = log();
    expect(await append(store, 's', [], 'no_stream')).toEqual({
      outcome: 'committed',
      revision: -1n,
      position: -1n,
      repeated: false,
    });
    expect(await append(store, 's', [], 3n)).toMatchObject({ outcome: 'conflict', actual: 'no_stream' });
    expect(await store.readStream('s')).toBe('no_stream');
    await append(store, 's', [1, 2], 'any');
    expect(await append(store, 's', [], 1n)).toEqual({
      outcome: 'committed',
      revision: 1n,
      position: await place(store, 2),
      repeated: false,
    });
    expect(await append(store, 's', [], 0n)).toMatchObject({ outcome: 'conflict', actual: 1n });
    expect(await readWholeLog(store)).toHaveLength(2);
  });

  it('streams do not see each other', async () => {
    await append(log().store, 'a', [1], 'no_stream');
    const other = await append(log().store, 'b', [2], 'no_stream');
    expect(other).toMatchObject({ outcome: 'committed', revision: 0n, position: await place(log().store, 2) });
    const next = await append(log().store, 'a', [3], 0n);
    expect(next).toMatchObject({ outcome: 'committed', revision: 1n, position: await place(log().store, 3) });
  });
}
