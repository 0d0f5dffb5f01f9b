import { epochMs, GATEWAY_LIFE_MS } from '@waymark/base';
import { until } from '@waymark/testing';
import { RedisServer } from '../../../../tools/needs/redis-server.ts';
import { createMemoryTicketLedger } from '../auth/ticket-ledger.ts';
import type { GatewayEntry } from '../directory/gateway-directory.ts';
import { LocalRateLimiter } from '../limits/rate-limiter.ts';
import { systemClock } from '../system.ts';
import { openRedis, type RedisLink } from './open-redis.ts';
import { RedisDirectory } from './redis-directory.ts';
import { RedisRateLimiter } from './redis-rate-limiter.ts';
import { RedisSeats } from './redis-seats.ts';
import { RedisTicketLedger } from './redis-ticket-ledger.ts';
import { SharedRedis } from './shared-redis.ts';

/** What processes share through a real Redis, each with connections of its own; and what each does while Redis is away. */
let server: RedisServer;
const closing: (() => unknown)[] = [];
const links: RedisLink[] = [];
const lines: string[] = [];

beforeAll(async () => {
  server = await RedisServer.start();
}, 60_000);
afterEach(async () => {
  // One that is closed between two attempts would hold the process for its own two seconds.
  await until('all are connected again', () => links.every(({ isUp }) => isUp));
  links.length = 0;
  for (let step = closing.pop(); step !== undefined; step = closing.pop()) await step();
  lines.length = 0;
  await server.admin.flushall();
});
afterAll(() => server.close());

const log = { info: (line: string) => void lines.push(line), warn: (line: string) => void lines.push(line) };

function link(purpose = 'test'): RedisLink {
  const opened = openRedis({ url: server.url, purpose, log });
  links.push(opened);
  closing.push(() => opened.close());
  return opened;
}

async function shared(): Promise<SharedRedis> {
  const opened = link();
  await until('up', () => opened.isUp);
  return new SharedRedis(opened, log);
}

describe('tickets', () => {
  const ledger = async () =>
    new RedisTicketLedger({
      redis: await shared(),
      local: createMemoryTicketLedger(systemClock),
      clock: systemClock,
      logId: 'log',
    });
  const soon = () => systemClock.now() + 60_000;

  it('are used once by all gateways together, also when several ask at once', async () => {
    const gateways = await Promise.all(Array.from({ length: 4 }, ledger));
    for (let n = 0; n < 50; n++) {
      const expiresAt = soon();
      const claims = await Promise.all(gateways.map((gateway) => gateway.claim(`t${n}`, expiresAt)));
      expect(claims.filter(Boolean)).toHaveLength(1);
    }
    expect(gateways.map(({ counts }) => counts.alone)).toEqual([0, 0, 0, 0]);
    // They go by themselves, some time after they have expired.
    const restMs = await server.admin.pttl('waymark:log:ticket:t0');
    expect(restMs).toBeGreaterThan(60_000);
    expect(restMs).toBeLessThanOrEqual(120_000);
  });

  it('are used once by each gateway while Redis is away, and by all when it is back', async () => {
    const [a, b] = [await ledger(), await ledger()];
    await server.kill();
    const expiresAt = soon();
    expect([await a.claim('t', expiresAt), await a.claim('t', expiresAt)]).toEqual([true, false]);
    expect(await b.claim('t', expiresAt)).toBe(true);
    expect(a.counts).toEqual({ shared: 0, alone: 1 });
    await server.start();
    await until('both share again', async () => {
      const id = `again-${Math.random()}`;
      await Promise.all([a.claim(id, soon()), b.claim(id, soon())]);
      return a.counts.shared > 0 && b.counts.shared > 0;
    });
    expect([await a.claim('u', soon()), await b.claim('u', soon())]).toEqual([true, false]);
    expect(await a.claim('t', expiresAt)).toBe(false);
  });

  it('wait for a Redis that does not answer no longer than the time of a question', async () => {
    const a = await ledger();
    server.pause();
    try {
      expect(await a.claim('t', soon())).toBe(true);
      expect(await a.claim('u', soon())).toBe(true);
      expect(a.counts).toEqual({ shared: 0, alone: 2 });
      expect(lines.filter((line) => line.includes('did not answer within 250 ms'))).toHaveLength(1);
    } finally {
      server.resume();
    }
  });

  it('are good for this gateway alone where Redis takes no more, and the log says it once', async () => {
    const a = await ledger();
    await server.admin.config('SET', 'maxmemory', '1');
    try {
      expect(await a.claim('t', soon())).toBe(true);
      expect(await a.claim('u', soon())).toBe(true);
      expect(a.counts.alone).toBe(2);
      expect(lines.filter((line) => line.includes('does not take what processes share: OOM'))).toHaveLength(1);
    } finally {
      await server.admin.config('SET', 'maxmemory', '0');
    }
    expect(await a.claim('v', soon())).toBe(true);
    expect(lines.at(-1)).toBe('Redis takes what processes share again');
  });
});

describe('rate limits', () => {
  const limiter = async (perMinute: number) =>
    new RedisRateLimiter({
      redis: await shared(),
      local: new LocalRateLimiter(perMinute, systemClock),
      perMinute,
      prefix: 'waymark:log:limit:x',
    });

  it('hold over all processes, also when they ask at once', async () => {
    const processes = await Promise.all(Array.from({ length: 3 }, () => limiter(30)));
    const asked = Array.from({ length: 90 }, (_, n) => processes[n % 3]!.take('a'));
    const waits = await Promise.all(asked);
    expect(waits.filter((waitMs) => waitMs === 0)).toHaveLength(30);
    for (const waitMs of waits.filter((found) => found > 0)) expect(waitMs).toBeLessThanOrEqual(2_000);
    expect(await processes[0]!.peek('a')).toBeGreaterThan(0);
    expect(await processes[0]!.peek('b')).toBe(0);
    expect(await server.admin.pttl('waymark:log:limit:x:a')).toBeLessThanOrEqual(60_000);
  });

  it('give one back each step', async () => {
    const [a, b] = [await limiter(600), await limiter(600)];
    const all = await Promise.all(Array.from({ length: 800 }, (_, n) => (n % 2 === 0 ? a : b).take('k')));
    expect(all.filter((waitMs) => waitMs === 0).length).toBeGreaterThanOrEqual(600);
    await until('one more after 100 ms', async () => (await b.take('k')) === 0);
  });

  it('hold for each process alone while Redis is away', async () => {
    const [a, b] = [await limiter(2), await limiter(2)];
    await server.kill();
    try {
      const waits = [await a.take('k'), await a.take('k'), await a.take('k'), await b.take('k')];
      expect(waits.map((waitMs) => waitMs > 0)).toEqual([false, false, true, false]);
    } finally {
      await server.start();
    }
  });
});

describe('the directory of gateways', () => {
  let nowMs: number;
  const clock = { now: () => epochMs(nowMs) };
  beforeEach(() => {
    nowMs = systemClock.now();
  });

  async function member(own: GatewayEntry | null): Promise<RedisDirectory> {
    const directory = new RedisDirectory({ redis: await shared(), clock, logId: 'log', own: own && (() => own) });
    closing.push(() => directory.stop());
    return directory;
  }
  const entry = (id: string, sockets = 0) => ({ id, url: `ws://${id}`, sockets, draining: false, version: '1' });

  it('tells everybody of all that live, what they said last', async () => {
    const own = { ...entry('a'), sockets: 1 };
    const [a, b, reader] = [await member(own), await member(entry('b')), await member(null)];
    await a.beat();
    await b.beat();
    await reader.beat();
    expect(reader.live().toSorted((x, y) => (x.id < y.id ? -1 : 1))).toEqual([entry('a', 1), entry('b')]);
    Object.assign(own, { sockets: 7, draining: true });
    await a.beat();
    await reader.beat();
    expect(reader.live().find(({ id }) => id === 'a')).toMatchObject({ sockets: 7, draining: true });
    expect(b.live()).toHaveLength(2);
    await a.stop();
    await reader.beat();
    expect(reader.live().map(({ id }) => id)).toEqual(['b']);
  });

  it('forgets who no longer beats, here and in Redis', async () => {
    const [a, reader] = [await member(entry('a')), await member(null)];
    await a.beat();
    await server.admin.hset('waymark:log:gateways', 'gone', '1000 {}', 'garbage', 'x');
    await reader.beat();
    expect(reader.live().map(({ id }) => id)).toEqual(['a']);
    expect(await server.admin.hkeys('waymark:log:gateways')).toEqual(['a']);
    nowMs += GATEWAY_LIFE_MS + 1;
    expect(reader.live()).toEqual([]);
  });

  it('passes over what is no entry', async () => {
    const reader = await member(null);
    const later = `${Math.round(systemClock.now()) + 60_000}`;
    const texts = [
      '{',
      'null',
      '{"url":"http://x","sockets":1}',
      '{"url":"ws://x","sockets":"1"}',
      '{"url":"ws://y","sockets":2}',
    ];
    for (const [n, text] of texts.entries())
      await server.admin.hset('waymark:log:gateways', `${n}`, `${later} ${text}`);
    await reader.beat();
    expect(reader.live().map(({ url }) => url)).toEqual(['ws://y']);
  });

  it('holds what was heard for its life while Redis is away', async () => {
    const [a, reader] = [await member(entry('a')), await member(null)];
    await a.beat();
    await reader.beat();
    await server.kill();
    try {
      await reader.beat();
      expect(reader.live()).toHaveLength(1);
      nowMs += GATEWAY_LIFE_MS + 1;
      expect(reader.live()).toEqual([]);
    } finally {
      await server.start();
    }
  });
});

describe('seats', () => {
  class Gateway {
    readonly ended: string[] = [];
    readonly seats: RedisSeats;

    constructor(
      readonly redis: SharedRedis,
      readonly subscriber: RedisLink,
      gatewayId: string,
    ) {
      this.seats = new RedisSeats({
        redis,
        subscriber,
        logId: 'log',
        gatewayId,
        onTakenElsewhere: (gameId, playerId) => this.ended.push(`${gameId}/${playerId}`),
      });
      this.seats.start();
      closing.push(() => this.seats.stop());
    }
  }
  async function gateway(id: string): Promise<Gateway> {
    const made = new Gateway(await shared(), link('seats'), id);
    await subscribed(made);
    return made;
  }
  const subscribed = (made: Gateway): Promise<unknown> =>
    until('subscribed', async () => made.subscriber.isUp && made.subscriber.client.status === 'ready' && hears(made));
  /** The number of subscribers is not of one gateway: its own connection must be among them. */
  const hears = async ({ subscriber }: Gateway): Promise<boolean> => {
    const list = (await server.admin.call('CLIENT', 'LIST', 'TYPE', 'PUBSUB')) as string;
    const port = (subscriber.client as unknown as { stream: { localPort: number } }).stream.localPort;
    return list.includes(`:${port} `);
  };

  it('belong to who took them last, at whichever gateway', async () => {
    const [a, b] = [await gateway('a'), await gateway('b')];
    a.seats.taken('g', 'ann');
    a.seats.taken('g', 'ben');
    await until('known', async () => (await server.admin.exists('waymark:log:seat:g/ben')) === 1);
    b.seats.taken('g', 'ann');
    await until('a lets go of ann', () => a.ended.length > 0);
    expect([a.ended, b.ended]).toEqual([['g/ann'], []]);
    a.seats.taken('g', 'ann');
    await until('b lets go of ann', () => b.ended.length > 0);
    expect([a.ended, b.ended]).toEqual([['g/ann'], ['g/ann']]);
  });

  it('are taken by exactly one when two take them at once', async () => {
    const [a, b] = [await gateway('a'), await gateway('b')];
    for (let n = 0; n < 100; n++) {
      a.seats.taken('g', `p${n}`);
      b.seats.taken('g', `p${n}`);
    }
    await until('all are settled', () => a.ended.length + b.ended.length >= 100);
    expect([...a.ended, ...b.ended].toSorted()).toEqual(Array.from({ length: 100 }, (_, n) => `g/p${n}`).toSorted());
  });

  it('of who has left are nobody’s business', async () => {
    const [a, b] = [await gateway('a'), await gateway('b')];
    a.seats.taken('g', 'ann');
    a.seats.left('g', 'ann');
    a.seats.taken('g', 'ben');
    b.seats.taken('g', 'ann');
    b.seats.taken('g', 'ben');
    await until('ben', () => a.ended.length > 0);
    expect(a.ended).toEqual(['g/ben']);
  });

  it('are compared when a gateway hears again after it was cut off', async () => {
    const [a, b] = [await gateway('a'), await gateway('b')];
    a.seats.taken('g', 'ann');
    a.seats.taken('g', 'ben');
    await until('known', async () => (await server.admin.exists('waymark:log:seat:g/ben')) === 1);
    a.subscriber.client.disconnect(false);
    await until('cut off', () => !a.subscriber.isUp);
    b.seats.taken('g', 'ann');
    await until('taken', async () => (await server.admin.get('waymark:log:seat:g/ann')) === 'b/1');
    expect(a.ended).toEqual([]);
    await a.subscriber.client.connect().catch(() => undefined);
    await until('a lets go', () => a.ended.length > 0);
    expect([a.ended, b.ended]).toEqual([['g/ann'], []]);
  });

  it('taken while Redis was away are told when it is back', async () => {
    const [a, b] = [await gateway('a'), await gateway('b')];
    a.seats.taken('g', 'ann');
    await until('known', async () => (await server.admin.exists('waymark:log:seat:g/ann')) === 1);
    await server.kill();
    await until('away', () => b.redis.fault !== null && a.redis.fault !== null);
    b.seats.taken('g', 'ann');
    expect(a.ended).toEqual([]);
    await server.start();
    await until('a lets go', () => a.ended.length > 0);
    expect([a.ended, b.ended]).toEqual([['g/ann'], []]);
  });
});
