import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordedEvent } from '@waymark/event-store';
import { AppendCommand } from './append-command.ts';
import { APPEND_SCRIPT, APPEND_SCRIPT_SHA } from './append-script.ts';
import { answerOf, type FeedRedis } from './feed-redis.ts';
import { encodeEntry, feedKeys, partitionOf, positionOf, type FeedKeys } from './feed-streams.ts';
import { openLogTail, type LogTail, type TailedStore } from './log-tail.ts';
import { Pause } from './pause.ts';

/**
 * Copies the log into Redis, inside the command app (docs/adr/0008-the-feed-in-redis.md). Any number of relays may copy the same log. Nobody
 * waits for it: what it cannot hand on at once it reads from the store later. Whatever happens to Redis, it asks what stands there and goes on
 * from that; it never trusts what it believes it has written over a connection that was lost.
 */
export interface RedisRelay {
  start(): void;
  status(): RelayStatus;
  stop(): Promise<void>;
}

export interface RelayStatus {
  /** All events up to here were handed to Redis; undefined before Redis was reached. */
  readonly position: bigint | undefined;
  /** Why it does not relay now; null while it does. */
  readonly fault: string | null;
  /** Age of the oldest event that is not relayed yet. */
  readonly lagSeconds: number;
  readonly eventCount: number;
  /** Batches that met another last id than expected: another relay was first, or Redis went back. */
  readonly conflictCount: number;
  /** Times that events were given again because Redis had lost them. */
  readonly rewindCount: number;
  readonly faultCount: number;
}

export interface RedisRelayOptions {
  readonly store: TailedStore;
  readonly redis: FeedRedis;
  readonly partitions: number;
  /** About how many of the newest events Redis holds. */
  readonly historyEvents: number;
  /** Called when it begins or stops to relay, with the reason. */
  readonly onChange?: (fault: string | null) => void;
}

/** How often readers are told how far the log is relayed (rule F5). */
export const MARK_MS = 200;
const RETRY_MS = 200;
/**
 * After a small batch the relay waits this long for more. An event after a pause goes at once; under load there are half the scripts, half the reads of
 * each gateway and half the garbage of both (docs/performance.md), for about a millisecond at the median.
 */
const PACE_MS = 2;
const PACED_EVENTS_MAX = 64;
const MARKS_MAX = 8;

export function createRedisRelay(options: RedisRelayOptions): RedisRelay {
  return new Relay(options);
}

interface Batch {
  readonly partition: number;
  /** Of EVALSHA. */
  readonly args: string[];
  last: bigint;
}

class Relay implements RedisRelay {
  private readonly options: RedisRelayOptions;
  private readonly store: TailedStore;
  private readonly redis: FeedRedis;
  private readonly keys: FeedKeys;
  private readonly tail: LogTail;
  /** Last id of each stream in Redis, as far as is known; 0 for an empty one. */
  private readonly tops: bigint[];
  /** Up to here nothing of a partition is left to be relayed: its top, or where this relay began with an empty one. */
  private readonly known: bigint[];
  private position: bigint | undefined;
  /** Counts connections made and lost: what was learned over one of them says nothing after it. */
  private connection = 0;
  private syncedConnection = -1;
  private isStopped = false;
  private fault: string | null = 'not connected yet';
  private behindSince: number | null = null;
  private markedAt = -Infinity;
  private running: Promise<void> | undefined;
  private readonly pause = new Pause();
  private eventCount = 0;
  private conflictCount = 0;
  private rewindCount = 0;
  private faultCount = 0;

  constructor(options: RedisRelayOptions) {
    this.options = options;
    this.store = options.store;
    this.redis = options.redis;
    this.keys = feedKeys(options.store.logId, options.partitions);
    this.tops = this.keys.partitions.map(() => 0n);
    this.known = [...this.tops];
    this.tail = openLogTail(options.store, (event) => {
      this.behindSince ??= event.created;
    });
    this.redis.onChange(() => {
      this.connection += 1;
      this.pause.wake();
    });
  }

  start(): void {
    this.running ??= this.run();
  }

  status(): RelayStatus {
    return {
      position: this.position,
      fault: this.fault,
      lagSeconds: this.behindSince === null ? 0 : Math.max(0, Date.now() - this.behindSince) / 1_000,
      eventCount: this.eventCount,
      conflictCount: this.conflictCount,
      rewindCount: this.rewindCount,
      faultCount: this.faultCount,
    };
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.tail.close();
    this.pause.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.isStopped) {
      try {
        if (!this.redis.isUp) {
          this.say(this.redis.fault ?? 'not connected');
          if (!this.isStopped) await this.pause.wait(RETRY_MS);
          continue;
        }
        if (this.syncedConnection !== this.connection) await this.sync();
        await this.relay();
      } catch (error) {
        if (this.isStopped) return;
        this.syncedConnection = -1;
        this.faultCount += 1;
        this.say(this.redis.fault ?? (error as Error).message);
        if (!this.isStopped) await this.pause.wait(RETRY_MS);
      }
    }
  }

  private async relay(): Promise<void> {
    const events = await this.tail.next(this.position!, MARK_MS);
    if (this.isStopped || this.syncedConnection !== this.connection) return;
    if (events.length > 0) {
      await this.send(events);
      if (events.length < PACED_EVENTS_MAX) await sleep(PACE_MS);
    }
    const now = performance.now();
    if (now - this.markedAt < MARK_MS) return;
    await this.mark();
    this.markedAt = now;
    this.say(null);
  }

  /** Rule F4: where Redis stands, read from Redis. */
  private async sync(): Promise<void> {
    const { connection, redis } = this;
    const { client } = redis;
    const { mark: markKey, partitions } = this.keys;
    const pipeline = client.pipeline().script('LOAD', APPEND_SCRIPT).xrevrange(markKey, '+', '-', 'COUNT', 1);
    for (const key of partitions) pipeline.eval(APPEND_SCRIPT, 1, key);
    const [, marks, ...ids] = await this.answers(pipeline.exec());
    const mark = (marks as [string, string[]][])[0]?.[1][1];
    const tops = ids.map((id) => positionOf(id as string));
    this.position ??= this.begin(tops, mark);
    for (const [partition, top] of tops.entries()) {
      this.tops[partition] = top;
      if (top === 0n) continue;
      if (top < this.known[partition]!) this.rewind(top);
      this.known[partition] = top;
    }
    // After the tops: it is not before them, unless the log went back to a backup.
    const last = await this.store.lastPosition();
    if (mark === undefined && tops.every((top) => top === 0n) && this.position === 0n) this.position = last;
    if (this.isUseless(last)) await this.startOver(last);
    this.settle();
    if (this.tail.heard <= this.position) this.behindSince = null;
    this.syncedConnection = connection;
  }

  /** From where to read the log when this process has relayed nothing yet; 0 for an empty Redis. */
  private begin(tops: readonly bigint[], mark: string | undefined): bigint {
    if (mark !== undefined) return BigInt(mark);
    return tops.filter((top) => top !== 0n).reduce((least, top) => (least === 0n || top < least ? top : least), 0n);
  }

  /** What Redis holds is of a log that was longer (the store is from a backup), or so old that it would be trimmed as soon as it is continued. */
  private isUseless(last: bigint): boolean {
    if (!this.store.positionsAreDense) return false;
    const isAhead = this.position! > last || this.tops.some((top) => top > last);
    return isAhead || last - this.position! > BigInt(this.options.historyEvents);
  }

  private async startOver(last: bigint): Promise<void> {
    await this.answers(this.redis.client.pipeline().del(this.keys.mark).exec());
    for (const key of this.keys.partitions) await this.answers(this.redis.client.pipeline().del(key).exec());
    this.tops.fill(0n);
    this.known.fill(last);
    this.position = last;
  }

  /** One script a partition, none waiting for another. They go to different streams, so that one that is refused makes no hole for another. */
  private async send(events: readonly RecordedEvent[]): Promise<void> {
    const batches = this.batchesOf(events);
    const position = events.at(-1)!.position;
    let isDone = true;
    if (batches.length > 0) {
      const asked = batches.map((batch) => this.append(batch));
      const ids = await answerOf(this.redis, asked.length === 1 ? asked[0]!.then((id) => [id]) : Promise.all(asked));
      for (const [index, batch] of batches.entries()) {
        if (!this.take(batch, positionOf(ids[index]!.toString()))) isDone = false;
      }
    }
    if (!isDone) return this.settle();
    this.position = position;
    this.eventCount += events.length;
    this.behindSince = this.tail.heard > position ? events.at(-1)!.created : null;
  }

  /** The last id of the stream then. */
  private append({ args }: Batch): Promise<Buffer> {
    return this.redis.client.sendCommand(new AppendCommand(args)) as Promise<Buffer>;
  }

  private batchesOf(events: readonly RecordedEvent[]): Batch[] {
    const { historyEvents, partitions } = this.options;
    const byPartition: (Batch | undefined)[] = [];
    let logBefore = this.position!;
    for (const event of events) {
      const partition = partitionOf(event.stream, partitions);
      if (event.position > this.tops[partition]!) {
        const batch = (byPartition[partition] ??= {
          partition,
          args: [
            APPEND_SCRIPT_SHA,
            '1',
            this.keys.partitions[partition]!,
            `${this.tops[partition]!}-0`,
            ...this.trim(historyEvents, partitions),
          ],
          last: this.known[partition]!,
        });
        batch.args.push(`${event.position}-0`, encodeEntry(event, batch.last, logBefore));
        batch.last = event.position;
      }
      logBefore = event.position;
    }
    return byPartition.filter((batch) => batch !== undefined);
  }

  /** Rule F6. Sparse positions do not count events, so there each partition keeps its share of the newest. */
  private trim(historyEvents: number, partitions: number): [string, string] {
    if (!this.store.positionsAreDense) return ['MAXLEN', String(Math.ceil(historyEvents / partitions))];
    const least = this.position! - BigInt(historyEvents);
    return ['MINID', `${least > 0n ? least : 0n}-0`];
  }

  /** Whether a batch is in Redis, by the last id of its stream: our own, or that of another relay which was there before. */
  private take({ last, partition }: Batch, top: bigint): boolean {
    const known = this.known[partition]!;
    this.tops[partition] = top;
    this.known[partition] = top;
    if (top >= last) return true;
    this.conflictCount += 1;
    if (top < known) this.rewind(top);
    return false;
  }

  /** Redis lost what was in it: everything after `top` is read again, and what the other partitions still hold is left out. */
  private rewind(top: bigint): void {
    this.rewindCount += 1;
    if (top < this.position!) this.position = top;
  }

  /** What an empty stream lacks is known from where the log is read. */
  private settle(): void {
    for (const [partition, top] of this.tops.entries()) {
      const known = this.known[partition]!;
      if (top === 0n && (known === 0n || known > this.position!)) this.known[partition] = this.position!;
    }
  }

  private async mark(): Promise<void> {
    const { client } = this.redis;
    await answerOf(this.redis, client.xadd(this.keys.mark, 'MAXLEN', MARKS_MAX, '*', 'm', String(this.position!)));
  }

  private async answers(executed: Promise<[Error | null, unknown][] | null>): Promise<unknown[]> {
    const answers = (await answerOf(this.redis, executed)) ?? [];
    for (const [error] of answers) if (error !== null) throw error;
    return answers.map(([, answer]) => answer);
  }

  private say(fault: string | null): void {
    if (fault === this.fault) return;
    const isChange = (fault === null) !== (this.fault === null);
    this.fault = fault;
    if (isChange) this.options.onChange?.(fault);
  }
}
