import type { SeatTakeovers, TakenElsewhere } from '../directory/seat-takeovers.ts';
import type { RedisLink } from './open-redis.ts';
import type { SharedRedis } from './shared-redis.ts';

/**
 * Tells gateways of each other's connections. Of each player Redis holds which connection came last, written and announced by one script; a
 * gateway that hears of a player it holds reads that key and ends its own connection when it is not the one. So the order is that of
 * Redis, whatever the clocks say. Announcements may be lost with a connection: on the next one all that are held are compared. Connections
 * that were made while Redis was away are announced when it is back.
 */
export interface RedisSeatsParts {
  readonly redis: SharedRedis;
  /** A connection of its own, because one that has subscribed takes no other commands. */
  readonly subscriber: RedisLink;
  readonly logId: string;
  /** Of this process. */
  readonly gatewayId: string;
  readonly onTakenElsewhere: TakenElsewhere;
}

interface Held {
  readonly gameId: string;
  readonly playerId: string;
  /** What the key in Redis is while this connection is the last. */
  readonly mark: string;
  isAnnounced: boolean;
}

/** KEYS: the player's key. ARGV: the mark, its life in ms, the channel, and who is meant. */
const ANNOUNCE = `
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return redis.call('PUBLISH', ARGV[3], ARGV[1] .. ' ' .. ARGV[4])`;

/** Longer than any outage after which it is worth knowing who came last. */
const MARK_LIFE_MS = 3_600_000;
const COMPARED_AT_ONCE = 500;
/** After an announcement that Redis refused while its connection stood. */
const RETRY_MS = 1_000;

export class RedisSeats implements SeatTakeovers {
  private readonly parts: RedisSeatsParts;
  private readonly channel: string;
  private readonly held = new Map<string, Held>();
  private connections = 0;
  private retryTimer: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(parts: RedisSeatsParts) {
    this.parts = parts;
    this.channel = `waymark:${parts.logId}:seats`;
  }

  start(): void {
    const { redis, subscriber } = this.parts;
    subscriber.client.on('message', (_channel: string, message: string) => this.hear(message));
    subscriber.onChange(() => void this.subscribe());
    redis.onChange(() => void this.compareAll());
    void this.subscribe();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.retryTimer);
  }

  taken(gameId: string, playerId: string): void {
    this.connections += 1;
    const mark = `${this.parts.gatewayId}/${this.connections}`;
    const held: Held = { gameId, playerId, mark, isAnnounced: false };
    this.held.set(nameOf(gameId, playerId), held);
    void this.announce(held);
  }

  left(gameId: string, playerId: string): void {
    this.held.delete(nameOf(gameId, playerId));
  }

  private async subscribe(): Promise<void> {
    const { subscriber } = this.parts;
    if (!subscriber.isUp || this.isStopped) return;
    try {
      await subscriber.client.subscribe(this.channel);
    } catch {
      // The connection went; the next one subscribes.
      return;
    }
    await this.compareAll();
  }

  /** Whether it was. */
  private async announce(held: Held): Promise<boolean> {
    const { gameId, mark, playerId } = held;
    const name = nameOf(gameId, playerId);
    const answer = await this.parts.redis.ask((client) =>
      client.eval(ANNOUNCE, 1, this.keyOf(name), mark, MARK_LIFE_MS, this.channel, name),
    );
    held.isAnnounced = answer !== undefined;
    if (held.isAnnounced || this.isStopped) return held.isAnnounced;
    this.retryTimer ??= setTimeout(() => {
      this.retryTimer = undefined;
      void this.compareAll();
    }, RETRY_MS);
    return false;
  }

  /** The mark and the name of somebody's connection, ours among them. */
  private hear(message: string): void {
    const space = message.indexOf(' ');
    const held = this.held.get(message.slice(space + 1));
    if (held !== undefined && held.mark !== message.slice(0, space)) void this.compare([held]);
  }

  private async compareAll(): Promise<void> {
    const all = [...this.held.values()];
    for (const held of all) if (!held.isAnnounced && !(await this.announce(held))) return;
    for (let from = 0; from < all.length; from += COMPARED_AT_ONCE) {
      await this.compare(all.slice(from, from + COMPARED_AT_ONCE));
    }
  }

  /** An announcement of ours that is still under way reaches Redis before this question: it is on the same connection. */
  private async compare(some: readonly Held[]): Promise<void> {
    const { onTakenElsewhere, redis } = this.parts;
    const keys = some.map(({ gameId, playerId }) => this.keyOf(nameOf(gameId, playerId)));
    const marks = await redis.ask((client) => client.mget(keys));
    if (marks === undefined || this.isStopped) return;
    for (const [index, held] of some.entries()) {
      const mark = marks[index] ?? null;
      const name = nameOf(held.gameId, held.playerId);
      // A newer connection here has another mark, and is compared by itself.
      if (mark === null || mark === held.mark || this.held.get(name) !== held) continue;
      this.held.delete(name);
      onTakenElsewhere(held.gameId, held.playerId);
    }
  }

  private keyOf(name: string): string {
    return `waymark:${this.parts.logId}:seat:${name}`;
  }
}

/** Ids have no slash. */
const nameOf = (gameId: string, playerId: string): string => `${gameId}/${playerId}`;
