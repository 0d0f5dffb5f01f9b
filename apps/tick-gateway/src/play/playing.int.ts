import { ENDED_GAME_LINGER_MS } from '@waymark/base';
import { applyWelcome, CLOSE_CODES, createHuntState, readFrame, type Frame } from '@waymark/protocol';
import { until } from '@waymark/testing';
import { OPCODE, RawPeer } from '../testing/raw-peer.ts';
import { TestGateway } from '../testing/test-gateway.ts';
import { POINTS, SPACING_M, started } from '../testing/test-log.ts';

/** Rules FR, EV, RV, MV, TX and LV of docs/protocol.md, on a running gateway. */
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await TestGateway.start();
});
afterEach(() => expect(gateway.takeFaults()).toEqual([]));
afterAll(() => gateway.stop());

describe('FR, state frames', () => {
  it('FR4: come each tick, due one period after another, in whatever status the game is', async () => {
    const gameId = await gateway.log.game(await gateway.log.quest(), { isStarted: false });
    const client = await gateway.watch(gameId);
    await client.more(6);
    const deltas = client.frames.filter((frame) => frame.kind === 'delta');
    for (const [before, after] of deltas.slice(1).map((frame, i) => [deltas[i]!, frame] as const)) {
      const ticks = after.header.tick - before.header.tick;
      expect(ticks).toBeGreaterThanOrEqual(1);
      expect(after.header.dueAt - before.header.dueAt).toBeCloseTo(50 * ticks, 3);
      expect(after.header.sequence).toBe(before.header.sequence + 1);
      expect(after.header.sentAfterMs).toBeGreaterThanOrEqual(0);
    }
    expect(client.state.status).toBe('scheduled');
    await gateway.log.append(gameId, started());
    await until('the start', () => client.state.status === 'running');
    expect(client.state.startedAt).not.toBeNull();
    await client.more(1);
  });

  it('FR2 and FR3: a keyframe holds every row, a delta those that changed', async () => {
    const gameId = await gateway.gameWith('ada', 'bob', 'cleo');
    const watcher = await gateway.watch(gameId);
    expect(watcher.keyframes[0]).toMatchObject({
      players: [{ row: 0 }, { row: 1 }, { row: 2 }],
      game: { waypointCount: 3, windowRow: null },
      window: [],
    });
    const bob = await gateway.play(gameId, 'bob');
    await bob.moved(10, 1, 2);
    await until('the move', () => watcher.state.players[1]?.placed === true);
    expect(watcher.state.players[1]).toMatchObject({ x: 10, y: 1, z: 2, connected: true, moveSequence: 1 });
    await watcher.more(2, ['delta']);
    const seen = watcher.frames.length;
    await bob.moved(11, 1, 2);
    await until('the move', () => watcher.state.players[1]?.moveSequence === 2);
    const later = watcher.frames.slice(seen).flatMap((frame) => (frame.kind === 'delta' ? frame.players : []));
    expect(later.map(({ row, x }) => [row, x])).toEqual([[1, 11]]);
    bob.close();
    await until('the end of its socket', () => watcher.state.players[1]?.connected === false);
  });

  it('HS2 and RV4: in the full profile each stands alone, with the window of its player, within 4,096 bytes', async () => {
    const gameId = await gateway.log.game(await gateway.log.quest({ waypointCount: 200 }));
    for (let row = 0; row < 64; row++) await gateway.log.join(gameId, `player-${row}`, row);
    const client = await gateway.play(gameId, 'player-5', '?profile=full');
    const sizes: number[] = [];
    const alone: Frame[] = [];
    client.socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) return;
      sizes.push(data.length);
      const frame = readFrame(new Uint8Array(data));
      if (frame.kind === 'keyframe') alone.push(frame);
    });
    await until('full frames', () => alone.length >= 3);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4_096);
    expect(alone.at(-1)).toMatchObject({ header: { playerCount: 64 }, game: { windowRow: 5 } });
    expect(client.state.window.size).toBe(64);
    expect(client.frames.some((frame) => frame.kind === 'delta')).toBe(false);
    const fresh = createHuntState();
    applyWelcome(fresh, client.welcome);
    expect(fresh.players).toHaveLength(64);
  });

  it('of a spectator in the full profile have no window', async () => {
    const gameId = await gateway.gameWith('ada');
    const client = await gateway.watch(gameId, '&profile=full');
    await client.more(2);
    expect(client.keyframes.length).toBeGreaterThanOrEqual(3);
    expect(client.keyframes.every(({ window, game }) => window.length === 0 && game.windowRow === null)).toBe(true);
  });
});

describe('FR5 and EV1, events', () => {
  it('come between the ticks, with the time at which the command was sent (LM3)', async () => {
    const gameId = await gateway.gameWith('ada');
    const client = await gateway.watch(gameId);
    const sentAt = Date.now() - 3.25;
    const position = await gateway.log.appendSent(gameId, sentAt, { type: 'GamePaused', data: { at: Date.now() } });
    await until('the event', () => client.events.length === 1);
    const [event] = client.events;
    expect(event).toMatchObject({ header: { revision: 3 }, event: { type: 'GamePaused', sentAt, position } });
    expect(client.state.status).toBe('paused');
  });

  it('without that time say so', async () => {
    const gameId = await gateway.gameWith('ada');
    const client = await gateway.watch(gameId);
    await gateway.log.append(gameId, { type: 'GamePaused', data: { at: Date.now() } });
    await until('the event', () => client.events.length === 1);
    expect(client.events[0]!.event.sentAt).toBeNull();
  });

  it('FR7: of one append come in its order, and frames never overtake them', async () => {
    const gameId = await gateway.gameWith('ada');
    const clients = [
      await gateway.watch(gameId),
      await gateway.play(gameId, 'ada'),
      await gateway.watch(gameId, '&profile=full'),
    ];
    await gateway.log.pauses(gameId, 20);
    for (const client of clients) {
      await until('all events', () => client.events.length === 40);
      expect(client.events.map(({ header }) => header.revision)).toEqual(Array.from({ length: 40 }, (_, i) => i + 3));
    }
  });

  it('tell who joined and who left', async () => {
    const gameId = await gateway.gameWith('ada');
    const client = await gateway.watch(gameId);
    await gateway.log.join(gameId, 'bob', 1, 'Bób 🗝️');
    await gateway.log.leave(gameId, 'bob', 1);
    await until('both', () => client.events.length === 2);
    expect(client.state.players[1]).toMatchObject({ playerId: 'bob', name: 'Bób 🗝️', present: false });
  });

  it('that end a game are followed by 4503, after its players have seen the end', async () => {
    const gameId = await gateway.gameWith('ada');
    const ada = await gateway.play(gameId, 'ada');
    const watcher = await gateway.watch(gameId);
    const endedAt = performance.now();
    await gateway.log.append(gameId, {
      type: 'GameEnded',
      data: { at: Date.now(), reason: 'treasure', winnerId: 'ada' },
    });
    await until('the event', () => ada.events.length === 1);
    expect(ada.events[0]).toMatchObject({ event: { type: 'GameEnded', reason: 'treasure', row: 0, playerId: 'ada' } });
    const late = await gateway.watch(gameId);
    expect(late.welcome.status).toBe('ended');
    for (const client of [ada, watcher, late]) expect((await client.closing()).code).toBe(4503);
    expect(performance.now() - endedAt).toBeGreaterThanOrEqual(ENDED_GAME_LINGER_MS - 50);
    expect(ada.received.at(-1)).toMatchObject({ kind: 'text', message: { type: 'bye', code: 4503 } });
  });
});

describe('MV, moves', () => {
  it('MV2: an old one is passed over', async () => {
    const gameId = await gateway.gameWith('ada');
    const client = await gateway.play(gameId, 'ada');
    await client.moved(1);
    client.move(2, 0, 0, 10);
    client.move(3, 0, 0, 10);
    client.move(3, 0, 0, 4);
    await until('the newer', () => client.self.moveSequence === 10);
    await client.more(2);
    expect(client.self.x).toBe(2);
    expect(client.text('error')).toBeNull();
  });

  it('MV4: too fast is an error that names the move, and the place stays', async () => {
    const gameId = await gateway.gameWith('ada');
    const client = await gateway.play(gameId, 'ada');
    await client.moved(0);
    const sequence = client.move(500);
    const error = await until('the error', () => client.text('error'));
    expect(error).toMatchObject({ code: 'move-too-fast', temporary: true, sequence });
    await client.more(2);
    expect(client.self).toMatchObject({ x: 0, moveSequence: 1 });
    await client.moved(1);
  });

  it.each([
    [100_001, 0, 0],
    [0, -1e6, 0],
    [0, 0, 3.4e38],
  ])('beyond the world (%d, %d, %d) is an error that says it will not work later either', async (x, y, z) => {
    const gameId = await gateway.gameWith('ada');
    const client = await gateway.play(gameId, 'ada');
    const sequence = client.move(x, y, z);
    const error = await until('the error', () => client.text('error'));
    expect(error).toMatchObject({ code: 'move-out-of-bounds', temporary: false, sequence });
    await client.more(1);
    expect(client.self.placed).toBe(false);
  });

  it('while the game does not run is an error', async () => {
    const gameId = await gateway.gameWith('ada');
    const client = await gateway.play(gameId, 'ada');
    await gateway.log.append(gameId, { type: 'GamePaused', data: { at: Date.now() } });
    await until('the pause', () => client.state.status === 'paused');
    client.move(1);
    expect(await until('the error', () => client.text('error'))).toMatchObject({ code: 'game-not-running' });
  });

  it('MV6: into a waypoint reaches it: the command is sent, everybody gets the event, and the player the next clue', async () => {
    const clues = new Map([
      [0, 'by the well'],
      [1, 'under the oak'],
    ]);
    const gameId = await gateway.log.game(await gateway.log.quest({ waypointCount: 70, clues }));
    await gateway.log.join(gameId, 'ada', 0);
    await gateway.log.join(gameId, 'bob', 1);
    gateway.command.answer = async ({ body }) => {
      await gateway.log.reach(gameId, { playerId: 'ada', row: 0, score: POINTS }, body.waypoint);
      return { status: 200 };
    };
    const ada = await gateway.play(gameId, 'ada');
    const bob = await gateway.play(gameId, 'bob');
    expect(ada.state.window.get(0)).toMatchObject({ clue: 'by the well' });
    expect(ada.state.window.get(1)).toMatchObject({ clue: '' });
    ada.move(SPACING_M + 1);
    await until('the event', () => ada.events.length === 1 && bob.events.length === 1);
    expect(bob.events[0]).toMatchObject({
      event: { type: 'WaypointReached', row: 0, waypoint: 0, points: POINTS, score: POINTS },
    });
    await until('the reveal', () => ada.state.window.has(64));
    expect([...ada.state.window.keys()].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, i) => i + 1));
    expect(ada.state.window.get(1)).toMatchObject({ clue: 'under the oak' });
    expect(bob.state.window.has(64)).toBe(false);
    await until('the state', () => ada.self.nextWaypoint === 1);
    expect(ada.self).toMatchObject({ reachedCount: 1, score: POINTS });
    expect(gateway.command.asked.at(-1)).toMatchObject({
      path: `/games/${gameId}/players/ada/reach`,
      idempotencyKey: 'reach:ada:0',
      isTrusted: true,
      body: { waypoint: 0, at: [SPACING_M + 1, 0, 0] },
    });
  });

  it('into a waypoint whose reach is refused tells the player why', async () => {
    const gameId = await gateway.gameWith('ada');
    gateway.command.answer = () => ({ status: 409, body: { type: '/problems/x', detail: 'not now' } });
    const client = await gateway.play(gameId, 'ada');
    client.move(SPACING_M);
    expect(await until('the error', () => client.text('error'))).toMatchObject({
      code: 'reach-refused',
      message: 'not now',
    });
  });
});

describe('what waymark.v1 does not have ends the connection (TX3, MV1)', () => {
  const BAD: [string, string | Uint8Array][] = [
    ['a text that is no JSON', 'hello'],
    ['a text of another type', '{"type":"move"}'],
    ['a text with a field more', '{"type":"clock","clientTime":1,"x":1}'],
    ['a text without its time', '{"type":"clock"}'],
    ['a list', '[]'],
    ['an empty text', ''],
    ['an empty binary message', new Uint8Array()],
    ['a move of 16 bytes', new Uint8Array(16).fill(1)],
    ['a move of 18 bytes', new Uint8Array(18).fill(1)],
    ['a move of another kind', new Uint8Array(17).fill(2)],
    ['a move with NaN', moveBytes(Number.NaN)],
    ['a move with an infinity', moveBytes(Number.POSITIVE_INFINITY)],
  ];

  it.each(BAD)('%s: 4500, and nothing comes after the goodbye', async (_name, message) => {
    const gameId = await gateway.gameWith('ada');
    const client = await gateway.play(gameId, 'ada');
    client.socket.send(message);
    client.socket.send('{"type":"clock","clientTime":5}');
    const { code, reason } = await client.closing();
    expect([code, reason.length > 0]).toEqual([4500, true]);
    expect(client.received.at(-1)).toMatchObject({ kind: 'text', message: { type: 'bye', code: 4500 } });
  });

  it('a client that does not answer the close frame gets nothing after it, and is cut off', async () => {
    const gameId = await gateway.gameWith('ada');
    const peer = await RawPeer.open(gateway.running.port, `/watch?game=${gameId}`, ['waymark.v1']);
    await until('frames', () => peer.frames.length > 2);
    peer.send(OPCODE.text, 'nonsense');
    await until('the end', () => peer.socket.readableEnded || peer.socket.destroyed);
    const opcodes = peer.frames.map(({ opcode }) => opcode);
    expect(opcodes.slice(opcodes.lastIndexOf(OPCODE.text))).toEqual([OPCODE.text, OPCODE.close]);
    expect(peer.frames.at(-1)!.payload.readUInt16BE(0)).toBe(4500);
    peer.socket.destroy();
  });

  it('HS6: a binary message of a spectator: 4500', async () => {
    const client = await gateway.watch(await gateway.gameWith('ada'));
    client.socket.send(moveBytes(1));
    expect((await client.closing()).code).toBe(4500);
  });

  it('CL4: a message in more than 16 fragments: 1008', async () => {
    const client = await gateway.play(await gateway.gameWith('ada'), 'ada');
    for (let i = 0; i <= 16; i++) client.socket.send('', { fin: false });
    expect((await client.closing()).code).toBe(1008);
  });

  it('MV5: a message of more than 1 KiB: 1009', async () => {
    const client = await gateway.play(await gateway.gameWith('ada'), 'ada');
    client.socket.send(Buffer.alloc(1_025));
    expect((await client.closing()).code).toBe(1009);
  });

  it('MV5: more than the burst allows: 4006, with the time to come back', async () => {
    const client = await gateway.play(await gateway.gameWith('ada'), 'ada');
    for (let i = 0; i < 120; i++) client.move(0);
    expect((await client.closing()).code).toBe(4006);
    expect(client.text('bye')).toMatchObject({ code: 4006, retryAfterMs: 1_000 });
  });

  it.each(['ping', 'pong'] as const)('MV5: a %s that nobody asked for counts as a message', async (kind) => {
    const client = await gateway.play(await gateway.gameWith('ada'), 'ada');
    for (let i = 0; i < 150; i++) client.socket[kind]();
    expect((await client.closing()).code).toBe(4006);
    expect(client.text('bye')).toMatchObject({ code: 4006, retryAfterMs: 1_000 });
  });

  it('one player at the limit disturbs nobody', async () => {
    const gameId = await gateway.gameWith('ada', 'bob');
    const bob = await gateway.play(gameId, 'bob');
    const ada = await gateway.play(gameId, 'ada');
    for (let i = 0; i < 90; i++) ada.move(0);
    await bob.more(3);
    expect([ada.closed, bob.closed]).toEqual([null, null]);
  });
});

it('LM2: clock texts come back with the server time', async () => {
  const client = await gateway.watch(await gateway.gameWith('ada'));
  client.socket.send('{"type":"clock","clientTime":12.5}');
  const clock = await until('the answer', () => client.text('clock'));
  expect(clock.clientTime).toBe(12.5);
  expect(Math.abs(clock.serverTime - Date.now())).toBeLessThan(5_000);
});

it('CL: every code of the table is a label of the counter of closes', async () => {
  const text = await (await fetch(`http://127.0.0.1:${gateway.running.adminPort}/metrics`)).text();
  for (const name of Object.keys(CLOSE_CODES)) expect(text).toContain(`code="${name}"`);
});

function moveBytes(x: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(17));
  view.setUint8(0, 1);
  view.setUint32(1, 1, true);
  view.setFloat32(5, x, true);
  return new Uint8Array(view.buffer);
}
