import type { FakeSocket } from '@waymark/testing';
import { FakeHunt, sampleEvent, sampleKeyframe, samplePlayer, settle } from '@waymark/testing';

import { HuntClient } from './hunt-client.ts';
import { ClosedError } from './hunt-types.ts';
import { ProblemError } from './http-errors.ts';

const COMMAND_URL = 'http://command.test:3000/';

function newClient(hunt: FakeHunt, options: object = {}): HuntClient {
  return new HuntClient({ commandUrl: COMMAND_URL, ...hunt.environment, ...options });
}

/** A client that has joined and holds revision 7, sequence 100. */
async function joined(hunt: FakeHunt): Promise<{ client: HuntClient; socket: FakeSocket }> {
  const client = newClient(hunt);
  const joining = client.join({ gameId: 'game-1', name: 'Ada', joinCode: 'KEY' });
  await settle();
  const socket = hunt.network.latest;
  hunt.welcome(socket);
  hunt.send(socket, { revision: 7, sequence: 100 }, sampleKeyframe());
  await joining;
  return { client, socket };
}

describe('joining', () => {
  it('HS1: posts the join with a key, and opens /play with the ticket as a subprotocol', async () => {
    const hunt = new FakeHunt(1);
    const { client, socket } = await joined(hunt);
    const [request] = hunt.http.requests;
    expect(request).toMatchObject({
      method: 'POST',
      url: 'http://command.test:3000/games/game-1/players',
      body: { name: 'Ada', joinCode: 'KEY' },
    });
    expect(request!.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
    expect(request!.headers).not.toHaveProperty('waymark-sent-at');
    expect(socket.url).toBe('ws://gateway.test:3001/play?profile=delta');
    expect(socket.protocols).toEqual(['waymark.v1', 'ticket.ticket-1']);
    expect(socket.binaryType).toBe('arraybuffer');
    expect(client.status.status).toBe('connected');
    expect(client.session).toEqual({ gameId: 'game-1', playerId: 'ada', token: 'session-token-1' });
  });

  it('an operator joins a player with a token, which stays out of the body', async () => {
    const hunt = new FakeHunt(1);
    const client = newClient(hunt);
    const joining = client.join({ gameId: 'g/1', name: 'Ada', playerId: 'ada', token: 'op' });
    await settle();
    expect(hunt.http.requests[0]).toMatchObject({
      url: 'http://command.test:3000/games/g%2F1/players',
      headers: { authorization: 'Bearer op' },
      body: { name: 'Ada', playerId: 'ada' },
    });
    client.close();
    await expect(joining).rejects.toThrow('closed by the client');
  });

  it('a refusal is a ProblemError, and the client is closed', async () => {
    const hunt = new FakeHunt(1);
    hunt.answers.push({ status: 409, body: { type: 'http://c/problems/game-full', title: 'The game is full' } });
    const client = newClient(hunt);
    const error: unknown = await client.join({ gameId: 'game-1', name: 'Ada' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProblemError);
    expect(error).toMatchObject({ status: 409, problem: 'game-full', temporary: false });
    expect(client.status.status).toBe('closed');
    expect(hunt.network.sockets).toHaveLength(0);
  });

  it('CL: a terminal code before the first frame rejects the join with that code', async () => {
    const hunt = new FakeHunt(1);
    const client = newClient(hunt);
    const joining = client.join({ gameId: 'game-1', name: 'Ada' });
    await settle();
    hunt.network.latest.accept();
    hunt.network.latest.end(4506, 'no such game');
    await expect(joining).rejects.toThrow(new ClosedError(4506, 'no such game').message);
    expect(client.status).toEqual({ status: 'closed', code: 4506, reason: 'no such game' });
  });

  it('a gateway that never answers rejects the join when its time is over', async () => {
    const hunt = new FakeHunt(1);
    const client = newClient(hunt, { connectTimeoutMs: 25_000 });
    const joining = client.join({ gameId: 'game-1', name: 'Ada' }).catch((error: unknown) => error);
    await hunt.clock.advance(25_000);
    expect(await joining).toMatchObject({ name: 'ClosedError', code: 1000 });
    expect(hunt.clock.pendingTimers).toBe(0);
  });

  it('a client that is closed while it joins asks no more', async () => {
    const hunt = new FakeHunt(1);
    hunt.answers.push('silence', new Error('ECONNREFUSED'), new Error('ECONNREFUSED'));
    for (const before of [5_000, 10_050]) {
      const client = newClient(hunt);
      const joining = client.join({ gameId: 'game-1', name: 'Ada' });
      await hunt.clock.advance(before);
      client.close();
      await expect(joining).rejects.toThrow('closed by the client');
      await settle();
      expect(hunt.clock.pendingTimers).toBe(0);
    }
    expect(hunt.http.requests.length).toBeLessThanOrEqual(4);
    expect(hunt.network.sockets.every(({ closedByClient }) => closedByClient !== null)).toBe(true);
  });

  it('a client joins once', async () => {
    const { client } = await joined(new FakeHunt(1));
    await expect(client.join({ gameId: 'game-2', name: 'Ada' })).rejects.toThrow('once');
  });
});

describe('watching', () => {
  it('HS2: opens /watch without a credential, or with the owner token', async () => {
    const hunt = new FakeHunt(1);
    for (const token of [undefined, 'jwt']) {
      const client = newClient(hunt, { gatewayUrl: 'http://g.test:3001/', profile: 'full' });
      const watching = client.watch({ gameId: 'game 1', ...(token === undefined ? {} : { token }) });
      await settle();
      const socket = hunt.network.latest;
      expect(socket.url).toBe('ws://g.test:3001/watch?game=game%201&profile=full');
      expect(socket.protocols).toEqual(token === undefined ? ['waymark.v1'] : ['waymark.v1', 'ticket.jwt']);
      hunt.welcome(socket, { session: null, sessionToken: null, playerId: null, row: null });
      hunt.send(socket, { revision: 1, sequence: 1 }, sampleKeyframe());
      expect(await watching).toMatchObject({ row: null });
      expect(client.self).toBeNull();
      expect(client.session).toBeNull();
      client.close();
    }
    expect(hunt.http.requests).toHaveLength(0);
  });

  it('CL: a spectator has no ticket to join again for, so 4502 ends it', async () => {
    const hunt = new FakeHunt(1);
    const client = newClient(hunt, { gatewayUrl: 'ws://g.test:3001' });
    const watching = client.watch({ gameId: 'g', token: 'old' }).catch((error: unknown) => error);
    await settle();
    hunt.network.latest.accept();
    hunt.network.latest.end(4502, 'expired');
    expect(await watching).toMatchObject({ code: 4502 });
  });
});

describe('playing', () => {
  it('frames, events and reveals become state, and each is told', async () => {
    const hunt = new FakeHunt(1);
    const { client, socket } = await joined(hunt);
    const told: string[] = [];
    client.on('frame', () => told.push('frame'));
    client.on('event', ({ type }, { revision, replayed }) => told.push(`${type} ${revision} ${replayed}`));
    client.on('reveal', (window) => told.push(`reveal ${window.size}`));
    client.on('state', ({ revision }) => told.push(`state ${revision}`));
    hunt.send(socket, { revision: 7, sequence: 101 }, { kind: 'delta', players: [samplePlayer({ x: 3 })] });
    const reach = sampleEvent({ type: 'WaypointReached', row: 0, waypoint: 0, points: 10, score: 10, playerId: 'ada' });
    hunt.send(socket, { revision: 8, sequence: 102 }, { kind: 'event', event: reach });
    const entry = { index: 1, x: 1, y: 2, z: 3, radius: 5, points: 10, treasure: false, clue: 'Up' };
    hunt.send(socket, { revision: 8, sequence: 102 }, { kind: 'reveal', row: 0, entries: [entry] });
    expect(told).toEqual([
      'frame',
      'state 7',
      'frame',
      'WaypointReached 8 false',
      'state 8',
      'frame',
      'reveal 1',
      'state 8',
    ]);
    expect(client.self).toMatchObject({ playerId: 'ada', name: 'Ada', x: 3, score: 10 });
    expect(client.state.window.get(1)).toMatchObject({ clue: 'Up' });
  });

  it('a listener that is taken away hears nothing more, and one that takes itself away does not rob the next', async () => {
    const hunt = new FakeHunt(1);
    const { client, socket } = await joined(hunt);
    const heard: string[] = [];
    let adding: (() => void) | null = client.on('state', () => {
      client.on('state', () => heard.push('added'));
      // Only now, so that it is the list being walked that grows.
      adding?.();
      adding = null;
    });
    const off = client.on('state', () => heard.push('always'));
    client.once('state', () => heard.push('once'));
    client.on('state', () => heard.push('last'));
    hunt.send(socket, { revision: 7, sequence: 101 }, { kind: 'delta', players: [] });
    off();
    off();
    hunt.send(socket, { revision: 7, sequence: 102 }, { kind: 'delta', players: [] });
    expect(heard).toEqual(['always', 'once', 'last', 'last', 'added']);
  });

  it('MV1: moves go out as 17 bytes with a growing sequence; without a connection they are not kept', async () => {
    const hunt = new FakeHunt(1);
    const { client, socket } = await joined(hunt);
    expect([client.move(1, 2, 3), client.move(4, 5, 6)]).toEqual([1, 2]);
    const moves = socket.sent.filter((data) => data instanceof Uint8Array);
    expect(moves.map((move) => move.length)).toEqual([17, 17]);
    expect(new DataView(moves[1]!.buffer).getUint32(1, true)).toBe(2);
    expect(new DataView(moves[1]!.buffer).getFloat32(5, true)).toBe(4);
    socket.drop();
    expect(client.move(7, 8, 9)).toBeNull();
  });

  it('TX4: an error of the server is told and the connection stays', async () => {
    const hunt = new FakeHunt(1);
    const { client, socket } = await joined(hunt);
    const errors: unknown[] = [];
    client.on('error', (error) => errors.push(error));
    const said = { type: 'error', code: 'move-too-fast', message: 'slow down', temporary: true, sequence: 4 };
    socket.sendText(said);
    socket.sendText({ type: 'news', headline: 'of a later server' });
    expect(errors).toEqual([said]);
    expect(client.status.status).toBe('connected');
  });

  it('reach and leave go over HTTP with the session token', async () => {
    const hunt = new FakeHunt(1);
    const { client, socket } = await joined(hunt);
    socket.sendText({ type: 'clock', clientTime: socket.texts()[0]!['clientTime'], serverTime: hunt.clock.now() + 70 });
    expect(await client.reach(3, [1, 2, 3])).toEqual({ revision: 9, position: 90, points: 10, score: 40 });
    await client.leave();
    expect(hunt.http.requests.slice(1)).toMatchObject([
      {
        method: 'POST',
        url: 'http://command.test:3000/games/game-1/players/ada/reach',
        headers: {
          authorization: 'Bearer session-token-1',
          'waymark-sent-at': String(hunt.clock.now() + 70),
        },
        body: { waypoint: 3, at: [1, 2, 3] },
      },
      { method: 'DELETE', url: 'http://command.test:3000/games/game-1/players/ada' },
    ]);
    expect(socket.closedByClient).toEqual({ code: 1000, reason: 'left the game' });
    expect(client.status).toMatchObject({ status: 'closed', code: 1000 });
    expect(hunt.clock.pendingTimers).toBe(0);
  });

  it('HS1: a session of an earlier stay is shown to come back', async () => {
    const hunt = new FakeHunt(1);
    const client = new HuntClient({ commandUrl: 'http://command.test:3000', ...hunt.environment });
    const join = { gameId: 'game-1', name: 'Ada', playerId: 'ada', token: 'session-token-1' };
    const joining = client.join(join).catch(() => undefined);
    await settle();
    expect(hunt.http.requests).toMatchObject([
      { method: 'POST', headers: { authorization: 'Bearer session-token-1' }, body: { name: 'Ada', playerId: 'ada' } },
    ]);
    client.close();
    await joining;
  });

  it('EV1: the next waypoint of a sequential quest is known with the event, also with one that a resume replays', async () => {
    const hunt = new FakeHunt(1);
    const { client, socket } = await joined(hunt);
    const reach = (waypoint: number, revision: number, to = socket) =>
      hunt.send(
        to,
        { revision, sequence: 93 + revision },
        { kind: 'event', event: sampleEvent({ type: 'WaypointReached', row: 0, waypoint, playerId: 'ada' }) },
      );
    reach(0, 8);
    expect(client.self!.nextWaypoint).toBe(1);
    socket.drop();
    await hunt.clock.advance(5_000);
    const { latest } = hunt.network;
    hunt.welcome(latest, { resumed: { recovered: true, fromRevision: 8, events: 1 } });
    reach(1, 9, latest);
    expect(client.self!.nextWaypoint).toBe(2);
  });

  it('LM1: lag is the server clock now, by the estimate, less when the frame was due or the command was sent', async () => {
    const hunt = new FakeHunt(1);
    const { client, socket } = await joined(hunt);
    const ahead = 5_000;
    // The first round trip takes 8 ms, and the server reads its clock in the middle of it.
    await hunt.clock.advance(4);
    const asked = socket.texts()[0]!;
    await hunt.clock.advance(4);
    socket.sendText({ type: 'clock', clientTime: asked['clientTime'], serverTime: hunt.clock.now() - 4 + ahead });
    expect(client.clockOffset().offsetMs).toBe(ahead);
    const lags: number[] = [];
    client.on('frame', (_, lagMs) => lags.push(lagMs));
    client.on('event', (_, { lagMs }) => lags.push(lagMs));
    const dueAt = hunt.clock.now() + ahead - 12;
    hunt.send(socket, { revision: 7, sequence: 101, dueAt }, { kind: 'delta', players: [] });
    const event = sampleEvent({ type: 'GamePaused', sentAt: hunt.clock.now() + ahead - 20 });
    hunt.send(socket, { revision: 8, sequence: 102, dueAt }, { kind: 'event', event });
    expect(lags).toEqual([12, 12, 20]);
  });

  it('places are drawn between the last two frames, one period in the past', async () => {
    const hunt = new FakeHunt(1);
    const { client, socket } = await joined(hunt);
    const place = { x: 0, y: 0, z: 0 };
    await hunt.clock.advance(150);
    hunt.send(socket, { revision: 7, sequence: 101 }, { kind: 'delta', players: [samplePlayer({ x: 10, y: -4 })] });
    await hunt.clock.advance(60);
    expect(client.placeOf(0, place)).toBe(true);
    expect(place.x).toBeCloseTo(4);
    expect(place.y).toBeCloseTo(-1.6);
    await hunt.clock.advance(200);
    client.placeOf(0, place);
    expect(place.x).toBe(10);
    expect(client.placeOf(1, place)).toBe(false);
  });
});
