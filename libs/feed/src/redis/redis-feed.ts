import { assert } from '@waymark/base';
import type { RecordedEvent } from '@waymark/event-store';
import type { Feed, FeedConsumer, FeedStatus } from '../feed.ts';
import { ChainMerge } from './chain-merge.ts';
import { ANSWER_MS_MAX, answerOf, type FeedRedis } from './feed-redis.ts';
import { decodeEntry, feedKeys, type FeedKeys } from './feed-streams.ts';
import { Pause } from './pause.ts';

/**
 * The feed over Redis (docs/adr/0008-the-feed-in-redis.md). It begins with the store, goes over to Redis when what is there follows, and back
 * to the store as soon as it does not: a hole, a trimmed or emptied stream, no relay, no Redis, or one that does not answer. Events come in
 * order, once and without a gap through every change of source. Used by the gateway, one feed a process.
 */
export interface RedisFeed extends Feed {
  status(): RedisFeedStatus;
}

export interface RedisFeedStatus extends FeedStatus {
  /** Where events come from now: 'redis', or the source of the store's own feed. */
  readonly source: string;
  readonly isOnRedis: boolean;
  /** Why it reads the store; null while it is on Redis. */
  readonly fault: string | null;
  /** Times that it went from Redis back to the store, for whatever reason. */
  readonly fallbackCount: number;
}

export interface RedisFeedOptions {
  readonly logId: string;
  readonly redis: FeedRedis;
  readonly partitions: number;
  /** The feed that reads the store: a new one for each time that it is needed. */
  readonly openStoreFeed: () => Feed;
  /** Called when it goes over to Redis (null) and when it goes back, with the reason. */
  readonly onChange?: (fault: string | null) => void;
}

const BLOCK_MS = 200;
/** Of each stream in one answer. */
const ENTRIES_MAX = 500;
/** Entries that wait for one before them: two writes of one relay are not this far apart. */
const STALL_MS_MAX = 400;
/** Relays write a mark each 200 ms; with BLOCK_MS and ANSWER_MS_MAX this keeps a fall-back under one second. */
const MARK_AGE_MS_MAX = 700;
const RETRY_MS = 200;
/** A stay on Redis of this length ends the waiting for longer after each hole. */
const STEADY_MS = 10_000;
const BACK_OFF_MS_MAX = 5_000;

type Entries = [id: string, fields: string[]][];

export function createRedisFeed(options: RedisFeedOptions): RedisFeed {
  return new RedisFeedReader(options);
}

/** What Redis holds does not follow: counted, unlike a Redis that is not there. */
class HoleError extends Error {}

class RedisFeedReader implements RedisFeed {
  private readonly options: RedisFeedOptions;
  private readonly redis: FeedRedis;
  private readonly keys: FeedKeys;
  private readonly chain: ChainMerge;
  private consumer: FeedConsumer | undefined;
  /** The store's feed, while events come from it. */
  private storeFeed: Feed | undefined;
  private readonly ending: Promise<void>[] = [];
  private position = 0n;
  private isEnded = false;
  private fault: string | null = 'the log is read from the store first';
  private mark: bigint | undefined;
  private markedAt = 0;
  private stalledSince: number | undefined;
  private onRedisSince = 0;
  private backOffMs = RETRY_MS;
  private notBefore = 0;
  private eventCount = 0;
  private holeCount = 0;
  private storeHoleCount = 0;
  private fallbackCount = 0;
  private reading: Promise<void> | undefined;
  private readonly pause = new Pause();

  constructor(options: RedisFeedOptions) {
    this.options = options;
    this.redis = options.redis;
    this.keys = feedKeys(options.logId, options.partitions);
    this.chain = new ChainMerge(options.partitions);
    this.redis.onChange(() => this.pause.wake());
  }

  start(after: bigint, consumer: FeedConsumer): void {
    assert(this.consumer === undefined, 'a feed is started once');
    this.consumer = consumer;
    this.position = after;
    this.readStore();
    this.reading = this.followRedis();
  }

  status(): RedisFeedStatus {
    const store = this.storeFeed?.status();
    return {
      position: this.position,
      caughtUp: !this.isEnded && (store?.caughtUp ?? true),
      source: store?.source ?? 'redis',
      isOnRedis: store === undefined,
      fault: this.fault,
      eventCount: this.eventCount,
      holeCount: this.holeCount + this.storeHoleCount + (store?.holeCount ?? 0),
      fallbackCount: this.fallbackCount,
    };
  }

  async stop(): Promise<void> {
    this.end();
    await Promise.all([this.reading, ...this.ending]);
  }

  private readStore(): void {
    const feed = this.options.openStoreFeed();
    this.storeFeed = feed;
    const isOwn = (): boolean => this.storeFeed === feed && !this.isEnded;
    feed.start(this.position, {
      onEvents: (events) => {
        if (isOwn()) this.handOver(events);
      },
      onCaughtUp: (position) => {
        if (!isOwn()) return;
        this.consumer!.onCaughtUp(position);
        this.pause.wake();
      },
      onFault: (error, fatal) => {
        if (!isOwn()) return;
        if (fatal) this.end();
        this.consumer!.onFault(error, fatal);
      },
    });
  }

  private handOver(events: readonly RecordedEvent[]): void {
    this.consumer!.onEvents(events);
    this.position = events.at(-1)!.position;
    this.eventCount += events.length;
  }

  private async followRedis(): Promise<void> {
    while (!this.isEnded) {
      try {
        if (!this.redis.isUp) throw new Error(this.redis.fault ?? 'not connected');
        const isTime = performance.now() >= this.notBefore;
        if (isTime && this.storeFeed?.status().caughtUp === true) await this.readRedis();
      } catch (error) {
        if (this.isEnded) return;
        this.leaveRedis(error as Error);
      }
      if (!this.isEnded) await this.pause.wait(RETRY_MS);
    }
  }

  /**
   * Waits for a mark that the store has brought all of, goes over, and reads all streams from there until something is wrong with them. Nothing
   * of an event is read before that mark: only then has a relay looked over what Redis holds (rule F4).
   */
  private async readRedis(): Promise<void> {
    const { mark: markKey, partitions } = this.keys;
    const marks = await answerOf(this.redis, this.redis.client.xrevrange(markKey, '+', '-', 'COUNT', 1));
    // Marks of before tell nothing about now.
    const cursors = [marks[0]?.[0] ?? '0-0'];
    this.mark = undefined;
    this.markedAt = performance.now();
    while (!this.isEnded && this.storeFeed !== undefined) {
      this.keep(await this.read([markKey], cursors), cursors);
      this.goOver();
    }
    const keys = [markKey, ...partitions];
    cursors.push(...partitions.map(() => `${this.position}-0`));
    while (!this.isEnded) {
      const isWhole = this.keep(await this.read(keys, cursors), cursors);
      this.goOn(isWhole);
    }
  }

  private async read(keys: readonly string[], cursors: readonly string[]): Promise<[string, Entries][]> {
    if (performance.now() - this.markedAt > MARK_AGE_MS_MAX) throw new Error('no relay writes to it');
    const asked = this.redis.client.xread('COUNT', ENTRIES_MAX, 'BLOCK', BLOCK_MS, 'STREAMS', ...keys, ...cursors);
    const answer = await answerOf(this.redis, asked, BLOCK_MS + ANSWER_MS_MAX);
    return this.isEnded ? [] : ((answer ?? []) as [string, Entries][]);
  }

  /** False when there may be more than fitted the answer. */
  private keep(answer: [key: string, entries: Entries][], cursors: string[]): boolean {
    let isWhole = true;
    for (const [key, entries] of answer) {
      const partition = this.keys.partitions.indexOf(key);
      cursors[partition + 1] = entries.at(-1)![0];
      if (partition === -1) {
        this.mark = BigInt(entries.at(-1)![1][1]!);
        this.markedAt = performance.now();
        continue;
      }
      if (entries.length === ENTRIES_MAX) isWhole = false;
      for (const [id, fields] of entries) {
        const entry = decodeEntry(id, fields[1] ?? '');
        if (entry === null) throw new HoleError(`partition ${partition} holds an entry ${id} that no relay wrote`);
        if (!this.chain.add(partition, entry, this.position))
          throw new HoleError(`an event of partition ${partition} before ${entry.event.position} is missing`);
      }
    }
    return isWhole;
  }

  private goOn(isWhole: boolean): void {
    if (this.isEnded) return;
    const events = this.chain.take(this.position);
    if (events.length > 0) {
      try {
        this.handOver(events);
      } catch (error) {
        this.end();
        const cause = new Error(`the consumer of the feed threw after position ${this.position}`, { cause: error });
        return this.consumer!.onFault(cause, true);
      }
    }
    const now = performance.now();
    if (this.chain.waiting === 0 || events.length > 0) this.stalledSince = undefined;
    if (this.chain.waiting > 0) this.stalledSince ??= now;
    if (this.stalledSince !== undefined && now - this.stalledSince > STALL_MS_MAX)
      throw new HoleError(`an event after ${this.position} is missing`);
    // An answer is one moment of all streams, and a mark is written after what it tells of.
    if (isWhole && this.mark !== undefined && this.mark > this.position)
      throw new HoleError(`events up to ${this.mark} were relayed, and those after ${this.position} are missing`);
  }

  private goOver(): void {
    const store = this.storeFeed!;
    if (this.isEnded || this.mark === undefined || this.mark > this.position || !store.status().caughtUp) return;
    this.storeHoleCount += store.status().holeCount;
    this.ending.push(store.stop());
    this.storeFeed = undefined;
    this.onRedisSince = performance.now();
    this.stalledSince = undefined;
    this.chain.reset(this.position);
    this.fault = null;
    this.options.onChange?.(null);
  }

  private leaveRedis(error: Error): void {
    this.chain.reset(this.position);
    this.fault = this.redis.fault ?? error.message;
    if (this.storeFeed !== undefined) return;
    this.fallbackCount += 1;
    if (error instanceof HoleError) this.backOff();
    this.options.onChange?.(this.fault);
    this.readStore();
  }

  /** One hole is behind the reader when it comes back; more of them, soon after another, are not healed by coming back at once. */
  private backOff(): void {
    this.holeCount += 1;
    const now = performance.now();
    const wasShort = now - this.onRedisSince < STEADY_MS;
    this.backOffMs = wasShort ? Math.min(2 * this.backOffMs, BACK_OFF_MS_MAX) : RETRY_MS;
    this.notBefore = now + this.backOffMs;
  }

  private end(): void {
    this.isEnded = true;
    this.pause.wake();
    if (this.storeFeed !== undefined) this.ending.push(this.storeFeed.stop());
  }
}
