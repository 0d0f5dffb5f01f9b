import { SeededRandom, until } from '@waymark/testing';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { upgradeRequest } from '../testing/raw-peer.ts';
import type { TestClient } from '../testing/test-client.ts';
import { TestGateway } from '../testing/test-gateway.ts';

/**
 * Hostile bytes on the players' port, made from a seed that is printed (FUZZ_SEED repeats a run): the process lives, who plays notices
 * nothing, and nothing is left of them.
 */
const SEED = Number(process.env['FUZZ_SEED'] ?? createHash('sha256').update(randomUUID()).digest().readUInt32LE());
const ROUNDS = 150;
const random = new SeededRandom(SEED);
let gateway: TestGateway;
let gameId: string;
let bob: TestClient;

beforeAll(async () => {
  gateway = await TestGateway.start();
  gameId = await gateway.gameWith('ada', 'bob');
  bob = await gateway.play(gameId, 'bob');
  console.log(`seed ${SEED}`);
});
afterAll(() => gateway.stop());

afterEach(async () => {
  // All but Bob's.
  await until('the end of all other connections', async () => (await gateway.metric('waymark_sockets')) === 1);
  await until('every slab to be free', async () => (await gateway.metric('waymark_slabs_used')) === 0);
  await bob.more(2);
  expect([bob.closed, bob.faults]).toEqual([null, []]);
  expect((await gateway.get('/health/ready')).status).toBe(200);
  expect(await gateway.metric('waymark_closes_total', '"internal"')).toBe(0);
});

async function open(): Promise<Socket> {
  const socket = connect(gateway.running.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.resume();
  await once(socket, 'connect');
  return socket;
}

/** Leaves in one of the ways in which peers leave. */
function leave(socket: Socket): void {
  random.pick([() => socket.end(), () => socket.destroy(), () => socket.resetAndDestroy()])();
}

async function upgraded(path: string, protocols: readonly string[]): Promise<Socket> {
  const socket = await open();
  socket.write(upgradeRequest(path, protocols));
  return socket;
}

/** Bytes that look like a WebSocket frame: any opcode, masked or not, any length said, fragments, reserved bits. */
function wildFrame(): Buffer {
  const payload = Buffer.from(random.bytes(random.pick([0, 1, 16, 17, 17, 18, 125, 126, 1_024, 1_025, 3_000])));
  const first = random.pick([
    0x81,
    0x82,
    0x82,
    0x82,
    0x88,
    0x89,
    0x8a,
    0x01,
    0x02,
    0x00,
    0x80,
    0xc2,
    random.integer(256),
  ]);
  const isMasked = random.integer(8) > 0;
  const saidBytes = random.integer(10) === 0 ? random.integer(60_000) : payload.length;
  const length = saidBytes < 126 ? Buffer.from([saidBytes]) : Buffer.from([126, saidBytes >> 8, saidBytes & 255]);
  if (isMasked) length[0]! |= 0x80;
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([Buffer.from([first]), length, Buffer.alloc(isMasked ? 4 : 0), payload]);
}

it('random bytes, and halves of requests', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const socket = await open();
    const whole = Buffer.from(
      upgradeRequest(random.pick(['/play', '/watch?game=g', '/', '//', '/play?x=%']), ['waymark.v1']),
    );
    const bytes = random.pick([
      Buffer.from(random.bytes(random.integer(2_000))),
      whole.subarray(0, random.integer(whole.length)),
      Buffer.concat([whole.subarray(0, random.integer(whole.length)), Buffer.from(random.bytes(200))]),
    ]);
    socket.write(bytes);
    if (random.integer(2) === 0) await new Promise((resolve) => setImmediate(resolve));
    leave(socket);
  }
});

it('upgrades of any kind that are cut off at once', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const path = random.pick([
      '/',
      '/play',
      '/watch',
      `/watch?game=${gameId}`,
      '/other',
      '/play?profile=full',
      '*',
      'http://x/play',
    ]);
    const protocols = random.pick([['waymark.v1'], [], ['a b'], [','], ['waymark.v1', 'ticket.'.padEnd(6_000, 'x')]]);
    const socket = await upgraded(path, protocols);
    if (random.integer(2) === 0) await new Promise((resolve) => setImmediate(resolve));
    leave(socket);
  }
});

it('wild frames before the welcome, and of spectators', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const socket = await upgraded(`/watch?game=${gameId}`, ['waymark.v1']);
    for (let i = random.integer(6); i >= 0; i--) socket.write(wildFrame());
    if (random.integer(3) > 0) await Promise.race([once(socket, 'close'), once(socket, 'data')]).catch(() => undefined);
    leave(socket);
  }
});

it('wild frames of a player who plays', async () => {
  for (let round = 0; round < ROUNDS / 3; round++) {
    const client = await gateway.play(gameId, 'ada', random.pick(['', '?profile=full']));
    const { _socket: tcp } = client.socket as unknown as { readonly _socket: Socket };
    for (let i = random.integer(20); i >= 0; i--) tcp.write(wildFrame());
    if (random.integer(2) === 0) await client.more(1).catch(() => undefined);
    expect(client.faults).toEqual([]);
    client.socket.terminate();
  }
});

it('texts and moves of chance in whole messages', async () => {
  for (let round = 0; round < ROUNDS / 3; round++) {
    const client = await gateway.play(gameId, 'ada');
    for (let i = 0; i < 10; i++) {
      const move = Buffer.from(random.bytes(17));
      move[0] = 1;
      client.socket.send(
        random.pick([move, '{"type":"clock","clientTime":1e999}', '{"type":"clock","clientTime":-0}', move]),
      );
    }
    client.socket.ping();
    await Promise.race([once(client.socket, 'pong'), once(client.socket, 'close')]);
    client.socket.terminate();
  }
});
