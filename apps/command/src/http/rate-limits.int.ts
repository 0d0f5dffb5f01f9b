import { RedisServer } from '../../../../tools/needs/redis-server.ts';
import { until } from '@waymark/testing';
import { publishedQuest, questDocument, TestCommandApp, type Answered } from '../testing/command-process.ts';

/** Limits as clients meet them: guessed join codes, and quest documents of one author. */
const apps: TestCommandApp[] = [];

afterEach(async () => {
  for (const app of apps.splice(0)) await app.stop();
});

async function start(settings: Record<string, string>): Promise<TestCommandApp> {
  const app = await TestCommandApp.start(settings);
  apps.push(app);
  return app;
}

interface Game {
  readonly gameId: string;
  readonly joinCode: string;
}

async function closedGame(app: TestCommandApp): Promise<Game> {
  const { body } = await app.post('/games', { questId: await publishedQuest(app), maxPlayers: 60 });
  return body as Game;
}

const joinAs = (
  app: TestCommandApp,
  { gameId }: Game,
  joinCode: string | undefined,
  headers = {},
  token: string | null = null,
) =>
  app.post(
    `/games/${gameId}/players`,
    { name: 'Ann', ...(joinCode === undefined ? {} : { joinCode }) },
    { token, headers },
  );

const expectLimited = ({ body, headers, status }: Answered, secondsMax: number): void => {
  expect([status, body.type]).toEqual([429, '/problems/rate-limited']);
  expect(headers.get('content-type')).toBe('application/problem+json');
  expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(secondsMax);
};

async function metric(app: TestCommandApp, limit: string): Promise<number> {
  const text = await (await fetch(`${app.running.urls.admin}/metrics`)).text();
  return Number(new RegExp(`^waymark_rate_limited_total\\{[^}]*limit="${limit}"[^}]*\\} (.*)$`, 'm').exec(text)?.[1]);
}

describe('wrong join codes', () => {
  it('are so many an address; then right codes wait too, and owner, codeless joins and other addresses do not', async () => {
    const app = await start({ WAYMARK_LIMIT_FAILED_JOINS_PER_ADDRESS: '3', WAYMARK_TRUSTED_PROXIES: '127.0.0.1' });
    const [game, other] = [await closedGame(app), await closedGame(app)];
    for (const guess of ['A', 'B', 'C']) expect((await joinAs(app, game, guess)).status).toBe(403);
    expectLimited(await joinAs(app, game, 'D'), 20);
    expectLimited(await joinAs(app, game, game.joinCode), 20);
    expectLimited(await joinAs(app, other, other.joinCode), 20);
    expect(await metric(app, 'failed_joins_per_address')).toBe(3);
    expect(await metric(app, 'failed_joins_per_game')).toBe(0);
    expect((await joinAs(app, game, undefined, {}, app.token)).status).toBe(201);
    expect((await joinAs(app, game, undefined)).body.type).toBe('/problems/wrong-join-code');
    const elsewhere = { 'x-forwarded-for': '198.51.100.7' };
    expect((await joinAs(app, game, game.joinCode, elsewhere)).status).toBe(201);
  });

  it('are so many a game, from whatever addresses; other games go on', async () => {
    const app = await start({ WAYMARK_LIMIT_FAILED_JOINS_PER_GAME: '3', WAYMARK_TRUSTED_PROXIES: '127.0.0.0/8' });
    const [game, other] = [await closedGame(app), await closedGame(app)];
    const from = (n: number) => ({ 'x-forwarded-for': `198.51.100.${n}` });
    for (const n of [1, 2, 3]) expect((await joinAs(app, game, 'X', from(n))).status).toBe(403);
    expectLimited(await joinAs(app, game, game.joinCode, from(4)), 20);
    expect((await joinAs(app, other, other.joinCode, from(1))).status).toBe(201);
    expect((await joinAs(app, game, undefined, {}, app.token)).status).toBe(201);
    expect(await metric(app, 'failed_joins_per_game')).toBe(1);
  });

  it('cannot be blamed on others by a header that nobody was told to believe', async () => {
    const app = await start({ WAYMARK_LIMIT_FAILED_JOINS_PER_ADDRESS: '2' });
    const game = await closedGame(app);
    for (const n of [1, 2])
      expect((await joinAs(app, game, 'X', { 'x-forwarded-for': `198.51.100.${n}` })).status).toBe(403);
    expectLimited(await joinAs(app, game, 'X', { 'x-forwarded-for': '198.51.100.3' }), 30);
  });

  it('do not keep right ones waiting by default, nor do many joins from one address', async () => {
    const app = await start({});
    const game = await closedGame(app);
    for (let n = 0; n < 20; n++) expect((await joinAs(app, game, 'X')).status).toBe(403);
    for (let n = 0; n < 50; n++) expect((await joinAs(app, game, game.joinCode)).status).toBe(201);
  });

  it('are not counted where the limits are turned off', async () => {
    const app = await start({ WAYMARK_LIMIT_FAILED_JOINS_PER_ADDRESS: '0', WAYMARK_LIMIT_FAILED_JOINS_PER_GAME: '0' });
    const game = await closedGame(app);
    const answers = await Promise.all(Array.from({ length: 320 }, () => joinAs(app, game, 'X')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([403]));
  });
});

describe('quest documents', () => {
  it('are so many an author, drafts, revisions and validations together, refused before the body is read', async () => {
    const app = await start({ WAYMARK_LIMIT_QUEST_DOCUMENTS_PER_AUTHOR: '3' });
    const { authorTokens } = app.running.services;
    const ben = await authorTokens.issue('ben', ['quests:write'], 60);
    const { body } = await app.post('/quests', questDocument());
    expect((await app.post('/quests/validate', questDocument())).status).toBe(200);
    const revised = { body: questDocument(4), headers: { 'if-match': '"0"' } };
    expect((await app.ask('PUT', `/quests/${body.questId}`, revised)).status).toBe(200);
    const position = await app.position();
    expectLimited(await app.post('/quests', questDocument()), 20);
    expectLimited(await app.ask('PUT', `/quests/${body.questId}`, { raw: ' '.repeat(1_000_000) }), 20);
    expect(await app.position()).toBe(position);
    expect((await app.post(`/quests/${body.questId}/publish`)).status).toBe(200);
    expect((await app.post('/quests', questDocument(), { token: ben })).status).toBe(201);
    expect((await app.post('/quests', questDocument(), { token: 'nonsense' })).status).toBe(401);
    expect(await metric(app, 'quest_documents_per_author')).toBe(2);
  });
});

describe('over Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await RedisServer.start();
  }, 60_000);
  afterAll(() => redis.close());

  it('limits outlive a process, and hold for it alone while Redis is away', async () => {
    const app = await start({ REDIS_URL: redis.url, WAYMARK_LIMIT_FAILED_JOINS_PER_ADDRESS: '3' });
    const game = await closedGame(app);
    const sharing = async (): Promise<string> =>
      (await app.ask('GET', '/health/ready')).body.checks.find(({ name }: { name: string }) => name === 'sharing')
        .detail;
    await until('it shares', async () =>
      (await sharing()).startsWith('limits hold over all processes; no gateway is known'),
    );
    for (const guess of ['A', 'B', 'C']) expect((await joinAs(app, game, guess)).status).toBe(403);
    await app.restart();
    await until('it shares again', async () => (await sharing()).startsWith('limits hold'));
    expectLimited(await joinAs(app, game, game.joinCode), 20);

    await redis.kill();
    await until('it says so', async () => (await sharing()).startsWith('degraded: limits hold for each process alone'));
    expect((await app.ask('GET', '/health/ready')).status).toBe(200);
    expect((await joinAs(app, game, game.joinCode)).status).toBe(201);
    await redis.start();
    await until('it shares once more', async () => (await sharing()).startsWith('limits hold'));
  });
});
