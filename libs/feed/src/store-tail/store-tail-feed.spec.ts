import { createMemoryEventStore } from '@waymark/event-store';
import type { EventStore, RecordedEvent } from '@waymark/event-store';
import { jest } from '@jest/globals';
import { HandBell, RememberingConsumer, countTo, fill } from './feed-kit.ts';
import { createStoreTailFeed } from './store-tail-feed.ts';

/** One batch of the committed events from position `first` to `last`. */
async function batch(store: EventStore, first: number, last: number): Promise<readonly RecordedEvent[]> {
  return store.readAll({ after: BigInt(first - 1), maxCount: last - first + 1 });
}

describe('store-tail feed', () => {
  let store: EventStore;
  let bell: HandBell;
  let consumer: RememberingConsumer;
  beforeEach(() => {
    jest.useFakeTimers();
    store = createMemoryEventStore();
    bell = new HandBell();
    consumer = new RememberingConsumer();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const settle = (ms = 1): Promise<void> => jest.advanceTimersByTimeAsync(ms);
  const makeFeed = (overrides: Partial<EventStore> = {}) =>
    createStoreTailFeed({
      store: {
        logId: store.logId,
        positionsAreDense: true,
        readAll: (options) => store.readAll(options),
        lastPosition: () => store.lastPosition(),
        ...overrides,
      },
      bellPath: 'by hand',
      listen: bell.listen,
    });

  async function startCaughtUp(): Promise<ReturnType<typeof makeFeed>> {
    const feed = makeFeed();
    feed.start(0n, consumer);
    bell.handlers.onHello(store.logId);
    await settle();
    return feed;
  }

  it('hands over what is there, exclusively after where it starts, then says once that it caught up', async () => {
    for (let filled = 0; filled < 5_000; filled += 1_000) await fill(store, 1_000);
    const feed = makeFeed();
    feed.start(3n, consumer);
    await settle(50);
    expect(consumer.positions).toEqual(countTo(5_000).slice(3));
    expect(consumer.caughtUpAt).toEqual([5_000n]);
    expect(feed.status()).toEqual({
      position: 5_000n,
      caughtUp: true,
      source: 'poll',
      eventCount: 4_997,
      holeCount: 0,
    });
  });

  it('hands over what the bell rings in the same turn', async () => {
    const feed = await startCaughtUp();
    await fill(store, 3);
    bell.handlers.onEvents(await batch(store, 1, 3));
    expect(consumer.positions).toEqual(countTo(3));
    expect(consumer.caughtUpAt).toEqual([0n]);
    expect(feed.status()).toMatchObject({ source: 'bell', caughtUp: true, holeCount: 0 });
  });

  it('leaves out what is rung twice, also when only a part of it is old', async () => {
    const feed = await startCaughtUp();
    await fill(store, 6);
    bell.handlers.onEvents(await batch(store, 1, 3));
    bell.handlers.onEvents(await batch(store, 1, 3));
    bell.handlers.onEvents(await batch(store, 2, 6));
    expect(consumer.positions).toEqual(countTo(6));
    expect(feed.status()).toMatchObject({ holeCount: 0, caughtUp: true });
  });

  it('on a hole it reads the store, hands over all in order and says that it caught up again', async () => {
    const feed = await startCaughtUp();
    await fill(store, 6);
    bell.handlers.onEvents(await batch(store, 4, 6));
    expect(consumer.positions).toEqual([]);
    expect(feed.status().caughtUp).toBe(false);
    await settle();
    expect(consumer.positions).toEqual(countTo(6));
    expect(consumer.caughtUpAt).toEqual([0n, 6n]);
    expect(feed.status()).toMatchObject({ holeCount: 1, caughtUp: true });
  });

  it('a hole that shows while the store is being read is read at once after it', async () => {
    let gate = Promise.resolve();
    const readAll: EventStore['readAll'] = async (options) => {
      const page = await store.readAll(options);
      await gate;
      return page;
    };
    makeFeed({ readAll }).start(0n, consumer);
    bell.handlers.onHello(store.logId);
    await settle();
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    await settle(100);
    await fill(store, 2);
    bell.handlers.onEvents(await batch(store, 2, 2));
    resolve();
    await settle();
    expect(consumer.positions).toEqual(countTo(2));
  });

  it('a hole within one ring is a hole', async () => {
    await startCaughtUp();
    await fill(store, 4);
    const [first, , third, fourth] = await batch(store, 1, 4);
    bell.handlers.onEvents([first!, third!, fourth!]);
    await settle();
    expect(consumer.positions).toEqual(countTo(4));
  });

  it('behind a silent bell it reads every 100 ms, without a bell every 5 ms', async () => {
    await startCaughtUp();
    await fill(store, 1);
    await settle(90);
    expect(consumer.positions).toEqual([]);
    await settle(20);
    expect(consumer.positions).toEqual([1n]);
    bell.handlers.onLost();
    await settle(0);
    await fill(store, 1);
    await settle(6);
    expect(consumer.positions).toEqual([1n, 2n]);
  });

  it('a bell of another log is fatal: nothing of it is handed over', async () => {
    await fill(store, 1);
    const feed = makeFeed();
    feed.start(0n, consumer);
    bell.handlers.onHello('another log');
    bell.handlers.onEvents(await batch(store, 1, 1));
    await settle(500);
    expect(consumer.faults).toMatchObject([
      { fatal: true, error: { message: expect.stringContaining('another log') } },
    ]);
    expect(consumer.positions).toEqual([]);
    expect(bell.isStopped).toBe(true);
    await feed.stop();
  });

  it('a start after the end of the log is fatal', async () => {
    await fill(store, 2);
    makeFeed().start(3n, consumer);
    await settle();
    expect(consumer.faults).toMatchObject([{ fatal: true, error: { message: expect.stringContaining('ends at 2') } }]);
  });

  it('a hole in the store itself is fatal', async () => {
    await fill(store, 5);
    const readAll = async () => (await batch(store, 1, 5)).filter((event) => event.position !== 3n);
    makeFeed({ readAll }).start(0n, consumer);
    await settle();
    expect(consumer.faults).toMatchObject([{ fatal: true, error: { message: expect.stringContaining('hole') } }]);
    expect(consumer.positions).toEqual([]);
  });

  it('a consumer that throws ends the feed, and the position says what was taken', async () => {
    const feed = await startCaughtUp();
    await fill(store, 4);
    const [first, second] = [await batch(store, 1, 2), await batch(store, 3, 4)];
    bell.handlers.onEvents(first);
    consumer.onEvents = () => {
      throw new Error('the arena is broken');
    };
    bell.handlers.onEvents(second);
    await settle(500);
    expect(consumer.faults).toMatchObject([{ fatal: true, error: { cause: { message: 'the arena is broken' } } }]);
    expect(feed.status().position).toBe(2n);
  });

  it('a store that cannot be read is said once and tried until it can', async () => {
    await fill(store, 3);
    let isBroken = true;
    const readAll: EventStore['readAll'] = (options) =>
      isBroken ? Promise.reject(new Error('the disk is gone')) : store.readAll(options);
    makeFeed({ readAll }).start(0n, consumer);
    await settle(100);
    expect(consumer.faults).toMatchObject([{ fatal: false, error: { message: 'the disk is gone' } }]);
    isBroken = false;
    await settle(10);
    expect(consumer.positions).toEqual(countTo(3));
    expect(consumer.caughtUpAt).toEqual([3n]);
    isBroken = true;
    await settle(100);
    expect(consumer.faults).toHaveLength(2);
  });

  it('a closed store is fatal', async () => {
    await startCaughtUp();
    await store.close();
    await settle(200);
    expect(consumer.faults).toMatchObject([{ fatal: true, error: { name: 'StoreClosedError' } }]);
  });

  it('after stop nothing is handed over, whatever was on its way', async () => {
    await fill(store, 3);
    const gate = Promise.withResolvers<void>();
    const feed = makeFeed({ readAll: (options) => gate.promise.then(() => store.readAll(options)) });
    feed.start(0n, consumer);
    await settle();
    const stopped = feed.stop();
    bell.handlers.onEvents(await batch(store, 1, 3));
    gate.resolve();
    await stopped;
    await settle(500);
    expect(consumer.positions).toEqual([]);
    expect(consumer.caughtUpAt).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });
});
