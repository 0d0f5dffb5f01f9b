import { epochMs } from '@waymark/base';
import { createArena, gameSlot, TickSchedule } from '@waymark/tick-engine';
import { until } from '@waymark/testing';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { Canary } from './canary.ts';

/** Readiness proves life: it holds for as long as frames come through a real socket, and no longer. */
let server: WebSocketServer;
let accepted: WebSocket[];
let now: number;
let canary: Canary;
const arena = createArena({ gamesMax: 2, playersMax: 2 });
const schedule = new TickSchedule({ gamesMax: 2, periodMs: 150 });

beforeAll(async () => {
  accepted = [];
  now = 1_000_000;
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) => accepted.push(socket));
  await once(server, 'listening');
  canary = new Canary({ arena, schedule, clock: { now: () => epochMs(now) }, tickPeriodMs: 150, gameId: 'canary-1' });
});
afterAll(() => {
  canary.stop();
  server.close();
});

const isWell = (): boolean => canary.check.check().ok;

const address = (): string => `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** A frame, and the moment at which it has arrived. */
async function frame(): Promise<void> {
  accepted.at(-1)!.send(Buffer.alloc(40));
  await until('the frame', isWell);
}

it('watches a game that is in the arena and on the schedule, and nowhere else', async () => {
  expect(canary.gameCount).toBe(0);
  canary.start(address());
  await until('the connection', () => accepted.length === 1);
  expect(schedule.has(gameSlot(arena, 'canary-1'))).toBe(true);
  expect(canary.gameCount).toBe(1);
});

it('is not well before the first frame, and texts do not count', async () => {
  accepted[0]!.send('{"type":"welcome"}');
  accepted[0]!.ping();
  await once(accepted[0]!, 'pong');
  expect(isWell()).toBe(false);
  await frame();
});

it('is well for two periods and 50 ms after a frame, and not longer', async () => {
  await frame();
  now += 350;
  expect(isWell()).toBe(true);
  now += 1;
  expect(isWell()).toBe(false);
  await frame();
});

it('connects again when it was cut off', async () => {
  accepted[0]!.terminate();
  await until('another connection', () => accepted.length === 2);
  now += 1_000;
  expect(isWell()).toBe(false);
  await frame();
});

it('stops for good', async () => {
  canary.stop();
  await until('the end of its connection', () => accepted.every((socket) => socket.readyState === 3));
  canary.start(address());
  await new Promise((resolve) => setImmediate(resolve));
  expect(accepted).toHaveLength(2);
});
