import { epochMs, SOCKETS_MAX } from '@waymark/base';
import { createLog } from '@waymark/platform';
import { createFrameContext, SlabPool, TickSchedule } from '@waymark/tick-engine';
import { SeededRandom } from '@waymark/testing';
import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import { FanOut } from '../hot/fan-out.ts';
import { TestArena } from '../testing/test-arena.ts';
import { PlayServer, type PlayServerParts } from './play-server.ts';
import { Refused } from './refused.ts';

/** What a running gateway cannot easily be brought to: not ready yet, full, at fault. And a drain of many. */
class FakeSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  bye: { code: number; retryAfterMs?: number } | null = null;
  closedWith = 0;
  closedAt = 0;
  answersClose = true;

  send(text: string): void {
    this.bye = JSON.parse(text);
  }

  close(code: number): void {
    this.closedWith = code;
    this.closedAt = performance.now();
    this.readyState = 2;
    if (this.answersClose) setImmediate(() => this.emit('close'));
  }

  terminate(): void {
    this.readyState = 3;
    this.emit('close');
  }
}

class World {
  isReady = true;
  connectWaitMs = 0;
  endpoints: (gameId: string | null) => string | null = () => null;
  /** How the search for a seat ends. */
  seat: () => Promise<never> = () => Promise.reject(new Refused('noSuchGame', 'there is no such game'));
  readonly server: PlayServer;

  constructor(drainMs = 0) {
    const test = new TestArena();
    const pool = new SlabPool({ slabsMax: 8 });
    const parts: Partial<PlayServerParts> = {
      arena: test.arena,
      pool,
      schedule: new TickSchedule({ gamesMax: 8, periodMs: 150 }),
      fanOut: new FanOut({ arena: test.arena, pool }),
      context: createFrameContext(),
      clock: { now: () => epochMs(1_000) },
      random: new SeededRandom(7),
      log: createLog({ name: 'test', level: 'silent' }),
      moves: { move: () => null },
      tickPeriodMs: 150,
      drainMs,
      ready: () => this.isReady,
      canaryGameId: 'canary',
      connectWait: () => this.connectWaitMs,
      elsewhere: (gameId) => this.endpoints(gameId),
      seats: { ofSpectator: () => this.seat() } as Partial<PlayServerParts['seats']> as never,
    };
    this.server = new PlayServer(parts as PlayServerParts);
  }

  connect(gameId = 'g'): FakeSocket {
    const socket = new FakeSocket();
    const request = { url: `/watch?game=${gameId}`, headers: { 'sec-websocket-protocol': 'waymark.v1' } };
    this.server.connect(socket as unknown as WebSocket, request as unknown as IncomingMessage, 'spectator');
    return socket;
  }

  async refused(): Promise<FakeSocket> {
    const socket = this.connect();
    await turn();
    return socket;
  }

  /** A connection whose admission goes on for ever. */
  waiting(gameId = 'g'): FakeSocket {
    this.seat = () => new Promise(() => undefined);
    return this.connect(gameId);
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('1013 while the log is still read, with the time to come back', async () => {
  const world = new World();
  world.isReady = false;
  expect((await world.refused()).bye).toMatchObject({ code: 1013, retryAfterMs: 500 });
  world.isReady = true;
  expect((await world.refused()).bye).toMatchObject({ code: 4506 });
});

it('the canary is not counted, neither while it is there nor when it is gone', () => {
  const world = new World();
  const canary = world.waiting('canary');
  expect(world.server.connectionCount).toBe(0);
  world.waiting();
  expect(world.server.connectionCount).toBe(1);
  canary.terminate();
  expect(world.server.connectionCount).toBe(1);
});

it(`4507 past ${SOCKETS_MAX} sockets, and room again when one is gone`, async () => {
  const world = new World();
  const sockets = Array.from({ length: SOCKETS_MAX }, () => world.waiting());
  expect(world.server.connectionCount).toBe(SOCKETS_MAX);
  expect((await world.refused()).closedWith).toBe(4507);
  sockets[0]!.emit('close');
  await turn();
  const next = await world.refused();
  expect(next.closedWith).toBe(0);
  expect(world.server.closes['connectionLimit']).toBe(1);
});

it('4006 for an address that comes too often, with its wait and up to 5 s more; never for the canary', async () => {
  const world = new World();
  world.connectWaitMs = 700;
  const { bye } = await world.refused();
  expect(bye).toMatchObject({ code: 4006 });
  expect(bye!.retryAfterMs).toBeGreaterThanOrEqual(700);
  expect(bye!.retryAfterMs).toBeLessThanOrEqual(5_700);
  const canary = world.connect('canary');
  await turn();
  expect(canary.bye).toMatchObject({ code: 4506 });
});

it('4007 for a fault of the gateway, which says nothing of it', async () => {
  const world = new World();
  world.seat = () => Promise.reject(new Error('SELECT failed at /var/secret'));
  const { bye } = await world.refused();
  expect(bye).toEqual({ type: 'bye', code: 4007, reason: 'a fault of the gateway' });
});

it('a socket that was closed before its admission was through is left alone', async () => {
  const world = new World();
  const socket = world.connect();
  socket.readyState = 3;
  await turn();
  expect([socket.bye, socket.closedWith]).toEqual([null, 0]);
  expect(Object.values(world.server.closes).every((count) => count === 0)).toBe(true);
});

describe('a drain', () => {
  it('spreads the goodbyes over its time and the returns at random', async () => {
    const world = new World(200);
    const sockets = Array.from({ length: 100 }, () => world.waiting());
    const startedAt = performance.now();
    await world.server.drain();
    expect(sockets.map(({ closedWith }) => closedWith)).toEqual(Array(100).fill(4001));
    expect(new Set(sockets.map(({ closedAt }) => closedAt)).size).toBeGreaterThan(10);
    expect(sockets.at(-1)!.closedAt - startedAt).toBeGreaterThan(150);
    const returns = sockets.map(({ bye }) => bye!.retryAfterMs!);
    expect(Math.min(...returns)).toBeLessThan(40);
    expect(Math.max(...returns)).toBeGreaterThan(160);
    expect(new Set(returns).size).toBeGreaterThan(50);
    expect(world.server.connectionCount).toBe(0);
  });

  it('begins when others know of it, lets nobody in meanwhile, and names another gateway', async () => {
    const world = new World();
    const endpoints = new Map([[null, 'ws://b.example']]);
    world.endpoints = (gameId) => endpoints.get(gameId as null) ?? null;
    const socket = world.waiting();
    let told = (): void => undefined;
    const drained = world.server.drain(new Promise((resolve) => (told = resolve)));
    await turn();
    expect([world.server.isDraining, socket.closedWith]).toEqual([true, 0]);
    told();
    await drained;
    expect(socket.bye).toMatchObject({ code: 4001, endpoint: 'ws://b.example' });
  });

  it('lets nobody new in, and cuts off who does not answer', async () => {
    const world = new World();
    const mute = world.waiting();
    mute.answersClose = false;
    const drained = world.server.drain();
    expect(world.server.isDraining).toBe(true);
    await drained;
    expect(mute.readyState).toBe(3);
    expect(world.server.connectionCount).toBe(0);
  });
});
