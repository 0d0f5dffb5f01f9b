import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { epochMs } from '@waymark/base';
import {
  AuthorTokens,
  openKeyring,
  ServiceTokens,
  Sessions,
  systemClock,
  Tickets,
  systemRandom,
} from '@waymark/platform';
import { publishedQuest, questDocument, runningGame, TestCommandApp, type Asked } from '../testing/command-process.ts';

/** Who may do what, over HTTP with real tokens. */
describe('tokens', () => {
  let app: TestCommandApp;
  let keys: Awaited<ReturnType<typeof openKeyring>>;
  let questId: string;
  let gameId: string;
  const reachBody = { waypoint: 0, at: [0, 0, 0] };

  beforeAll(async () => {
    app = await TestCommandApp.start();
    keys = await openKeyring(join(app.dataDir, 'keys'));
    questId = await publishedQuest(app);
    gameId = await runningGame(app);
  });
  afterAll(() => app.stop());

  const authors = () => new AuthorTokens(keys, systemClock);
  const sessionOf = (playerId: string, game: string) =>
    new Sessions(keys, systemClock).issue({ playerId, gameId: game, row: 0, sessionId: 's1' });

  async function answers(method: string, path: string, asked: Asked, status: number, slug?: string): Promise<Headers> {
    const before = await app.position();
    const answer = await app.ask(method, path, asked);
    expect([answer.status, answer.body.type]).toEqual([status, slug === undefined ? undefined : `/problems/${slug}`]);
    if (status >= 400) expect(await app.position()).toBe(before);
    return answer.headers;
  }

  it('are asked for, and the answer says how to show one', async () => {
    for (const [method, path] of [
      ['POST', '/quests'],
      ['PUT', `/quests/${questId}`],
      ['POST', `/quests/${questId}/publish`],
      ['POST', `/quests/${questId}/retire`],
      ['POST', '/quests/validate'],
      ['POST', '/games'],
      ['POST', `/games/${gameId}/start`],
      ['DELETE', `/games/${gameId}/players/pia`],
      ['POST', `/games/${gameId}/players/pia/reach`],
    ] as const) {
      const headers = await answers(method, path, { token: null, body: reachBody }, 401, 'unauthenticated');
      expect(headers.get('www-authenticate')).toBe('Bearer realm="waymark"');
    }
  });
  it('that are none are refused', async () => {
    const headers = await answers('POST', '/games', { token: 'abc', body: {} }, 401, 'unauthenticated');
    expect(headers.get('www-authenticate')).toContain('error="invalid_token"');
    await answers(
      'POST',
      '/games',
      { token: null, headers: { authorization: 'Basic YTpi' }, body: {} },
      401,
      'unauthenticated',
    );
    await answers('POST', '/games', { token: 'x'.repeat(10_000), body: {} }, 401, 'unauthenticated');
  });
  it('that are forged are refused: another payload, another signature, no signature, another algorithm', async () => {
    const [head, payload, signature] = app.token.split('.') as [string, string, string];
    const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    for (const forged of [
      `${head}.${base64({ ...claims, sub: 'eve' })}.${signature}`,
      `${head}.${payload}.${signature.slice(0, -4)}AAAA`,
      `${base64({ alg: 'none' })}.${payload}.`,
      `${base64({ alg: 'HS256', typ: 'JWT' })}.${payload}.${signature}`,
    ]) {
      await answers('POST', '/games', { token: forged, body: { questId } }, 401, 'unauthenticated');
    }
  });
  it('that have expired are refused as such', async () => {
    const past = { now: () => epochMs(systemClock.now() - 3_600_000) };
    const expired = await new AuthorTokens(keys, past).issue('dev', ['games:operate'], 60);
    await answers('POST', '/games', { token: expired, body: { questId } }, 401, 'token-expired');
    const session = { now: () => epochMs(systemClock.now() - 30 * 24 * 3_600_000) };
    const old = await new Sessions(keys, session).issue({ playerId: 'pia', gameId, row: 0, sessionId: 's' });
    await answers('POST', `/games/${gameId}/players/pia/reach`, { token: old, body: reachBody }, 401, 'token-expired');
  });
  it('of authors must have the scope', async () => {
    const games = await authors().issue('dev', ['games:operate'], 60);
    const quests = await authors().issue('dev', ['quests:write'], 60);
    const headers = await answers('POST', '/quests', { token: games, body: questDocument() }, 403, 'forbidden');
    expect(headers.get('www-authenticate')).toContain('error="insufficient_scope", scope="quests:write"');
    await answers('POST', '/games', { token: quests, body: { questId } }, 403, 'forbidden');
    await answers('POST', `/games/${gameId}/players/pia/reach`, { token: quests, body: reachBody }, 403, 'forbidden');
  });
  it('of another author change neither quest nor game', async () => {
    const eve = await authors().issue('eve', ['quests:write', 'games:operate'], 60);
    const asked = { token: eve };
    await answers('POST', `/quests/${questId}/publish`, asked, 403, 'forbidden');
    await answers('POST', `/quests/${questId}/retire`, asked, 403, 'forbidden');
    await answers(
      'PUT',
      `/quests/${questId}`,
      { ...asked, body: questDocument(2), headers: { 'if-match': '"0"' } },
      403,
      'forbidden',
    );
    await answers('POST', `/games/${gameId}/pause`, asked, 403, 'forbidden');
    await answers('POST', `/games/${gameId}/end`, asked, 403, 'forbidden');
    await answers('POST', `/games/${gameId}/players/pia/reach`, { ...asked, body: reachBody }, 403, 'forbidden');
    await answers('DELETE', `/games/${gameId}/players/pia`, asked, 403, 'forbidden');
  });
  it('of other kinds are of no use to authors’ routes', async () => {
    const session = await sessionOf('pia', gameId);
    await answers('POST', '/games', { token: session, body: { questId } }, 403, 'forbidden');
    const service = await new ServiceTokens(keys, systemClock).current('gateway');
    await answers('POST', '/quests', { token: service, body: questDocument() }, 403, 'forbidden');
    const ticket = await new Tickets(keys, systemClock, systemRandom).issue({
      playerId: 'pia',
      gameId,
      row: 0,
      revision: 1,
    });
    await answers(
      'POST',
      `/games/${gameId}/players/pia/reach`,
      { token: ticket, body: reachBody },
      401,
      'unauthenticated',
    );
  });
  it('of a session are good for that player in that game', async () => {
    const other = await runningGame(app);
    const path = `/games/${other}/players/pia/reach`;
    await answers('POST', path, { token: await sessionOf('paul', other), body: reachBody }, 403, 'forbidden');
    await answers('POST', path, { token: await sessionOf('pia', gameId), body: reachBody }, 403, 'forbidden');
    const own = await sessionOf('pia', other);
    await answers('POST', path, { token: own, body: reachBody }, 200);
    await answers('DELETE', `/games/${other}/players/pia`, { token: own }, 200);
  });
  it('of the gateway are good for every reach', async () => {
    const service = await new ServiceTokens(keys, systemClock).current('gateway');
    const other = await runningGame(app);
    await answers('POST', `/games/${other}/players/pia/reach`, { token: service, body: reachBody }, 200);
  });
  it('of development lie where only this user can read them', async () => {
    const path = join(app.dataDir, 'dev-token');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await readFile(path, 'utf8')).trim()).toBe(app.token);
  });

  describe('for joining', () => {
    it('are not needed by who has the code, and the code must be right', async () => {
      const { body } = await app.post('/games', { questId });
      const path = `/games/${body.gameId}/players`;
      await answers('POST', path, { token: null, body: { name: 'Zoe' } }, 403, 'wrong-join-code');
      await answers('POST', path, { token: null, body: { name: 'Zoe', joinCode: 'ABCDEFGH' } }, 403, 'wrong-join-code');
      await answers('POST', path, { token: null, body: { name: 'Zoe', joinCode: body.joinCode } }, 201);
      const eve = await authors().issue('eve', ['games:operate'], 60);
      await answers('POST', path, { token: eve, body: { name: 'Eve' } }, 403, 'wrong-join-code');
      await answers('POST', path, { body: { name: 'Ada' } }, 201);
    });
    it('give the player’s own session and the owner a fresh ticket for who is in the game', async () => {
      const path = `/games/${gameId}/players`;
      const again = { playerId: 'pia', name: 'Pia' };
      const before = await app.position();
      const own = await app.ask('POST', path, { token: await sessionOf('pia', gameId), body: again });
      const owner = await app.ask('POST', path, { body: again });
      for (const { body, status } of [own, owner]) {
        expect([status, body.playerId, body.ticket.split('.').length]).toEqual([201, 'pia', 3]);
      }
      expect(own.body.ticket).not.toBe(owner.body.ticket);
      await answers('POST', path, { token: await sessionOf('paul', gameId), body: again }, 409, 'already-joined');
      await answers('POST', path, { token: null, body: again }, 409, 'already-joined');
      expect(await app.position()).toBe(before);
    });
    it('are needed to come back as a player who has left: the own session of before, or the owner’s', async () => {
      const { body } = await app.post('/games', { questId, open: true });
      const path = `/games/${body.gameId}/players`;
      const join = { body: { playerId: 'zoe', name: 'Zoe' } };
      const first = { ...join, token: null, headers: { 'idempotency-key': 'first' } };
      await answers('POST', path, first, 201);
      const own = await sessionOf('zoe', body.gameId);
      for (const token of [own, app.token]) {
        await answers('DELETE', `${path}/zoe`, { token: own }, 200);
        await answers('POST', path, { ...join, token: null }, 409, 'already-joined');
        await answers('POST', path, { ...join, token: await sessionOf('pia', body.gameId) }, 409, 'already-joined');
        const before = await app.position();
        await answers('POST', path, first, 201);
        expect(await app.position()).toBe(before);
        await answers('POST', path, { ...join, token }, 201);
        expect(await app.position()).toBe(before + 1n);
      }
    });
  });
});
