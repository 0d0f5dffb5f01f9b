import { createMemoryEventStore } from '@waymark/event-store';
import { countTo, fill } from '../store-tail/feed-kit.ts';
import { openLogTail, type LogTail } from './log-tail.ts';

function opened() {
  const store = createMemoryEventStore();
  let reads = 0;
  const { readAll } = store;
  store.readAll = (options) => {
    reads += 1;
    return readAll.call(store, options);
  };
  const tail = openLogTail(store, () => {});
  return { store, tail, reads: () => reads };
}

async function all(tail: LogTail, last: bigint): Promise<bigint[]> {
  const positions: bigint[] = [];
  while ((positions.at(-1) ?? 0n) < last) {
    for (const { position } of await tail.next(positions.at(-1) ?? 0n, 50)) positions.push(position);
  }
  return positions;
}

describe('F8: the log as the relay reads it', () => {
  it('own commits come from memory: the store is read once, at the start', async () => {
    const { reads, store, tail } = opened();
    expect(await tail.next(0n, 1)).toEqual([]);
    const atStart = reads();
    for (let index = 0; index < 20; index++) {
      await fill(store, 3);
      expect((await tail.next(BigInt(index * 3), 1_000)).length).toBe(3);
    }
    expect(reads()).toBe(atStart);
    tail.close();
  });

  it('what is too much to keep is read from the store when there is time', async () => {
    const { reads, store, tail } = opened();
    await tail.next(0n, 1);
    const atStart = reads();
    for (let index = 0; index < 100; index++) await fill(store, 100);
    expect(await all(tail, 10_000n)).toEqual(countTo(10_000));
    // A page is 256 events; most of them had to be read, because no more than 4,096 may wait.
    expect(reads() - atStart).toBeGreaterThan(5_000 / 256);
    tail.close();
  });

  it('goes back when it is asked to', async () => {
    const { store, tail } = opened();
    await fill(store, 10);
    expect(await all(tail, 10n)).toEqual(countTo(10));
    expect((await tail.next(4n, 1)).map(({ position }) => position)).toEqual(countTo(10).slice(4));
    tail.close();
  });
});
