import { epochMs } from '@waymark/base';
import { systemRandom, Tickets } from '@waymark/platform';
import { until } from '@waymark/testing';
import { SignJWT } from 'jose';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { OPCODE, RawPeer, upgradeRequest } from '../testing/raw-peer.ts';
import { TestGateway } from '../testing/test-gateway.ts';
import { OWNER } from '../testing/test-log.ts';

/** Rules HS and CL of docs/protocol.md: who is let in, who is not, and what each is told. */
let gateway: TestGateway;
let gameId: string;

beforeAll(async () => {
  gateway = await TestGateway.start();
  gameId = await gateway.gameWith('ada', 'bob');
});
afterEach(() => expect(gateway.takeFaults()).toEqual([]));
afterAll(() => gateway.stop());

/** The close code of a connection that is refused. */
async function refusal(path: string, protocols: readonly string[]): Promise<number> {
  const client = gateway.connect(path, { protocols });
  const { code } = await client.closing();
  expect(client.frames).toEqual([]);
  // TX5: the reason comes as a text too, before the close frame.
  expect(client.texts).toEqual([expect.objectContaining({ type: 'bye', code, reason: client.closed!.reason })]);
  return code;
}

describe('HS5, the first messages', () => {
  it('are for a player: welcome, keyframe, a reveal with the reset flag, then state frames', async () => {
    const client = await gateway.play(gameId, 'ada');
    await client.more(2);
    const [first, second, third] = client.received;
    expect(first).toMatchObject({ kind: 'text', message: { type: 'welcome' } });
    expect(second).toMatchObject({ kind: 'frame', frame: { kind: 'keyframe', notRecovered: false } });
    expect(third).toMatchObject({ kind: 'frame', frame: { kind: 'reveal', reset: true, row: 0 } });
    expect(client.frames.slice(2).every((frame) => frame.kind === 'delta')).toBe(true);
  });

  it('are for a spectator the same without reveals (HS6)', async () => {
    const client = await gateway.watch(gameId);
    await client.more(2);
    expect(client.frames.map((frame) => frame.kind).slice(0, 3)).toEqual(['keyframe', 'delta', 'delta']);
    expect(client.welcome).toMatchObject({ session: null, sessionToken: null, playerId: null, row: null });
  });

  it('do not begin with an answer to a clock text that came too early', async () => {
    const client = gateway.connect('/play', { protocols: await gateway.withTicket(gameId, 'ada') });
    await until('an open socket', () => client.socket.readyState === 1);
    for (let i = 0; i < 3; i++) client.socket.send('{"type":"clock","clientTime":1}');
    await client.welcomed();
    expect(client.received[0]).toMatchObject({ kind: 'text', message: { type: 'welcome' } });
  });

  it('name the game, the player and the rules in the welcome', async () => {
    const { welcome } = await gateway.play(gameId, 'bob');
    expect(welcome).toMatchObject({
      protocol: 'waymark.v1',
      gameId,
      playerId: 'bob',
      row: 1,
      profile: 'delta',
      epoch: gateway.store.logId,
      order: 'sequential',
      waypointCount: 3,
      maxSpeed: 12,
      status: 'running',
      tickPeriodMs: 50,
      drainJitterMs: 50,
      limits: { messageBytes: 1_024, messagesPerSecond: 50 },
      resumed: null,
    });
    expect(welcome.roster.map(({ playerId }) => playerId)).toEqual(['ada', 'bob']);
  });
});

describe('HS2 and HS3, the request', () => {
  it('is answered with waymark.v1 and without compression', async () => {
    const client = await gateway.watch(gameId);
    expect(client.socket.protocol).toBe('waymark.v1');
    expect(client.socket.extensions).toBe('');
  });

  it.each(['/', '/games', '/play/', '/plays', '//'])('for the path %s gets HTTP 404', async (path) => {
    const client = gateway.connect(path);
    await client.closing();
    expect(client.refusedStatus).toBe(404);
  });

  it.each([
    ['with POST', ['GET', 'POST'], 405, 'method-not-allowed', 'allow: GET'],
    ['without a key', ['Sec-WebSocket-Key', 'X-Key'], 400, 'invalid-request', 'sec-websocket-version: 13'],
    ['of version 7', ['Version: 13', 'Version: 7'], 400, 'invalid-request', 'sec-websocket-version: 13'],
    ['with a subprotocol twice', ['Protocol: a', 'Protocol: a, a'], 400, 'invalid-request', ''],
  ] as const)('%s is no handshake: a problem document', async (_, [from, to], status, slug, header) => {
    const socket = connect(gateway.running.port, '127.0.0.1').setEncoding('utf8');
    let answer = '';
    socket.on('data', (text: string) => (answer += text)).write(upgradeRequest('/play', ['a']).replace(from, to));
    await once(socket, 'close');
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head).toContain('content-type: application/problem+json');
    expect(head).toContain(header);
    expect(JSON.parse(body)).toMatchObject({ type: `/problems/${slug}`, status });
  });

  it.each([[['waymark.v2']], [['waymark.v2', 'ticket.x']], [['ticket.x']], [[]]])(
    'that offers %j and not waymark.v1 is closed with 4505',
    async (protocols) => expect(await refusal('/play', protocols)).toBe(4505),
  );

  it.each([
    'profile=none',
    'profil=full',
    'game=x',
    'profile=full&profile=full',
    'revision=1',
    'epoch=e',
    'sequence=4',
  ])('with the query %s is closed with 4500', async (query) =>
    expect(await refusal(`/play?${query}`, await gateway.withTicket(gameId, 'ada'))).toBe(4500),
  );

  it.each([
    'revision=-1&epoch=e',
    'revision=1.5&epoch=e',
    'revision=1e3&epoch=e',
    `revision=1&epoch=${'e'.repeat(65)}`,
    'epoch=e&revision=1&sequence=x',
  ])('with the resume query %s is closed with 4500', async (query) =>
    expect(await refusal(`/play?${query}`, await gateway.withTicket(gameId, 'ada'))).toBe(4500),
  );

  it('of a spectator with fields of /play is closed with 4500', async () => {
    expect(await refusal(`/watch?game=${gameId}&revision=1&epoch=e`, ['waymark.v1'])).toBe(4500);
  });
});

describe('HS4, tickets', () => {
  it('are needed: 4501 without one', async () => {
    expect(await refusal('/play', ['waymark.v1'])).toBe(4501);
  });

  it.each(['', 'x', 'a.b.c', 'x'.repeat(5_000)])('that are none (case %#) are refused with 4501', async (token) => {
    expect(await refusal('/play', ['waymark.v1', `ticket.${token}`])).toBe(4501);
  });

  it('that somebody else signed are refused with 4501', async () => {
    const forged = await new SignJWT({ sub: 'ada', game: gameId, row: 0, revision: 0, jti: 'j' })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer('waymark')
      .setAudience('waymark:ticket')
      .setExpirationTime('1m')
      .sign(createHash('sha256').update('guess').digest());
    expect(await refusal('/play', ['waymark.v1', `ticket.${forged}`])).toBe(4501);
  });

  it('are not session tokens, nor the other way round: 4501', async () => {
    const { welcome } = await gateway.play(gameId, 'ada');
    expect(await refusal('/play', ['waymark.v1', `ticket.${welcome.sessionToken}`])).toBe(4501);
    const [, ticket] = await gateway.withTicket(gameId, 'ada');
    expect(await refusal('/play', ['waymark.v1', ticket!.replace('ticket.', 'session.')])).toBe(4501);
  });

  it('open one connection: used again they are refused with 4502', async () => {
    const protocols = await gateway.withTicket(gameId, 'ada');
    await gateway.connect('/play', { protocols }).welcomed();
    expect(await refusal('/play', protocols)).toBe(4502);
  });

  it('are not used up by a refusal', async () => {
    const own = await gateway.gameWith('ada');
    await gateway.log.leave(own, 'ada', 0);
    // Of the leave: it is waited for.
    const ticket = await gateway.tickets.issue({ gameId: own, playerId: 'ada', row: 0, revision: 3 });
    const protocols = ['waymark.v1', `ticket.${ticket}`];
    expect(await refusal('/play', protocols)).toBe(4504);
    await gateway.log.join(own, 'ada', 0);
    const client = await until('the return', async () => {
      const again = gateway.connect('/play', { protocols });
      return again.welcomed().catch(() => null);
    });
    expect(client.welcome.playerId).toBe('ada');
    expect(await refusal('/play', protocols)).toBe(4502);
  });

  it('past their time are refused with 4502', async () => {
    const clock = { now: () => epochMs(Date.now() - 120_000) };
    const past = new Tickets(gateway.keyring, clock, systemRandom);
    const ticket = await past.issue({ gameId, playerId: 'ada', row: 0, revision: 0 });
    expect(await refusal('/play', ['waymark.v1', `ticket.${ticket}`])).toBe(4502);
  });
});

describe('games and players', () => {
  it('that the log does not know: 4506, at once', async () => {
    expect(await refusal('/play', await gateway.withTicket('nowhere', 'ada'))).toBe(4506);
    expect(await refusal('/watch?game=nowhere', ['waymark.v1'])).toBe(4506);
    expect(await refusal('/watch', ['waymark.v1'])).toBe(4506);
    expect(await refusal(`/watch?game=${'%'.repeat(3)}`, ['waymark.v1'])).toBe(4506);
  });

  it('of a game that ended: 4503', async () => {
    const ended = await gateway.gameWith('ada');
    const client = await gateway.play(ended, 'ada');
    await gateway.log.end(ended);
    expect((await client.closing()).code).toBe(4503);
    expect(await refusal('/play', await gateway.withTicket(ended, 'ada'))).toBe(4503);
    expect(await refusal(`/watch?game=${ended}`, ['waymark.v1'])).toBe(4503);
  });

  it('who left: 4504, and whoever is connected is sent away after the event', async () => {
    const left = await gateway.gameWith('ada', 'bob');
    const ada = await gateway.play(left, 'ada');
    const bob = await gateway.play(left, 'bob');
    await gateway.log.leave(left, 'ada', 0);
    expect((await ada.closing()).code).toBe(4504);
    expect(ada.events.at(-1)).toMatchObject({ event: { type: 'PlayerLeft', row: 0, playerId: 'ada' } });
    expect(await refusal('/play', await gateway.withTicket(left, 'ada'))).toBe(4504);
    await until('the row of who left', () => bob.state.players[0]?.present === false);
    expect(bob.closed).toBeNull();
  });

  it('that have just joined are waited for until the join is projected', async () => {
    const fresh = await gateway.log.game(await gateway.log.quest());
    const revision = 2;
    const joining = gateway.log.join(fresh, 'cleo', 0);
    const ticket = await gateway.tickets.issue({ gameId: fresh, playerId: 'cleo', row: 0, revision });
    await joining;
    const client = await gateway.connect('/play', { protocols: ['waymark.v1', `ticket.${ticket}`] }).welcomed();
    expect(client.state.revision).toBe(revision);
  });
});

describe('RS5, one connection a player', () => {
  it('is the newest: the one before is closed with 4005 and gets nothing more', async () => {
    const before = await gateway.play(gameId, 'ada');
    const after = await gateway.play(gameId, 'ada');
    expect((await before.closing()).code).toBe(4005);
    expect(before.received.at(-1)).toMatchObject({ kind: 'text', message: { type: 'bye', code: 4005 } });
    await after.more(2);
    expect(after.self).toMatchObject({ connected: true });
    expect([...after.state.window.keys()]).toEqual([0, 1, 2]);
  });
});

it('RS5: what is revealed goes to the newest, also while the one before is closing by itself', async () => {
  const own = await gateway.log.game(await gateway.log.quest({ waypointCount: 70 }));
  await gateway.log.join(own, 'ada', 0);
  const before = await RawPeer.open(gateway.running.port, '/play', await gateway.withTicket(own, 'ada'));
  await until('frames', () => before.frames.length > 2);
  before.send(OPCODE.close, Buffer.from([0x03, 0xe8]));
  await until('the answer', () => before.frames.some(({ opcode }) => opcode === OPCODE.close));
  const after = await gateway.play(own, 'ada');
  await gateway.log.reach(own, { playerId: 'ada', row: 0, score: 10 }, 0);
  await until('the reveal', () => after.state.window.has(64));
  before.socket.destroy();
});

describe('/watch of a game that is not open', () => {
  it('is for its owner alone', async () => {
    const closed = await gateway.log.game(await gateway.log.quest(), { joinCode: 'K7M2PX' });
    expect(await refusal(`/watch?game=${closed}`, ['waymark.v1'])).toBe(4501);
    const other = await gateway.authors.issue('eve', ['games:operate'], 60);
    expect(await refusal(`/watch?game=${closed}`, ['waymark.v1', `ticket.${other}`])).toBe(4501);
    expect(await refusal(`/watch?game=${closed}`, ['waymark.v1', 'ticket.nonsense'])).toBe(4501);
    const own = await gateway.authors.issue(OWNER, ['games:operate'], 60);
    const client = gateway.connect(`/watch?game=${closed}`, { protocols: ['waymark.v1', `ticket.${own}`] });
    await client.welcomed();
    expect(client.texts.map(({ type }) => type)).toEqual(['welcome']);
  });
});

it('each refusal is counted by its code', async () => {
  const before = await gateway.metric('waymark_closes_total', '"unauthorised"');
  await refusal('/play', ['waymark.v1']);
  expect(await gateway.metric('waymark_closes_total', '"unauthorised"')).toBe(before + 1);
});
