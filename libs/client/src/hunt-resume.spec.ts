import type { FakeSocket } from '@waymark/testing';
import { FakeHunt, sampleEvent, sampleKeyframe, settle } from '@waymark/testing';

import { HuntClient } from './hunt-client.ts';
import type { Drop } from './hunt-types.ts';

const STILL = { kind: 'delta', players: [] } as const;

interface Playing {
  readonly hunt: FakeHunt;
  readonly client: HuntClient;
  readonly socket: FakeSocket;
  readonly drops: Drop[];
  readonly closes: number[];
}

/** A client that holds epoch-1, revision 7, sequence 100. */
async function playing(seed = 1): Promise<Playing> {
  const hunt = new FakeHunt(seed);
  const client = new HuntClient({ commandUrl: 'http://command.test:3000', ...hunt.environment });
  const drops: Drop[] = [];
  const closes: number[] = [];
  client.on('drop', (drop) => drops.push(drop));
  client.on('close', (code) => closes.push(code));
  const joining = client.join({ gameId: 'game-1', name: 'Ada' });
  await settle();
  const socket = hunt.network.latest;
  hunt.welcome(socket);
  hunt.send(socket, { revision: 7, sequence: 100 }, sampleKeyframe());
  await joining;
  return { hunt, client, socket, drops, closes };
}

describe('coming back', () => {
  it('RS1: reconnects with the session token and what it holds', async () => {
    const { hunt, client, socket, drops } = await playing();
    socket.drop();
    expect(client.status).toMatchObject({ status: 'connecting', code: 1006 });
    expect(drops).toHaveLength(1);
    await hunt.clock.advance(100);
    const next = hunt.network.latest;
    expect(next).not.toBe(socket);
    expect(next.url).toBe('ws://gateway.test:3001/play?profile=delta&epoch=epoch-1&revision=7&sequence=100');
    expect(next.protocols).toEqual(['waymark.v1', 'session.session-token-1']);
    expect(hunt.http.requests).toHaveLength(1);
  });

  it('RS3: missed events come replayed and in order, then play goes on', async () => {
    const { hunt, client, socket } = await playing();
    socket.drop();
    await hunt.clock.advance(100);
    const told: unknown[] = [];
    client.on('resume', (resumed) => told.push(resumed));
    client.on('event', ({ type }, { revision, replayed }) => told.push([type, revision, replayed]));
    const next = hunt.network.latest;
    const resumed = { recovered: true, fromRevision: 7, events: 2 };
    hunt.welcome(next, { resumed });
    hunt.send(next, { revision: 8, sequence: 0 }, { kind: 'event', event: sampleEvent({ type: 'GamePaused' }) });
    hunt.send(next, { revision: 9, sequence: 0 }, { kind: 'event', event: sampleEvent({ type: 'GameResumed' }) });
    hunt.send(next, { revision: 9, sequence: 4 }, sampleKeyframe());
    hunt.send(next, { revision: 10, sequence: 5 }, { kind: 'event', event: sampleEvent({ type: 'GamePaused' }) });
    expect(told).toEqual([resumed, ['GamePaused', 8, true], ['GameResumed', 9, true], ['GamePaused', 10, false]]);
    expect(client.state).toMatchObject({ revision: 10, sequence: 5, status: 'paused' });
  });

  it('RS4: a resume that is not recovered says so and starts from the keyframe', async () => {
    const { hunt, client, socket } = await playing();
    socket.drop();
    await hunt.clock.advance(100);
    const told: boolean[] = [];
    client.on('resume', ({ recovered }) => told.push(recovered));
    hunt.welcome(hunt.network.latest, {
      epoch: 'epoch-2',
      resumed: { recovered: false, fromRevision: 7, events: 0 },
    });
    const keyframe = { ...sampleKeyframe(), kind: 'keyframe', notRecovered: true } as ReturnType<typeof sampleKeyframe>;
    hunt.send(hunt.network.latest, { revision: 2, sequence: 1 }, keyframe);
    expect(told).toEqual([false]);
    expect(client.state).toMatchObject({ revision: 2, synced: true });
  });

  it.each([
    ['a sequence that skips a frame', { revision: 7, sequence: 102 }, 'frame-missing'],
    ['a revision that skips an event', { revision: 8, sequence: 101 }, 'event-missing'],
    ['a frame from before', { revision: 7, sequence: 100 }, 'backwards'],
  ])('FR8: %s is not applied, and the client resumes: no silent gap', async (_, meta, reason) => {
    const { hunt, client, socket, drops } = await playing();
    let states = 0;
    client.on('state', () => (states += 1));
    hunt.send(socket, meta, STILL);
    expect(states).toBe(0);
    expect(socket.closedByClient).toEqual({ code: 1000, reason });
    expect(drops).toMatchObject([{ code: 1006, reason }]);
    // What the dead socket still delivers is not heard.
    hunt.send(socket, { revision: 7, sequence: 101 }, STILL);
    expect(states).toBe(0);
    await hunt.clock.advance(100);
    expect(hunt.network.latest.url).toContain('revision=7&sequence=100');
  });

  it('FR9: bytes that are not a frame end the connection, and the client resumes', async () => {
    const { hunt, socket, drops } = await playing();
    socket.sendBytes(new Uint8Array(41));
    expect(drops).toMatchObject([{ code: 1006 }]);
    expect(drops[0]!.reason).toContain('bad-magic');
    await hunt.clock.advance(100);
    expect(hunt.network.sockets).toHaveLength(2);
  });

  it('LV1: no frame for ten tick periods is a dead connection; frames keep it', async () => {
    const { hunt, socket, drops } = await playing();
    for (let sequence = 101; sequence < 121; sequence++) {
      await hunt.clock.advance(1_400);
      hunt.send(socket, { revision: 7, sequence }, STILL);
    }
    expect(drops).toEqual([]);
    await hunt.clock.advance(1_499);
    expect(drops).toEqual([]);
    await hunt.clock.advance(200);
    expect(drops).toMatchObject([{ code: 1006, reason: 'no frames' }]);
  });

  it('LV1: an ended game has no ticks, and waits for its 4503', async () => {
    const { hunt, socket, drops, closes } = await playing();
    const event = sampleEvent({ type: 'GameEnded', reason: 'operator' });
    hunt.send(socket, { revision: 8, sequence: 101, status: 'ended' }, { kind: 'event', event });
    await hunt.clock.advance(5_000);
    expect(drops).toEqual([]);
    socket.end(4503, 'the game has ended');
    expect(closes).toEqual([4503]);
  });

  it('a socket that opens and never says welcome is given up after ten seconds', async () => {
    const { hunt, socket, drops } = await playing();
    socket.drop();
    await hunt.clock.advance(100);
    hunt.network.latest.accept();
    await hunt.clock.advance(10_000);
    expect(drops.map((drop) => drop.reason)).toEqual(['', 'no welcome']);
  });
});

describe('the wait before coming back', () => {
  it('BO1: is spread over 0 to 100 ms x 2^n, at most 5 s, and starts again after 5 good seconds', async () => {
    const { hunt, client, socket, drops } = await playing(7);
    socket.drop();
    for (let attempt = 1; attempt < 60; attempt++) {
      await hunt.clock.advance(drops.at(-1)!.retryInMs);
      hunt.network.latest.drop();
    }
    expect(hunt.network.sockets).toHaveLength(60);
    drops.forEach(({ retryInMs }, attempt) => {
      expect(retryInMs).toBeGreaterThanOrEqual(0);
      expect(retryInMs).toBeLessThan(Math.min(5_000, 100 * 2 ** attempt));
    });
    const late = drops.slice(10).map((drop) => drop.retryInMs);
    expect(Math.min(...late)).toBeLessThan(500);
    expect(Math.max(...late)).toBeGreaterThan(4_500);

    await hunt.clock.advance(drops.at(-1)!.retryInMs);
    hunt.welcome(hunt.network.latest, { resumed: { recovered: true, fromRevision: 7, events: 0 } });
    for (let sequence = 1; sequence <= 6; sequence++) {
      hunt.send(hunt.network.latest, { revision: 7, sequence }, sequence === 1 ? sampleKeyframe() : STILL);
      await hunt.clock.advance(1_000);
    }
    expect(client.status.status).toBe('connected');
    hunt.network.latest.drop();
    expect(drops.at(-1)!.retryInMs).toBeLessThan(100);
  });

  it('BO1: a server that welcomes and drops at once does not reset it', async () => {
    const { hunt, socket, drops } = await playing(3);
    let current = socket;
    for (let round = 0; round < 8; round++) {
      current.end(4003, 'slow');
      await hunt.clock.advance(drops.at(-1)!.retryInMs);
      current = hunt.network.latest;
      hunt.welcome(current, { resumed: { recovered: true, fromRevision: 7, events: 0 } });
      hunt.send(current, { revision: 7, sequence: 1 }, sampleKeyframe());
    }
    current.end(4003, 'slow');
    expect(Math.max(...drops.slice(5).map((drop) => drop.retryInMs))).toBeGreaterThan(1_000);
  });

  it('CL3: a draining gateway says when and where', async () => {
    const { hunt, socket, drops } = await playing();
    socket.sendText({ type: 'bye', code: 4001, reason: 'draining', retryAfterMs: 740, endpoint: 'ws://other.test:9' });
    socket.end(4001, 'draining');
    expect(drops[0]!.retryInMs).toBe(740);
    await hunt.clock.advance(740);
    expect(hunt.network.latest.url).toContain('ws://other.test:9/play?');
    // Where nobody welcomes us, we go back to the address we know.
    hunt.network.latest.drop();
    await hunt.clock.advance(5_000);
    expect(hunt.network.sockets[2]!.url).toContain('ws://gateway.test:3001/play?');
  });

  it('CL3: without a time in bye, a part of the drain jitter', async () => {
    const { socket, drops } = await playing(11);
    socket.end(4001, 'draining');
    expect(drops[0]!.retryInMs).toBeGreaterThan(100);
    expect(drops[0]!.retryInMs).toBeLessThan(2_000);
  });

  it('CL3: a gateway that drains before it welcomed anybody is met with backoff, not with haste', async () => {
    const hunt = new FakeHunt(1);
    const client = new HuntClient({ commandUrl: 'http://command.test:3000', ...hunt.environment });
    const joining = client.join({ gameId: 'game-1', name: 'Ada' }).catch((error: unknown) => error);
    for (let step = 0; step < 25_000; step += 10) {
      await hunt.clock.advance(10);
      const { latest } = hunt.network;
      if (latest.readyState === 0) latest.end(4001, 'draining');
    }
    expect(hunt.network.sockets.length).toBeLessThan(30);
    client.close();
    await joining;
  });

  it('CL3: bye may ask for a longer wait with any code', async () => {
    const { socket, drops } = await playing();
    socket.sendText({ type: 'bye', code: 1013, reason: 'overloaded', retryAfterMs: 9_000 });
    socket.end(1013, 'overloaded');
    expect(drops[0]!.retryInMs).toBe(9_000);
  });
});

describe('codes that end it', () => {
  it.each([4005, 4500, 4501, 4503, 4504, 4505, 4506, 4507, 1002, 1008, 4599])(
    'CL2: %i is not tried again',
    async (code) => {
      const { hunt, client, socket, drops, closes } = await playing();
      socket.end(code, 'why');
      await hunt.clock.advance(60_000);
      expect(hunt.network.sockets).toHaveLength(1);
      expect(drops).toEqual([]);
      expect(closes).toEqual([code]);
      expect(client.status).toEqual({ status: 'closed', code, reason: 'why' });
      expect(hunt.clock.pendingTimers).toBe(0);
    },
  );

  it.each([1001, 1006, 1011, 1012, 1013, 4001, 4003, 4004, 4006, 4007])('CL2: %i is tried again', async (code) => {
    const { hunt, socket, drops } = await playing();
    socket.end(code, 'why');
    await hunt.clock.advance(2_000);
    expect(drops).toHaveLength(1);
    expect(hunt.network.sockets).toHaveLength(2);
  });

  it('RS5: superseded, a client leaves the field to the newer connection', async () => {
    const { hunt, socket, closes } = await playing();
    socket.end(4005, 'a newer connection took over');
    await hunt.clock.advance(60_000);
    expect(hunt.network.sockets).toHaveLength(1);
    expect(closes).toEqual([4005]);
  });

  it('a client that is closed while it waits does not come back', async () => {
    const { hunt, client, socket, closes } = await playing();
    socket.drop();
    client.close();
    client.close();
    await hunt.clock.advance(60_000);
    expect(hunt.network.sockets).toHaveLength(1);
    expect(closes).toEqual([1000]);
  });
});

describe('joining again', () => {
  it('HS4: an expired ticket is changed for a new one by the same join, with the same key', async () => {
    const hunt = new FakeHunt(1);
    const client = new HuntClient({ commandUrl: 'http://command.test:3000', ...hunt.environment });
    const joining = client.join({ gameId: 'game-1', name: 'Ada' });
    await settle();
    hunt.network.latest.accept();
    hunt.network.latest.end(4502, 'the ticket has expired');
    await hunt.clock.advance(100);
    expect(hunt.network.latest.protocols).toEqual(['waymark.v1', 'ticket.ticket-2']);
    const keys = hunt.http.requests.map((request) => request.headers['idempotency-key']);
    expect(keys).toEqual([keys[0], keys[0]]);
    hunt.welcome(hunt.network.latest);
    hunt.send(hunt.network.latest, { revision: 7, sequence: 1 }, sampleKeyframe());
    await joining;
  });

  it('a ticket that may not have been used is tried again before a new one is asked for', async () => {
    const hunt = new FakeHunt(1);
    const client = new HuntClient({ commandUrl: 'http://command.test:3000', ...hunt.environment });
    const joining = client.join({ gameId: 'game-1', name: 'Ada' });
    await settle();
    hunt.network.latest.drop();
    await hunt.clock.advance(100);
    expect(hunt.network.latest.protocols).toEqual(['waymark.v1', 'ticket.ticket-1']);
    client.close();
    await expect(joining).rejects.toThrow('closed by the client');
  });

  it('SG6: after two connections that nobody welcomed it asks where the game is played now, and resumes there', async () => {
    const { hunt, client, socket } = await playing();
    const moved = { playerId: 'ada', ticket: 'ticket-9', gatewayUrl: 'ws://other.test:9', revision: 7 };
    socket.drop();
    await hunt.clock.advance(5_000);
    hunt.network.latest.drop();
    hunt.answers.push({ status: 201, body: moved });
    await hunt.clock.advance(5_000);
    expect(hunt.network.sockets).toHaveLength(3);
    expect(hunt.http.requests).toHaveLength(1);
    hunt.network.latest.drop();
    await hunt.clock.advance(5_000);
    const { protocols, url } = hunt.network.latest;
    expect(url).toBe('ws://other.test:9/play?profile=delta&epoch=epoch-1&revision=7&sequence=100');
    expect(protocols).toEqual(['waymark.v1', 'session.session-token-1']);
    const keys = hunt.http.requests.map((request) => request.headers['idempotency-key']);
    expect(keys).toEqual([keys[0], keys[0]]);
    // Where it was welcomed it comes back without a question.
    hunt.welcome(hunt.network.latest, { resumed: { recovered: true, fromRevision: 7, events: 0 } });
    hunt.network.latest.drop();
    await hunt.clock.advance(5_000);
    expect(hunt.network.latest.url).toContain('ws://other.test:9/play?');
    expect(hunt.http.requests).toHaveLength(2);
    client.close();
  });

  it.each([
    ['is away', new Error('ECONNREFUSED')],
    ['is silent', 'silence' as const],
    ['refuses', { status: 409, body: { type: '/problems/game-ended' } }],
  ])('SG6: a command app that %s keeps nobody from the gateway that is known', async (_, answer) => {
    const { hunt, client, socket, closes } = await playing();
    hunt.answers.push(...Array.from({ length: 20 }, () => answer));
    socket.drop();
    for (let attempt = 0; attempt < 6; attempt++) {
      await hunt.clock.advance(5_000);
      expect(hunt.network.latest.url).toContain('ws://gateway.test:3001/play?profile=delta&epoch=epoch-1');
      if (attempt < 5) hunt.network.latest.drop();
    }
    expect(hunt.http.requests.length).toBeGreaterThan(1);
    hunt.welcome(hunt.network.latest, { resumed: { recovered: true, fromRevision: 7, events: 0 } });
    expect([client.status.status, closes]).toEqual(['connected', []]);
  });

  it('RS6: a session that cannot be resumed is given up for a new ticket', async () => {
    const { hunt, socket } = await playing();
    socket.end(4002, 'session expired');
    await hunt.clock.advance(100);
    expect(hunt.network.latest.protocols).toEqual(['waymark.v1', 'ticket.ticket-2']);
    expect(hunt.network.latest.url).toBe('ws://gateway.test:3001/play?profile=delta');
  });

  it('a command app that is away is asked again; one that refuses ends it', async () => {
    const { hunt, client, socket, closes } = await playing();
    hunt.answers.push(...Array.from({ length: 5 }, () => new Error('ECONNREFUSED')));
    socket.end(4002, 'session expired');
    await hunt.clock.advance(20_000);
    expect(hunt.network.latest.protocols).toEqual(['waymark.v1', 'ticket.ticket-2']);
    hunt.answers.push({ status: 409, body: { type: '/problems/already-joined' } });
    hunt.network.latest.accept();
    hunt.network.latest.end(4502, 'used');
    await hunt.clock.advance(5_000);
    expect(closes).toEqual([4502]);
    expect(client.status.reason).toContain('already-joined');
  });
});
