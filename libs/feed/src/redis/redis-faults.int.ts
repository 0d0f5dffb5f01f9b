import { SeededRandom, until } from '@waymark/testing';
import { closeWorld, expectLog, onRedis, World } from '../testing/redis-kit.ts';

/**
 * Random faults while a writer writes and two relays relay, one seed a course of events. Whatever comes out, readers must be handed the log:
 * every event once, in its order. Then Redis is left alone, and they must be back on it.
 */
const SEEDS = [1, 2, 3, 4];
const STEPS = 60;

type Fault = (world: World, random: SeededRandom) => Promise<unknown>;

const anyStream = (world: World, random: SeededRandom): string =>
  world.keys.partitions[random.integer(world.keys.partitions.length)]!;

const FAULTS: readonly (readonly [string, Fault])[] = [
  ['flushall', (world) => world.redis.admin.flushall()],
  ['del', (world, random) => world.redis.admin.del(anyStream(world, random))],
  ['del of the marks', (world) => world.redis.admin.del(world.keys.mark)],
  ['xtrim', (world, random) => world.redis.admin.xtrim(anyStream(world, random), 'MAXLEN', random.integer(3))],
  [
    'xdel of the newest',
    async (world, random) => {
      const key = anyStream(world, random);
      const [newest] = await world.redis.admin.xrevrange(key, '+', '-', 'COUNT', 1);
      if (newest !== undefined) await world.redis.admin.xdel(key, newest[0]);
    },
  ],
  ['cut connections', (world) => world.redis.admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')],
  ['out of memory', (world, random) => world.redis.admin.config('SET', 'maxmemory', `${random.integer(2)}`)],
  [
    'restart',
    async (world, random) => {
      await world.redis.kill();
      if (random.integer(2) === 0) world.redis.loseData();
      await world.write(random.integer(20), random);
      await world.redis.start();
    },
  ],
  [
    'pause',
    async (world, random) => {
      world.redis.pause();
      await world.write(random.integer(20), random);
      await new Promise((resolve) => setTimeout(resolve, random.integer(900)));
      world.redis.resume();
    },
  ],
];

afterEach(closeWorld);

describe('the Redis feed under random faults', () => {
  it.each(SEEDS)('hands over exactly the log (seed %i)', async (seed) => {
    const random = new SeededRandom(seed);
    const world = await World.open(['--maxmemory-policy', 'noeviction']);
    await world.write(20, random);
    const relays = [world.relay(2_000), world.relay(2_000)];
    const readers = [world.reader(), world.reader()];
    // Else a slow machine could be through with all faults before anybody has left the store.
    await Promise.all(readers.map(onRedis));
    for (let step = 0; step < STEPS; step++) {
      await world.write(1 + random.integer(30), random);
      // Not synchronisation: how long a fault lasts, and how much flows between two.
      await new Promise((resolve) => setTimeout(resolve, random.integer(60)));
      if (random.integer(3) === 0) await FAULTS[random.integer(FAULTS.length)]![1](world, random);
    }
    await world.redis.admin.config('SET', 'maxmemory', '0');
    await Promise.all(readers.map(onRedis));
    await world.write(50, random);
    const last = await world.store.lastPosition();
    for (const reader of readers) await expectLog(reader, world);
    await until('both relays are level', () => relays.every((relay) => relay.status().position === last));
    expect(readers.some(({ feed }) => feed.status().fallbackCount > 0)).toBe(true);
  });
});
