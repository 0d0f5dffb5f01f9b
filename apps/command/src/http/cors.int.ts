import { runningGame, TestCommandApp } from '../testing/command-process.ts';

/** Pages of other origins: what their browser is told. */
const PAGE = 'https://play.example';
const PREFLIGHT = {
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'authorization,content-type,idempotency-key',
};
const JOIN = '/games/nosuch/players';

describe('with WAYMARK_CORS_ORIGINS', () => {
  let app: TestCommandApp;
  beforeAll(async () => {
    app = await TestCommandApp.start({ WAYMARK_CORS_ORIGINS: `${PAGE},http://127.0.0.1:8080` });
  });
  afterAll(() => app.stop());

  it('a page of one of them may send what the client sends', async () => {
    const { headers, status } = await app.ask('OPTIONS', JOIN, {
      token: null,
      headers: { origin: PAGE, ...PREFLIGHT },
    });
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(headers.get('access-control-allow-methods')).toMatch(/POST.*PUT.*DELETE/);
    const allowed = headers.get('access-control-allow-headers')!.toLowerCase().split(/, */);
    for (const name of ['authorization', 'content-type', 'idempotency-key', 'if-match', 'waymark-sent-at']) {
      expect(allowed).toContain(name);
    }
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    expect(headers.get('vary')?.toLowerCase()).toContain('origin');
  });

  it('it reads answers and refusals, and the headers in which they tell something', async () => {
    const gameId = await runningGame(app);
    const headers = { origin: 'http://127.0.0.1:8080' };
    const joined = await app.post(`/games/${gameId}/players`, { name: 'Ada' }, { token: null, headers });
    const refused = await app.post(JOIN, { name: 'Ada' }, { token: null, headers });
    const unread = await app.ask('POST', JOIN, { raw: '{', token: null, headers });
    const nowhere = await app.ask('GET', '/nowhere', { token: null, headers });
    const reached = await app.post(`/games/${gameId}/players/pia/reach`, { waypoint: 0, at: [0, 0, 0] }, { headers });
    expect([joined, refused, unread, nowhere, reached].map(({ status }) => status)).toEqual([201, 404, 400, 404, 200]);
    for (const answer of [joined, refused, unread, nowhere, reached]) {
      expect(answer.headers.get('access-control-allow-origin')).toBe('http://127.0.0.1:8080');
      expect(answer.headers.get('access-control-expose-headers')).toMatch(/ETag.*Retry-After.*Waymark-Position/);
    }
  });

  it.each(['https://play.example.evil', 'https://evil', 'http://play.example', 'null'])(
    'a page of %s is told nothing',
    async (origin) => {
      const { headers } = await app.ask('OPTIONS', JOIN, { token: null, headers: { origin, ...PREFLIGHT } });
      expect(headers.get('access-control-allow-origin')).toBeNull();
      const answer = await app.post(JOIN, { name: 'Ada' }, { token: null, headers: { origin } });
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    },
  );
});

it('without it no page of another origin is told anything, and there is no OPTIONS', async () => {
  const app = await TestCommandApp.start();
  const { body, headers, status } = await app.ask('OPTIONS', JOIN, {
    token: null,
    headers: { origin: PAGE, ...PREFLIGHT },
  });
  expect([status, body.type]).toEqual([405, '/problems/method-not-allowed']);
  expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  await app.stop();
});
