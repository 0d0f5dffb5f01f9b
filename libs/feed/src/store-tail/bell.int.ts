import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { createMemoryEventStore } from '@waymark/event-store';
import type { EventStore } from '@waymark/event-store';
import { createBell } from './bell.ts';
import type { Bell } from './bell.ts';
import { RememberingConsumer, countTo, fill, newEvent, until } from './feed-kit.ts';
import { createStoreTailFeed } from './store-tail-feed.ts';

describe('bell and feed over a real socket', () => {
  let directory: string;
  let path: string;
  let store: EventStore;
  const cleanups: (() => unknown)[] = [];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'waymark-bell-'));
    path = join(directory, 'bell.sock');
    store = createMemoryEventStore();
  });
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    rmSync(directory, { recursive: true });
  });

  async function openBell(backlogBytesMax?: number): Promise<Bell> {
    const bell = await createBell({
      path,
      logId: store.logId,
      ...(backlogBytesMax === undefined ? {} : { backlogBytesMax }),
    });
    const forget = store.onCommitted((events) => bell.ring(events));
    cleanups.push(forget, () => bell.close());
    return bell;
  }

  /** A feed that polls so seldom that only the bell can be the reason for what it hands over. */
  function startFeed(consumer: RememberingConsumer, pollMs = 60_000): ReturnType<typeof createStoreTailFeed> {
    const feed = createStoreTailFeed({ store, bellPath: path, pollMs });
    cleanups.push(() => feed.stop());
    feed.start(0n, consumer);
    return feed;
  }

  it('hands over what is rung, as it was committed', async () => {
    await fill(store, 3);
    await openBell();
    const consumer = new RememberingConsumer();
    const feed = startFeed(consumer);
    await until(() => feed.status().source === 'bell' && feed.status().caughtUp, 'the bell is heard');
    await store.appendToStream('quest-ж', [newEvent({ text: 'é🗺️'.repeat(100_000) }), newEvent()], {
      expectedRevision: 'any',
    });
    await fill(store, 1);
    await until(() => consumer.events.length === 6, 'all are handed over');
    expect(consumer.events).toEqual(await store.readAll({ after: 0n, maxCount: 100 }));
    expect(feed.status()).toMatchObject({ holeCount: 0, eventCount: 6 });
  });

  it('the socket is for its owner alone', async () => {
    await openBell();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('the feed waits for a bell that comes later and follows one that restarts', async () => {
    const consumer = new RememberingConsumer();
    const feed = startFeed(consumer);
    await until(() => feed.status().caughtUp, 'the empty log is read');
    for (let restart = 1; restart <= 3; restart++) {
      const bell = await createBell({ path, logId: store.logId });
      await until(() => feed.status().source === 'bell', 'the bell is heard');
      await fill(store, 1);
      bell.ring(await store.readAll({ after: BigInt(restart * 2 - 2), maxCount: 1 }));
      await until(() => consumer.events.length === restart * 2 - 1, 'the ring is handed over');
      // Committed but not rung, as by a process that is killed in between.
      await fill(store, 1);
      await bell.close();
      await until(() => consumer.events.length === restart * 2, 'the store is read when the bell is lost');
    }
    expect(consumer.positions).toEqual(countTo(6));
  });

  it('a reader that does not read is cut off, holds up nobody, and its bound holds', async () => {
    const backlogBytesMax = 256 * 1024;
    const bell = await openBell(backlogBytesMax);
    const slow = connect(path);
    cleanups.push(() => slow.destroy());
    slow.pause();
    const consumer = new RememberingConsumer();
    startFeed(consumer);
    await until(() => bell.readerCount === 2, 'both readers are there');
    const beforeMs = performance.now();
    for (let commit = 0; commit < 200; commit++) {
      await store.appendToStream('s', [newEvent('x'.repeat(10_000))], { expectedRevision: 'any' });
      if (commit % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(performance.now() - beforeMs).toBeLessThan(5_000);
    await until(() => consumer.events.length === 200, 'the reader that reads has all');
    expect(bell.droppedReaderCount).toBeGreaterThanOrEqual(1);
    await until(() => slow.destroyed || slow.readableEnded || bell.readerCount === 1, 'the slow one is gone');
  });

  it('a feed that was cut off catches up from the store and hears the bell again', async () => {
    const bell = await openBell(64 * 1024);
    const consumer = new RememberingConsumer();
    const feed = startFeed(consumer);
    await until(() => feed.status().source === 'bell', 'the bell is heard');
    // All in one turn of the event loop: the socket cannot drain in between.
    const large = Array.from({ length: 50 }, () =>
      store.appendToStream('s', [newEvent('x'.repeat(20_000))], { expectedRevision: 'any' }),
    );
    await Promise.all(large);
    expect(bell.droppedReaderCount).toBe(1);
    await until(() => consumer.events.length === 50 && feed.status().source === 'bell', 'it is back');
    await fill(store, 1);
    await until(() => consumer.events.length === 51, 'the bell is heard again');
    expect(consumer.positions).toEqual(countTo(51));
  });

  it('the socket that a killed process left is replaced', async () => {
    const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    expect(spawnSync(process.execPath, ['-e', script]).signal).toBe('SIGKILL');
    expect(statSync(path).isSocket()).toBe(true);
    const bell = await openBell();
    const socket = connect(path);
    cleanups.push(() => socket.destroy());
    await until(() => bell.readerCount === 1, 'a reader is there');
  });

  it('a socket on which somebody listens is left to them', async () => {
    await openBell();
    await expect(createBell({ path, logId: 'x' })).rejects.toThrow(`another process rings the bell ${path} already`);
    const consumer = new RememberingConsumer();
    const feed = startFeed(consumer);
    await until(() => feed.status().source === 'bell', 'the first bell still rings');
  });

  it('a path that cannot be a socket is refused', async () => {
    writeFileSync(join(directory, 'file'), '');
    await expect(createBell({ path: join(directory, 'file', 'bell.sock'), logId: 'x' })).rejects.toThrow();
  });

  it('noise instead of a bell is as good as none: the store is read', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => socket.destroy());
      socket.write('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    cleanups.push(() => new Promise((resolve) => server.close(resolve)));
    const consumer = new RememberingConsumer();
    const feed = startFeed(consumer, 5);
    await fill(store, 2);
    await until(
      () => consumer.events.length === 2 && sockets.length >= 2,
      'the store is read and the bell tried again',
    );
    expect(feed.status().source).toBe('poll');
    expect(consumer.faults).toEqual([]);
    await feed.stop();
    for (const socket of sockets) socket.destroy();
  });
});
