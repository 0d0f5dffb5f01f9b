import { StoreClosedError } from '../event-store.ts';
import type { RecordedEvent, SubscriptionItem } from '../event-store.ts';
import {
  append,
  collect,
  isCaughtUp,
  nextTurn,
  place,
  places,
  positionsOf,
  read,
  readWholeLog,
} from './contract-kit.ts';
import type { ContractLog } from './contract-kit.ts';

/** Subscriptions: everything after a position, once, in order, however the consumer and the writers behave. */
export function subscriptionCases(log: () => ContractLog): void {
  const fill = async (count: number): Promise<void> => {
    for (let number = 0; number < count; number++) await append(log().store, `s-${number % 3}`, [number], 'any');
  };

  const countOf =
    (count: number) =>
    (items: readonly SubscriptionItem[]): boolean =>
      items.reduce((sum, { kind }) => sum + (kind === 'event' ? 1 : 0), 0) === count;

  it.each([[0], [1], [3], [4], [5]])(
    'starts after event %s of five, exclusively, and says once that it caught up',
    async (after) => {
      await fill(5);
      const items = await collect(log().store, await place(log().store, after), isCaughtUp);
      expect(positionsOf(items)).toEqual((await places(log().store, 5)).slice(after));
      expect(items.at(-1)).toEqual({ kind: 'caughtUp', position: await place(log().store, 5) });
      expect(items.filter((item) => item.kind === 'caughtUp')).toHaveLength(1);
    },
  );

  it('on an empty log it says at once that it caught up', async () => {
    expect(await collect(log().store, 0n, isCaughtUp)).toEqual([{ kind: 'caughtUp', position: 0n }]);
  });

  it('hands over live events after it caught up, without saying so again', async () => {
    await fill(2);
    let seen: readonly SubscriptionItem[] = [];
    const collected = collect(log().store, 0n, (items) => positionsOf((seen = items)).length === 4);
    while (!isCaughtUp(seen)) await nextTurn();
    await append(log().store, 's', [10], 'any');
    while (seen.length < 4) await nextTurn();
    await append(log().store, 's', [11], 'any');
    const items = await collected;
    expect(items.map((item) => item.kind)).toEqual(['event', 'event', 'caughtUp', 'event', 'event']);
    expect(positionsOf(items)).toEqual(await places(log().store, 4));
    const found = items.flatMap((item) => (item.kind === 'event' ? [item.event] : []));
    expect(found).toEqual(await readWholeLog(log().store));
  });

  it('misses nothing and repeats nothing while a writer hammers, from wherever it starts', async () => {
    const { store } = log();
    const total = 1_500;
    let writtenCount = 0;
    const writing = (async () => {
      for (let number = 0; number < total; number += 10) {
        await Promise.all(
          Array.from({ length: 10 }, (_, index) => append(store, `s-${index}`, [number + index], 'any')),
        );
        writtenCount += 10;
      }
    })();
    const collected: Promise<SubscriptionItem[]>[] = [];
    for (const after of [0, 1, 50, 300, 700]) {
      while (writtenCount < after) await nextTurn();
      const wanted = total - after;
      collected.push(collect(store, await place(store, after), countOf(wanted)));
    }
    await writing;
    for (const [index, after] of [0, 1, 50, 300, 700].entries()) {
      expect(positionsOf(await collected[index]!)).toEqual((await places(store, total)).slice(after));
    }
  }, 60_000);

  it('a refused append between two others does not stall it', async () => {
    const collected = collect(log().store, 0n, (items) => positionsOf(items).length === 2);
    await nextTurn();
    await Promise.all([
      append(log().store, 's', [0], 'any'),
      append(log().store, 's', [1], 'no_stream'),
      append(log().store, 's', [2], 'any'),
    ]);
    expect(positionsOf(await collected)).toEqual(await places(log().store, 2));
  });

  it('a consumer that stops for a while falls behind, reads it all later and is told; others are not held up', async () => {
    const { store } = log();
    const abort = new AbortController();
    const slow = store.subscribeToAll({ after: 0n, signal: abort.signal })[Symbol.asyncIterator]();
    expect(await slow.next()).toMatchObject({ value: { kind: 'caughtUp' } });
    await append(store, 's', [0], 'any');
    expect(await slow.next()).toMatchObject({ value: { kind: 'event' } });
    const quick = collect(store, 0n, countOf(3_001));
    for (let round = 0; round < 30; round++) {
      await append(
        store,
        's',
        Array.from({ length: 100 }, (_, index) => 1 + round * 100 + index),
        'any',
      );
    }
    expect(positionsOf(await quick)).toEqual(await places(store, 3_001));
    const items: SubscriptionItem[] = [];
    while (!isCaughtUp(items)) items.push((await slow.next()).value as SubscriptionItem);
    expect(positionsOf(items)).toEqual((await places(store, 3_001)).slice(1));
    await append(store, 's', [9_000], 'any');
    const next = { kind: 'event', event: { position: await place(store, 3_002) } };
    expect(await slow.next()).toMatchObject({ value: next });
    const following = slow.next();
    await nextTurn();
    await append(store, 's', [9_001], 'any');
    const nextButOne = { kind: 'event', event: { position: await place(store, 3_003) } };
    expect(await following).toMatchObject({ value: nextButOne });
    abort.abort();
    expect(await slow.next()).toMatchObject({ done: true });
  });

  it('ends when it is aborted while it waits, while it catches up, and before it begins', async () => {
    await fill(20);
    const last = await place(log().store, 20);
    const waiting = new AbortController();
    const ended: string[] = [];
    const whole = (async () => {
      for await (const item of log().store.subscribeToAll({ after: last, signal: waiting.signal }))
        ended.push(item.kind);
    })();
    while (ended.length === 0) await nextTurn();
    waiting.abort();
    await whole;
    expect(ended).toEqual(['caughtUp']);

    const items = await collect(log().store, 0n, (so) => so.length === 3);
    expect(positionsOf(items)).toEqual(await places(log().store, 3));

    for await (const item of log().store.subscribeToAll({ after: 0n, signal: AbortSignal.abort() }))
      ended.push(item.kind);
    expect(ended).toEqual(['caughtUp']);
  });

  it('a subscription taken up again where another ended misses nothing', async () => {
    await fill(10);
    const first = await collect(log().store, 0n, (items) => items.length === 4);
    const second = await collect(log().store, positionsOf(first).at(-1)!, isCaughtUp);
    expect([...positionsOf(first), ...positionsOf(second)]).toEqual(await places(log().store, 10));
  });

  it('ends with StoreClosedError when the store closes under it', async () => {
    const store = log().store;
    const ended = collect(store, 0n, () => false).catch((error: unknown) => error);
    await nextTurn();
    await store.close();
    expect(await ended).toBeInstanceOf(StoreClosedError);
  });

  it('listeners hear each commit in order, before its appends are answered, until they ask not to', async () => {
    const { store } = log();
    const heard: RecordedEvent[] = [];
    const forget = store.onCommitted((committed) => heard.push(...committed));
    const answered = Array.from({ length: 40 }, async (_, index) => {
      const result = await append(store, `s-${index % 7}`, [index * 2, index * 2 + 1], 'any');
      const positions = heard.map((one) => one.position);
      expect(result.outcome === 'committed' && positions.includes(result.position)).toBe(true);
    });
    await Promise.all(answered);
    // Over all streams where positions are dense; elsewhere stream by stream.
    if (store.positionsAreDense) expect(heard).toEqual(await readWholeLog(store));
    for (let index = 0; index < 7; index++) {
      const own = heard.filter(({ stream }) => stream === `s-${index}`);
      expect(own).toEqual(await read(store, `s-${index}`));
    }
    expect(heard).toHaveLength(80);
    forget();
    await append(store, 's', [900], 'any');
    expect(heard).toHaveLength(80);
  });

  it('what listeners hear is what is read', async () => {
    const { store } = log();
    const heard: unknown[] = [];
    store.onCommitted((committed) => heard.push(...committed));
    await append(store, 's', [1, 2, 3], 'any');
    await append(store, 't', [4], 'any');
    expect(heard).toEqual(await readWholeLog(store));
  });
}
