import { createMemoryEventStore, MemoryLog } from '@waymark/event-store';
import { SeededRandom, until } from '@waymark/testing';
import { fill } from '../store-tail/feed-kit.ts';
import { APPEND_SCRIPT } from './append-script.ts';
import { encodeEntry, partitionOf } from './feed-streams.ts';
import { closeWorld, expectLog, onRedis, onStore, PARTITIONS, SparseStore, World } from '../testing/redis-kit.ts';

/**
 * Relay and feed against a real Redis and all that may become of it. The rules are those of docs/adr/0008-the-feed-in-redis.md. What a reader is
 * handed must be the log, whatever happens in between.
 */
afterEach(closeWorld);

async function opened(world: World) {
  const relay = world.relay();
  const reader = world.reader();
  await onRedis(reader);
  await world.write(50);
  await expectLog(reader, world);
  return { relay, reader };
}

describe('relay and feed over Redis', () => {
  it('F1, F3: hands over the log through all partitions, exactly as it was committed', async () => {
    const world = await World.open();
    await world.write(100);
    world.relay();
    const reader = world.reader();
    await onRedis(reader);
    await world.write(500);
    await expectLog(reader, world);
    expect(reader.feed.status()).toMatchObject({ isOnRedis: true, fallbackCount: 0, holeCount: 0, caughtUp: true });
    for (const partition of world.keys.partitions.keys())
      expect((await world.entries(partition)).length).toBeGreaterThan(0);
  });

  it('F2: two relays put nothing in twice, nothing out of order and leave nothing out', async () => {
    const world = await World.open();
    const relays = [world.relay(), world.relay()];
    const reader = world.reader();
    await onRedis(reader);
    await until('both relay', () => relays.every((relay) => relay.status().fault === null));
    for (let round = 0; round < 100; round++) {
      await world.write(10, new SeededRandom(round + 1));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await expectLog(reader, world);
    await until('both are level', () => relays.every((relay) => relay.status().position === 1_000n));
    expect((await world.held()).length).toBe(1_000);
    expect(reader.feed.status()).toMatchObject({ isOnRedis: true, holeCount: 0 });
  });

  it('F2: a batch that expects another last id adds nothing and is told what is last; an empty stream takes it', async () => {
    const world = await World.open();
    const batch = (expected: string, ...ids: string[]) =>
      world.redis.admin.eval(APPEND_SCRIPT, 1, 'k', expected, 'MAXLEN', '9', ...ids.flatMap((id) => [id, 'text']));
    expect(await batch('7-0', '8-0', '9-0')).toBe('9-0');
    expect(await batch('8-0', '10-0')).toBe('9-0');
    expect(await batch('10-0', '11-0')).toBe('9-0');
    expect(await batch('9-0', '9223372036854775806-0')).toBe('9223372036854775806-0');
    expect(await batch('9223372036854775805-0', '9223372036854775807-0')).toBe('9223372036854775806-0');
    expect(await world.redis.admin.xlen('k')).toBe(3);
  });

  it('F4: a relay that is started anew goes on where the one before it stopped', async () => {
    const world = await World.open();
    const { relay } = await opened(world);
    await relay.stop();
    const before = await world.held();
    const other = world.relay();
    await until('the other relay stands where the first did', () => other.status().position === 50n);
    await until('and marks', () => other.status().fault === null);
    expect(await world.held()).toEqual(before);
  });

  it('F7: a Redis that is killed and comes back with its data is used again, and nobody noticed', async () => {
    const world = await World.open();
    const { reader, relay } = await opened(world);
    await world.redis.kill();
    await onStore(reader);
    await world.write(60);
    await expectLog(reader, world);
    expect(relay.status().fault).not.toBeNull();
    expect(relay.status().lagSeconds).toBeGreaterThan(0);
    await world.redis.start();
    await onRedis(reader);
    await world.write(70);
    await expectLog(reader, world);
    expect(await world.held()).toHaveLength(180);
    expect(relay.status().lagSeconds).toBe(0);
    expect(reader.changes).toHaveLength(3);
  });

  it('F4: a Redis that comes back without its data is begun anew', async () => {
    const world = await World.open();
    const { reader } = await opened(world);
    await world.redis.kill();
    world.redis.loseData();
    await world.redis.start();
    await world.write(60);
    await onRedis(reader);
    await world.write(40);
    await expectLog(reader, world);
  });

  it.each([
    ['FLUSHALL', (world: World) => world.redis.admin.flushall()],
    ['SCRIPT FLUSH', (world: World) => world.redis.admin.script('FLUSH')],
    ['DEL of a stream', (world: World) => world.redis.admin.del(world.keys.partitions[1]!)],
    ['DEL of the marks', (world: World) => world.redis.admin.del(world.keys.mark)],
    [
      'XTRIM of all streams',
      (world: World) => Promise.all(world.keys.partitions.map((key) => world.redis.admin.xtrim(key, 'MAXLEN', 0))),
    ],
    [
      'CLIENT KILL of everyone',
      (world: World) => world.redis.admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'),
    ],
  ])('F4, F7: %s while events flow changes nothing for readers', async (_, fault) => {
    const world = await World.open();
    const { reader } = await opened(world);
    for (let round = 0; round < 5; round++) {
      await world.write(20, new SeededRandom(round + 1));
      await fault(world);
      await world.write(20, new SeededRandom(round + 10));
    }
    await expectLog(reader, world);
    await onRedis(reader);
    await world.write(20);
    await expectLog(reader, world);
    expect(reader.feed.status().isOnRedis).toBe(true);
  });

  it('F4: a stream that went back is filled up again from the store, with the same ids', async () => {
    const world = await World.open();
    const { reader, relay } = await opened(world);
    const key = world.keys.partitions[0]!;
    const entries = await world.redis.admin.xrange(key, '-', '+');
    // What a power cut leaves of it: the beginning.
    const [id, fields] = entries[0]!;
    await world.redis.admin
      .multi()
      .del(key)
      .xadd(key, id, ...fields)
      .exec();
    await world.write(50);
    await expectLog(reader, world);
    await until('it is filled up', async () => (await world.held()).length === 100);
    expect(relay.status().rewindCount).toBe(1);
  });

  it('F4: a stream that went back while the relay was cut off is filled up, although nothing new is written', async () => {
    const world = await World.open();
    const { relay } = await opened(world);
    const key = world.keys.partitions[0]!;
    const [first] = await world.redis.admin.xrange(key, '-', '+');
    await world.redis.admin
      .multi()
      .del(key)
      .xadd(key, first![0], ...first![1])
      .call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
      .exec();
    await until('it is filled up', async () => (await world.held()).length === 50);
    expect(relay.status().rewindCount).toBe(1);
  });

  it('F7: marks of before do not take a reader to a Redis that no relay writes to', async () => {
    const world = await World.open();
    const { relay } = await opened(world);
    await relay.stop();
    const reader = world.reader();
    await until('it has looked', () => reader.feed.status().fault === 'no relay writes to it');
    expect(reader.changes).toEqual([]);
    await world.write(10);
    await expectLog(reader, world);
  });

  it('F3: an event that never comes sends the reader to the store', async () => {
    const world = await World.open();
    const { reader, relay } = await opened(world);
    await relay.stop();
    await world.write(2);
    const [, event] = await world.store.readAll({ after: 50n, maxCount: 2 });
    const partition = partitionOf(event!.stream, PARTITIONS);
    const [top] = (await world.entries(partition)).slice(-1);
    const entry = encodeEntry(event!, BigInt(top!.split('-')[0]!), 51n);
    const beat = setInterval(() => void world.redis.admin.xadd(world.keys.mark, '*', 'm', '50'), 50);
    try {
      await world.redis.admin.xadd(world.keys.partitions[partition]!, '52-0', 'e', entry);
      await until('a hole was seen', () => reader.feed.status().holeCount === 1);
      await expectLog(reader, world);
      expect(reader.changes.at(1)).toMatch(/an event after 50 is missing/);
    } finally {
      clearInterval(beat);
    }
  });

  it('F3: an entry that names one before it which was never seen sends the reader to the store', async () => {
    const world = await World.open();
    const { reader, relay } = await opened(world);
    await relay.stop();
    await world.write(2);
    const [, event] = await world.store.readAll({ after: 50n, maxCount: 2 });
    const partition = partitionOf(event!.stream, PARTITIONS);
    await world.redis.admin.xadd(world.keys.partitions[partition]!, '52-0', 'e', encodeEntry(event!, 51n, 50n));
    await until('a hole was seen', () => reader.feed.status().holeCount === 1);
    await expectLog(reader, world);
    expect(reader.changes.at(1)).toMatch(/before 52 is missing/);
  });

  it('F5: a mark for which there are no events sends the reader to the store', async () => {
    const world = await World.open();
    const { reader, relay } = await opened(world);
    await relay.stop();
    await world.write(2);
    await world.redis.admin.xadd(world.keys.mark, '*', 'm', '52');
    await until('a hole was seen', () => reader.feed.status().holeCount === 1);
    await expectLog(reader, world);
  });

  it('F5: without a relay the reader goes back to the store by itself', async () => {
    const world = await World.open();
    const { reader, relay } = await opened(world);
    await relay.stop();
    await onStore(reader);
    expect(reader.feed.status()).toMatchObject({ fault: 'no relay writes to it', holeCount: 0, fallbackCount: 1 });
    await world.write(20);
    await expectLog(reader, world);
  });

  it('F3: an entry that no relay wrote is a hole', async () => {
    const world = await World.open();
    const { reader } = await opened(world);
    await world.redis.admin.xadd(world.keys.partitions[0]!, '1000-0', 'e', 'what?');
    await onStore(reader);
    await world.write(20);
    await expectLog(reader, world);
  });

  it.each([
    [
      'is out of memory',
      (world: World) => world.redis.admin.config('SET', 'maxmemory', '1'),
      (world: World) => world.redis.admin.config('SET', 'maxmemory', '0'),
      /OOM/,
    ],
    [
      'is a read-only replica',
      (world: World) => world.redis.admin.replicaof('127.0.0.1', 1),
      (world: World) => world.redis.admin.replicaof('NO', 'ONE'),
      /READONLY/,
    ],
    [
      'does not answer',
      async (world: World) => world.redis.pause(),
      async (world: World) => world.redis.resume(),
      /answer|reached/,
    ],
  ])('F7: a Redis that %s is left and taken again', async (_, fault, heal, sentence) => {
    const world = await World.open(['--maxmemory-policy', 'noeviction']);
    const { reader, relay } = await opened(world);
    await fault(world);
    await world.write(30);
    await expectLog(reader, world);
    await until(
      () => `told so, not ${relay.status().fault}`,
      () => sentence.test(relay.status().fault ?? ''),
    );
    await onStore(reader);
    await world.write(30);
    await expectLog(reader, world);
    await heal(world);
    await onRedis(reader);
    await world.write(30);
    await expectLog(reader, world);
    await until('nothing is missing in Redis', async () => (await world.held()).length === 140);
  });

  it('F6: holds about as many events as it was told to, and a reader that is far behind begins with the store', async () => {
    const world = await World.open();
    const relay = world.relay(1_000);
    await until('it relays', () => relay.status().fault === null);
    await world.write(6_000);
    // A stream is cut in nodes of a hundred entries.
    const most = 1_000 + 256 + 100 * PARTITIONS;
    await until('all is relayed and trimmed', async () => {
      const held = await world.held();
      return held.at(-1) === 6_000n && held.length <= most;
    });
    const reader = world.reader();
    await onRedis(reader);
    await world.write(100);
    await expectLog(reader, world);
  });

  it('F4: what Redis holds of a log that was longer than its backup is thrown away', async () => {
    const log = new MemoryLog();
    const world = await World.open([], createMemoryEventStore({ log }));
    const { relay } = await opened(world);
    await relay.stop();
    log.all.length = 20;
    for (const events of log.streams.values())
      events.splice(0, events.length, ...events.filter(({ position }) => position <= 20n));
    world.relay();
    const reader = world.reader();
    await onRedis(reader);
    await world.write(30, new SeededRandom(7));
    await expectLog(reader, world);
    expect((await world.held()).at(0)).toBe(21n);
  });

  it('F1: keeps positions of 64 bits exact, where they are sparse', async () => {
    const world = await World.open([], new SparseStore());
    await world.write(30);
    world.relay();
    const reader = world.reader();
    await onRedis(reader);
    await world.write(200);
    await expectLog(reader, world);
    expect(reader.feed.status()).toMatchObject({ isOnRedis: true, holeCount: 0, fallbackCount: 0 });
    expect((await world.held()).at(-1)).toBe(SparseStore.positionOf(230n));
    await world.redis.admin.flushall();
    await world.write(100);
    await expectLog(reader, world);
  });

  it('takes nothing from a commit: an append is answered while Redis hangs, and memory stays bounded', async () => {
    const world = await World.open();
    const { reader } = await opened(world);
    world.redis.pause();
    for (let index = 0; index < 60; index++) await fill(world.store, 100, `game-${index}`);
    await expectLog(reader, world);
    world.redis.resume();
    await onRedis(reader);
    await until('all is in Redis', async () => (await world.held()).length === 6_050);
    await world.write(10);
    await expectLog(reader, world);
  });
});
