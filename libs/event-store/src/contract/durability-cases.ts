import { StoreClosedError } from '../event-store.ts';
import { append, event, place, places, read, readWholeLog } from './contract-kit.ts';
import type { ContractLog } from './contract-kit.ts';

/** All or nothing, and for good. */
export function durabilityCases(log: () => ContractLog): void {
  it('conflicting neighbours in the same commit fail alone; each append is whole or absent', async () => {
    const { store } = log();
    await append(store, 's', [0], 'no_stream');
    const results = await Promise.all([
      append(store, 's', [1, 2], 0n),
      append(store, 's', [3, 4], 0n),
      append(store, 't', [5], 'no_stream'),
      append(store, 's', [6], 2n),
      append(store, 't', [7], 'no_stream'),
      append(store, 's', [8, 1], 'any'),
      append(store, 's', [9], 3n),
    ]);
    expect(results.map((result) => result.outcome)).toEqual([
      ...['committed', 'conflict', 'committed', 'committed', 'conflict', 'id_reused', 'committed'],
    ]);
    expect((await read(store, 's')).map((one) => one.id)).toEqual([0, 1, 2, 6, 9].map((number) => event(number).id));
    expect((await readWholeLog(store)).map((one) => one.position)).toEqual(await places(store, 6));
  });

  it('a log opened again is the same log, and goes on where it was', async () => {
    const { logId } = log().store;
    await append(log().store, 's', [0, 1], 'no_stream');
    await append(log().store, 't', [2], 'no_stream');
    const before = await readWholeLog(log().store);
    const store = await log().reopen();
    expect(store.logId).toBe(logId);
    expect(await readWholeLog(store)).toEqual(before);
    expect(await append(store, 's', [3], 0n)).toEqual({ outcome: 'conflict', expected: 0n, actual: 1n });
    const went = await append(store, 's', [3], 1n);
    expect(went).toEqual({
      outcome: 'committed',
      revision: 2n,
      position: await place(store, 4),
      repeated: false,
    });
  });

  it('close waits for what was asked', async () => {
    const asked = Array.from({ length: 30 }, (_, index) => append(log().store, `s-${index}`, [index], 'no_stream'));
    const store = await log().reopen();
    expect((await Promise.all(asked)).every((result) => result.outcome === 'committed')).toBe(true);
    expect(await readWholeLog(store)).toHaveLength(30);
  });

  it('a closed store says so, and closing twice is closing once', async () => {
    const { store } = log();
    await Promise.all([store.close(), store.close()]);
    await store.close();
    await expect(append(store, 's', [0], 'any')).rejects.toThrow(StoreClosedError);
    await expect(store.readStream('s')).rejects.toThrow(StoreClosedError);
    await expect(store.readAll({ after: 0n, maxCount: 1 })).rejects.toThrow(StoreClosedError);
    await expect(store.lastPosition()).rejects.toThrow(StoreClosedError);
  });
}
