import {
  createMemoryEventStore,
  type AppendOptions,
  type EventStore,
  type NewEvent,
  type RecordedEvent,
  type SubscriptionItem,
} from '@waymark/event-store';
import { openRedis, type RedisLink } from '@waymark/platform/redis';
import { SeededRandom, until } from '@waymark/testing';
import { RedisServer } from '../../../../tools/needs/redis-server.ts';
import type { Feed, FeedConsumer, FeedStatus } from '../feed.ts';
import { fill, RememberingConsumer } from '../store-tail/feed-kit.ts';
import { createStoreTailFeed } from '../store-tail/store-tail-feed.ts';
import { feedKeys } from '../redis/feed-streams.ts';
import { createRedisFeed, type RedisFeed } from '../redis/redis-feed.ts';
import { createRedisRelay, type RedisRelay } from '../redis/redis-relay.ts';

/** What the tests of the Redis feed share: a log, a real Redis, relays and readers, and the question whether a reader was handed the log. */
export const PARTITIONS = 4;
const silent = { info: () => {}, warn: () => {} };
export const closing: (() => unknown)[] = [];

export async function closeWorld(): Promise<void> {
  for (let step = closing.pop(); step !== undefined; step = closing.pop()) await step();
}

export class World {
  readonly store: EventStore;
  readonly redis: RedisServer;
  readonly keys: ReturnType<typeof feedKeys>;

  private constructor(store: EventStore, redis: RedisServer) {
    this.store = store;
    this.redis = redis;
    this.keys = feedKeys(store.logId, PARTITIONS);
  }

  static async open(args: readonly string[] = [], store: EventStore = createMemoryEventStore()): Promise<World> {
    const redis = await RedisServer.start(args);
    closing.push(() => redis.close());
    return new World(store, redis);
  }

  link(purpose: string): RedisLink {
    const link = openRedis({ url: this.redis.url, purpose, log: silent });
    closing.push(() => link.close());
    return link;
  }

  relay(historyEvents = 100_000, redis = this.link('relay')): RedisRelay {
    const relay = createRedisRelay({
      store: this.store,
      redis,
      partitions: PARTITIONS,
      historyEvents,
    });
    closing.push(() => relay.stop());
    relay.start();
    return relay;
  }

  reader(after = 0n): Reader {
    const changes: (string | null)[] = [];
    const feed = createRedisFeed({
      logId: this.store.logId,
      redis: this.link('feed'),
      partitions: PARTITIONS,
      openStoreFeed: () => this.storeFeed(),
      onChange: (fault) => changes.push(fault),
    });
    closing.push(() => feed.stop());
    const consumer = new RememberingConsumer();
    feed.start(after, consumer);
    return { feed, consumer, changes };
  }

  storeFeed(): Feed {
    return this.store.positionsAreDense ? createStoreTailFeed({ store: this.store }) : new PollFeed(this.store);
  }

  /** Writes to many streams, so that all partitions get some. */
  async write(count: number, random = new SeededRandom(count)): Promise<void> {
    for (let left = count; left > 0;) {
      const size = Math.min(left, 1 + random.integer(5));
      await fill(this.store, size, `game-${random.integer(40)}`);
      left -= size;
    }
  }

  async entries(partition: number): Promise<string[]> {
    const entries = await this.redis.admin.xrange(this.keys.partitions[partition]!, '-', '+');
    return entries.map(([id]) => id);
  }

  /** What lies in Redis, of all partitions, in the order of the log. */
  async held(): Promise<bigint[]> {
    const all = await Promise.all(this.keys.partitions.map((_, partition) => this.entries(partition)));
    return all
      .flat()
      .map((id) => BigInt(id.split('-')[0]!))
      .sort((a, b) => (a < b ? -1 : 1));
  }
}

export interface Reader {
  readonly feed: RedisFeed;
  readonly consumer: RememberingConsumer;
  readonly changes: (string | null)[];
}

export const onRedis = ({ feed }: Reader): Promise<boolean> =>
  until(
    () => `on Redis, not: ${feed.status().fault}`,
    () => feed.status().isOnRedis,
  );
export const onStore = ({ feed }: Reader): Promise<boolean> => until('on the store', () => !feed.status().isOnRedis);

export async function expectLog({ consumer, feed }: Reader, world: World): Promise<void> {
  const last = await world.store.lastPosition();
  await until(
    () => `all of ${last}, not ${feed.status().position}`,
    () => feed.status().position >= last,
  );
  const log = await world.store.readAll({ after: 0n, maxCount: 1_000_000 });
  // By ids first: a difference is then told in few words.
  expect(consumer.events.map(({ id, position }) => `${position} ${id}`)).toEqual(
    log.map(({ id, position }) => `${position} ${id}`),
  );
  expect(consumer.events).toEqual(log);
  expect(consumer.faults).toEqual([]);
}

/** A log whose positions are those of another kind of store: sparse, and past what a double holds exactly. */
export class SparseStore implements EventStore {
  readonly positionsAreDense = false;
  private readonly inner = createMemoryEventStore();
  readonly logId = this.inner.logId;

  static positionOf(count: bigint): bigint {
    return (1n << 62n) + count * 1_001n + (count % 7n);
  }

  appendToStream(stream: string, events: readonly NewEvent[], options: AppendOptions) {
    return this.inner.appendToStream(stream, events, options);
  }

  readStream: EventStore['readStream'] = (stream) => this.inner.readStream(stream);

  async readAll({ after, maxCount }: { after: bigint; maxCount: number }): Promise<readonly RecordedEvent[]> {
    const all = await this.inner.readAll({ after: 0n, maxCount: 1_000_000 });
    return all
      .map((event) => ({ ...event, position: SparseStore.positionOf(event.position) }))
      .filter(({ position }) => position > after)
      .slice(0, maxCount);
  }

  async lastPosition(): Promise<bigint> {
    const last = await this.inner.lastPosition();
    return last === 0n ? 0n : SparseStore.positionOf(last);
  }

  async *subscribeToAll(options: { after: bigint; signal: AbortSignal }): AsyncGenerator<SubscriptionItem> {
    for (let { after } = options; !options.signal.aborted;) {
      const page = await this.readAll({ after, maxCount: 100 });
      for (const event of page) yield { kind: 'event', event };
      after = page.at(-1)?.position ?? after;
      if (page.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  onCommitted = (): (() => void) => {
    throw new Error('the own commits of a log that others write too are not all of it');
  };

  close = (): Promise<void> => this.inner.close();
}

/** The simplest feed of a store with sparse positions. */
class PollFeed implements Feed {
  private position = 0n;
  private isCaughtUp = false;
  private isStopped = false;
  private readonly store: EventStore;

  constructor(store: EventStore) {
    this.store = store;
  }

  start(after: bigint, consumer: FeedConsumer): void {
    this.position = after;
    void this.poll(consumer);
  }

  status(): FeedStatus {
    return { position: this.position, caughtUp: this.isCaughtUp, source: 'poll', eventCount: 0, holeCount: 0 };
  }

  async stop(): Promise<void> {
    this.isStopped = true;
  }

  private async poll(consumer: FeedConsumer): Promise<void> {
    while (!this.isStopped) {
      const page = await this.store.readAll({ after: this.position, maxCount: 100 });
      if (this.isStopped) return;
      if (page.length > 0) consumer.onEvents(page);
      this.position = page.at(-1)?.position ?? this.position;
      if (page.length === 0 && !this.isCaughtUp) {
        this.isCaughtUp = true;
        consumer.onCaughtUp(this.position);
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}
