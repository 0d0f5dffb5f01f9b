import { PROBLEMS } from '@waymark/platform';
import { until } from '@waymark/testing';
import { readdir, readFile } from 'node:fs/promises';
import { request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { TestGateway } from '../testing/test-gateway.ts';
import { OWNER, POINTS, RADIUS_M, SPACING_M, type TestQuest } from '../testing/test-log.ts';

/** The read API of a running gateway: what it tells, to whom, and what it answers to requests that make no sense. */
let gateway: TestGateway;
let quest: TestQuest;
let gameId: string;

beforeAll(async () => {
  gateway = await TestGateway.start();
  quest = await gateway.log.quest({ waypointCount: 3 });
  gameId = await gateway.log.game(quest, { joinCode: 'K7M2PX' });
  await gateway.log.join(gameId, 'ada', 0, 'Ada');
  await gateway.log.join(gameId, 'bob', 1, 'Bob');
  const position = await gateway.log.reach(gameId, { playerId: 'bob', row: 1, score: POINTS }, 0);
  await gateway.get(`/games?atLeast=${position}`);
});
afterAll(() => gateway.stop());

describe('GET /quests', () => {
  it('lists what is published, in pages that join up', async () => {
    const more = [await gateway.log.quest(), await gateway.log.quest()].map(({ questId }) => questId);
    const position = Number(await gateway.store.lastPosition());
    const first = await gateway.get(`/quests?limit=2&atLeast=${position}`);
    expect(first.body.quests.map(({ questId }: TestQuest) => questId)).toEqual([quest.questId, more[0]]);
    expect(first.body.position).toBeGreaterThanOrEqual(position);
    const second = await gateway.get(`/quests?limit=2&after=${first.body.next}`);
    expect(second.body).toMatchObject({ quests: [{ questId: more[1] }], next: null });
  });

  it('leaves out drafts', async () => {
    const { body } = await gateway.get('/quests');
    expect(body.quests.every((entry: { latestVersion: number }) => entry.latestVersion >= 1)).toBe(true);
  });

  it('tells a quest and its versions without waypoints, clues or author', async () => {
    const { status, body } = await gateway.get(`/quests/${quest.questId}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      questId: quest.questId,
      waypointCount: 3,
      versions: [{ version: 1, waypointCount: 3 }],
    });
    const version = await gateway.get(`/quests/${quest.questId}/versions/1`);
    expect(version.body).toMatchObject({ questId: quest.questId, version: 1, order: 'sequential' });
    for (const text of [JSON.stringify(body), JSON.stringify(version.body)]) {
      expect(text).not.toContain(OWNER);
      expect(text).not.toMatch(/places|revision/);
    }
  });

  it.each([
    ['/quests/nowhere', 'quest-not-found'],
    ['/quests/nowhere/versions/1', 'quest-not-found'],
    ['/quests/QUEST/versions/2', 'version-not-found'],
    ['/quests/QUEST/versions/0', 'version-not-found'],
    ['/quests/QUEST/versions/1x', 'version-not-found'],
    ['/quests/QUEST/versions/9999999999', 'version-not-found'],
  ])('%s is 404 %s', async (path, slug) => {
    const { status, body } = await gateway.get(path.replace('QUEST', quest.questId));
    expect([status, body.type]).toEqual([404, `/problems/${slug}`]);
  });
});

describe('waypoints.bin', () => {
  const path = (): string => `/quests/${quest.questId}/versions/1/waypoints.bin`;

  it('is for its author: 401 without a token, 403 for another', async () => {
    expect((await gateway.get(path())).status).toBe(401);
    expect((await gateway.get(path(), { authorization: 'Bearer x.y.z' })).status).toBe(401);
    expect((await gateway.get(path(), { authorization: 'Basic YTpi' })).status).toBe(401);
    expect((await gateway.get(path(), await gateway.bearer('eve'))).status).toBe(403);
  });

  it('holds x, y, z and radius of each waypoint as float32', async () => {
    const response = await fetch(gateway.url(path()), { headers: await gateway.bearer() });
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(response.headers.get('cache-control')).toContain('immutable');
    const view = new DataView(await response.arrayBuffer());
    expect(view.byteLength).toBe(3 * 16);
    for (let i = 0; i < 3; i++) {
      const place = [0, 4, 8, 12].map((offset) => view.getFloat32(16 * i + offset, true));
      expect(place).toEqual([SPACING_M * (i + 1), 0, 0, RADIUS_M]);
    }
  });

  it('has its content hash as ETag, and is not sent again to who has it', async () => {
    const owner = await gateway.bearer();
    const etag = (await gateway.get(path(), owner)).headers.get('etag')!;
    expect(etag).toMatch(/^"sha256-[0-9a-f]{64}"$/);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await gateway.get(path(), { ...owner, 'if-none-match': known });
      expect([again.status, again.body]).toEqual([304, '']);
    }
    expect((await gateway.get(path(), { ...owner, 'if-none-match': '"other"' })).status).toBe(200);
    expect((await gateway.get(path(), { 'if-none-match': etag })).status).toBe(401);
  });
});

describe('GET /games', () => {
  it('tells a game without its join code and its owner', async () => {
    const { body } = await gateway.get(`/games/${gameId}`);
    expect(body).toMatchObject({ gameId, status: 'running', open: false, playerCount: 2, questId: quest.questId });
    expect(body.startedAt).toMatch(/^\d{4}-.*Z$/);
    const list = await gateway.get('/games?status=running');
    expect(list.body.games.map((game: { gameId: string }) => game.gameId)).toContain(gameId);
    for (const text of [JSON.stringify(body), JSON.stringify(list.body)]) expect(text).not.toMatch(/K7M2PX|mara/);
  });

  it('does not list the game that readiness watches', async () => {
    const { body } = await gateway.get('/games');
    expect(JSON.stringify(body)).not.toContain('canary');
    expect(await gateway.metric('waymark_games_live')).toBe(
      body.games.filter((game: { status: string }) => game.status !== 'ended').length,
    );
  });

  it('filters by status', async () => {
    const ended = await gateway.log.game(quest);
    const position = await gateway.log.end(ended);
    const { body } = await gateway.get(`/games?status=ended&atLeast=${position}`);
    expect(body.games.map((game: { gameId: string }) => game.gameId)).toEqual([ended]);
  });

  it('scores are best first, of a live game and of one that has ended', async () => {
    const own = await gateway.log.game(quest);
    for (const [row, name] of ['ada', 'bob', 'cleo'].entries()) await gateway.log.join(own, name, row);
    await gateway.log.reach(own, { playerId: 'bob', row: 1, score: POINTS }, 0);
    let position = await gateway.log.leave(own, 'cleo', 2);
    const live = await gateway.get(`/games/${own}/scores?atLeast=${position}`);
    expect(live.body).toMatchObject({ gameId: own, revision: 6, status: 'running' });
    expect(live.body.scores).toEqual([
      { playerId: 'bob', name: 'bob', row: 1, present: true, score: POINTS, reachedCount: 1 },
      { playerId: 'ada', name: 'ada', row: 0, present: true, score: 0, reachedCount: 0 },
      { playerId: 'cleo', name: 'cleo', row: 2, present: false, score: 0, reachedCount: 0 },
    ]);
    await gateway.log.pauses(own, 1_000);
    position = await gateway.log.end(own);
    const last = async (): Promise<unknown> => (await gateway.get(`/games/${own}/scores?atLeast=${position}`)).body;
    expect(await last()).toMatchObject({ revision: 2_007, status: 'ended', scores: live.body.scores });
    // From the arena now; from the log once the game has left it.
    await until('the game to leave the arena', async () => (await gateway.metric('waymark_players_live')) === 2);
    expect(await last()).toMatchObject({ revision: 2_007, status: 'ended', scores: live.body.scores });
  });

  it('events come in pages, and hide places, join code and owner from all but the owner', async () => {
    const everybody = await gateway.get(`/games/${gameId}/events`);
    expect(everybody.body.events.map(({ type }: { type: string }) => type)).toEqual([
      'GameCreated',
      'GameStarted',
      'PlayerJoined',
      'PlayerJoined',
      'WaypointReached',
    ]);
    expect(JSON.stringify(everybody.body)).not.toMatch(/K7M2PX|mara|place"/);
    const other = await gateway.get(`/games/${gameId}/events`, await gateway.bearer('eve'));
    expect(JSON.stringify(other.body)).not.toMatch(/K7M2PX|mara|place"/);
    const owner = await gateway.get(`/games/${gameId}/events`, await gateway.bearer());
    expect(JSON.stringify(owner.body)).toMatch(/K7M2PX.*mara|mara.*K7M2PX/);
    expect(owner.body.events[4].data.place).toEqual([SPACING_M, 0, 0]);
    const page = await gateway.get(`/games/${gameId}/events?limit=2&fromRevision=1`);
    expect(page.body).toMatchObject({ events: [{ revision: 1 }, { revision: 2 }], next: 3 });
    expect((await gateway.get(`/games/${gameId}/events?fromRevision=5`)).body).toMatchObject({
      events: [],
      next: null,
    });
  });

  it.each(['/games/nowhere', '/games/nowhere/scores', '/games/nowhere/events'])('%s is 404', async (path) => {
    const { status, body } = await gateway.get(path);
    expect([status, body.type]).toEqual([404, '/problems/game-not-found']);
  });
});

describe('atLeast', () => {
  it('waits until the position is projected: one reads what one wrote', async () => {
    for (let i = 0; i < 20; i++) {
      const own = await gateway.log.game(quest);
      const position = Number(await gateway.store.lastPosition());
      const { body } = await gateway.get(`/games/${own}?atLeast=${position}`);
      expect(body.gameId).toBe(own);
    }
  });

  it('of a position that the log does not hold is 503 with Retry-After, at once', async () => {
    const { status, headers, body } = await gateway.get('/quests?atLeast=9007199254740991');
    expect([status, headers.get('retry-after'), body.type]).toEqual([503, '1', '/problems/not-caught-up']);
  });
});

describe('a request that breaks a rule', () => {
  it.each([
    ['/quests?limit=0', ['limit']],
    ['/quests?limit=1001', ['limit']],
    ['/quests?limit=ten', ['limit']],
    ['/quests?limit=1&limit=2', ['limit']],
    ['/quests?after=a%20b', ['after']],
    ['/quests?after=gone', ['after']],
    ['/quests?status=running', ['status']],
    ['/quests?constructor=1', ['constructor']],
    ['/games?status=dead&limit=-1&colour=red', ['colour', 'limit', 'status']],
    ['/games?after=gone', ['after']],
    ['/games/x?limit=1', ['limit']],
    ['/games/x/scores?atLeast=-1', ['atLeast']],
    ['/games/x/events?fromRevision=1e9', ['fromRevision']],
    ['/games/x/events?fromRevision=4294967296', ['fromRevision']],
  ])('%s is 400 and names each place', async (path, parameters) => {
    const { status, headers, body } = await gateway.get(path);
    expect([status, headers.get('content-type'), body.type]).toEqual([
      400,
      'application/problem+json',
      '/problems/invalid-request',
    ]);
    expect(body.errors.map(({ parameter }: { parameter: string }) => parameter)).toEqual(parameters);
  });

  it.each(['/games/%zz', '/games/%', '/%c0%af', `/games/${'x'.repeat(300)}`])(
    'the address %.20s, which cannot be read, is a problem document',
    async (path) => {
      const { status, body } = await raw('GET', path);
      expect(status).toBe(400);
      const problem = JSON.parse(body);
      expect(problem).toMatchObject({
        type: '/problems/invalid-request',
        instance: expect.stringMatching(/^urn:waymark:request:/),
        errors: [{ code: expect.any(String) }],
      });
      expect(body.length).toBeLessThan(500);
    },
  );

  it.each([
    ['GET', '/nothing'],
    ['GET', '/quests/'.repeat(3)],
    ['GET', '/quests/'],
    ['POST', '/quests/'],
    ['GET', '/games//scores'],
    ['GET', '/play'],
  ])('%s %s is 404, a problem document', async (method, path) => {
    const { status, body } = await raw(method, path);
    expect([status, JSON.parse(body).type]).toEqual([404, '/problems/not-found']);
  });

  it.each([
    ['POST', '/quests'],
    ['DELETE', '/games/x'],
    ['PUT', '/health/live'],
  ])('%s %s is 405, and says what the address takes', async (method, path) => {
    const { headers, status, body } = await raw(method, path);
    expect([status, JSON.parse(body).type, headers.allow]).toEqual([405, '/problems/method-not-allowed', 'GET, HEAD']);
  });

  it.each([
    ['POST', { 'content-length': '99999999' }],
    ['POST', { 'content-length': '0' }],
    ['DELETE', { 'content-length': '0' }],
    ['QUERY', {}],
    ['POST', { 'content-type': 'what', 'content-length': '3' }],
  ])('whatever body it announces: %s %j', async (method, headers) => {
    const asked = { 'content-type': 'application/json', connection: 'close', ...headers };
    if (method === 'QUERY') Reflect.deleteProperty(asked, 'content-type');
    const { status, body } = await raw(method, '/quests', asked);
    expect([status, JSON.parse(body).type]).toEqual([405, '/problems/method-not-allowed']);
  });

  it.each(['/health/live?x=1', '/problems/internal?x=1'])(
    '%s is 400: no address takes what it does not know',
    async (path) => {
      const { status, body } = await raw('GET', path);
      expect([status, JSON.parse(body).errors[0].code]).toEqual([400, 'unknown-parameter']);
    },
  );

  it('with two tokens is refused, and so is an expectation', async () => {
    const twice = await raw('GET', '/games', ['Host', 'x', 'Authorization', 'Bearer a', 'authorization', 'Bearer b']);
    expect([twice.status, JSON.parse(twice.body).errors]).toMatchObject([
      400,
      [{ parameter: 'Authorization', code: 'repeated-header' }],
    ]);
    const expecting = await raw('GET', '/games', { expect: 'foo' });
    expect([expecting.status, JSON.parse(expecting.body).type]).toEqual([417, '/problems/expectation-failed']);
  });

  it('of a client that would also speak another protocol is answered as any other', async () => {
    const { status, body } = await raw('GET', `/games/${gameId}`, {
      connection: 'Upgrade, HTTP2-Settings',
      upgrade: 'h2c',
      'http2-settings': 'AAMAAABkAAQAAP__',
    });
    expect([status, JSON.parse(body).gameId]).toEqual([200, gameId]);
  });
});

it('the type of a problem is an address on this server that says what it means', async () => {
  const { body: problem } = await gateway.get('/games/nowhere');
  const { status, body } = await gateway.get(problem.type);
  expect([status, body]).toEqual([200, { type: problem.type, ...PROBLEMS['game-not-found'] }]);
  expect((await gateway.get('/problems/constructor')).status).toBe(404);
});

it('docs/read-api.md names every route, and each answers', async () => {
  const text = await readFile(new URL('../../../../docs/read-api.md', import.meta.url), 'utf8');
  const documented = [...text.matchAll(/^\| `GET (\S+)`/gm)].map(([, path]) => path!);
  const sources = await readdir(new URL('.', import.meta.url));
  const routes: string[] = [];
  for (const source of sources.filter((name) => name.endsWith('.controller.ts'))) {
    const code = await readFile(new URL(source, import.meta.url), 'utf8');
    const prefix = /@Controller\('([^']+)'\)/.exec(code)![1]!;
    for (const [, path] of code.matchAll(/@Get\((?:'([^']+)')?\)/g)) {
      routes.push(
        `/${[prefix, path]
          .filter(Boolean)
          .join('/')
          .replace(/:(\w+)/g, '{$1}')}`,
      );
    }
  }
  expect(documented.toSorted()).toEqual(routes.toSorted());
  const known: Record<string, string> = { gameId, questId: quest.questId, version: '1', slug: 'not-found' };
  for (const path of documented) {
    const asked = path.replace(/\{(\w+)\}/g, (_, name: string) => known[name]!);
    expect([path, (await gateway.get(asked, await gateway.bearer())).status]).toEqual([path, 200]);
    // A token that is sent must hold, on all routes but those that load balancers ask.
    for (const authorization of ['Bearer abc', 'Bearer', 'Basic YTpi']) {
      const { body, status } = await gateway.get(asked, { authorization });
      if (path.startsWith('/health/')) expect([path, status]).toEqual([path, 200]);
      else expect([path, status, body.type]).toEqual([path, 401, '/problems/unauthenticated']);
    }
  }
});

it('health is told on this port too', async () => {
  const { status, body } = await gateway.get('/health/ready');
  expect([status, body.checks.map(({ name }: { name: string }) => name)]).toEqual([
    200,
    ['running', 'projection', 'ticks', 'canary'],
  ]);
  expect((await gateway.get('/health/live')).status).toBe(200);
});

/** fetch tidies addresses and refuses some headers; this sends them as they are. */
function raw(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> | readonly string[] = {},
): Promise<{ status: number; headers: IncomingHttpHeaders; body: string }> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: gateway.running.port, method, path };
    const asked = request({ ...options, headers: headers as OutgoingHttpHeaders }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks).toString() }),
      );
    });
    asked.on('error', reject);
    asked.end();
  });
}
