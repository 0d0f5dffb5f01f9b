import { pino } from 'pino';
import { COMMAND_ROUTES } from '../metrics/command-times.ts';
import { questDocument, runningGame, TestCommandApp } from '../testing/command-process.ts';

/** Times of commands and the traces they belong to, through the real app; its log is kept in memory. */
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const TRACEPARENT = `00-${TRACE}-b7ad6b7169203331-01`;

interface Line {
  readonly msg: string;
  readonly route?: string;
  readonly status?: number;
  readonly ms?: number;
  readonly requestId?: string;
  readonly traceId?: string;
}

const lines: Line[] = [];
let app: TestCommandApp;
let gameId: string;

beforeAll(async () => {
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(JSON.parse(line) as Line) });
  app = await TestCommandApp.start({}, log);
  gameId = await runningGame(app, questDocument(8));
});
afterAll(() => app.stop());

const reachPath = (): string => `/games/${gameId}/players/pia/reach`;
const reach = (waypoint: number, headers: Record<string, string> = {}) =>
  app.ask('POST', reachPath(), { body: { waypoint, at: [100 * waypoint, 0, 0] }, headers });

async function counted(command: string): Promise<Record<string, number>> {
  const text = await (await fetch(`${app.running.urls.admin}/metrics`)).text();
  const found: Record<string, number> = {};
  for (const outcome of ['accepted', 'refused', 'failed']) {
    const start = `waymark_command_duration_seconds_count{command="${command}",outcome="${outcome}"`;
    found[outcome] = Number(
      text
        .split('\n')
        .find((line) => line.startsWith(start))
        ?.split(' ')
        .at(-1),
    );
  }
  return found;
}

async function metadataOfLast(): Promise<Record<string, unknown>> {
  const { store } = app.running;
  const [event] = await store.readAll({ after: (await store.lastPosition()) - 1n, maxCount: 1 });
  return event!.metadata as unknown as Record<string, unknown>;
}

describe('times of commands', () => {
  it('have a name for every route that takes one', () => {
    const taking = app.running.routes.filter((route) => !route.startsWith('GET '));
    expect(Object.keys(COMMAND_ROUTES).sort()).toEqual(taking.sort());
  });

  it('are counted by kind and by answer, on the way past Nest and through it', async () => {
    const reaches = await counted('reach_waypoint');
    const starts = await counted('start_game');
    expect((await reach(0)).status).toBe(200);
    expect((await reach(5)).status).toBe(409);
    expect((await app.post(`/games/${gameId}/start`)).status).toBe(409);
    expect(await counted('reach_waypoint')).toEqual({
      accepted: reaches['accepted']! + 1,
      refused: reaches['refused']! + 1,
      failed: 0,
    });
    expect(await counted('start_game')).toEqual({ ...starts, refused: starts['refused']! + 1 });
  });

  it('are told in seconds', async () => {
    const sum = async (): Promise<number> => {
      const text = await (await fetch(`${app.running.urls.admin}/metrics`)).text();
      return Number(/_seconds_sum\{command="pause_game",outcome="accepted"[^}]*\} (\S+)/.exec(text)![1]);
    };
    const before = await sum();
    const startedAt = performance.now();
    expect((await app.post(`/games/${gameId}/pause`)).status).toBe(200);
    const elapsedSeconds = (performance.now() - startedAt) / 1_000;
    expect((await app.post(`/games/${gameId}/resume`)).status).toBe(200);
    const counted = (await sum()) - before;
    expect(counted).toBeGreaterThan(0);
    expect(counted).toBeLessThanOrEqual(elapsedSeconds);
  });

  it('count what is refused before its handler runs', async () => {
    const before = await counted('reach_waypoint');
    expect((await app.ask('POST', reachPath(), { raw: '{' })).status).toBe(400);
    expect((await app.ask('POST', '/quests', { token: null, body: {} })).status).toBe(401);
    expect((await counted('reach_waypoint'))['refused']).toBe(before['refused']! + 1);
    expect((await counted('draft_quest'))['refused']).toBe(1);
  });

  it('count nothing for addresses that nobody has', async () => {
    const before = JSON.stringify(await counted('create_game'));
    expect((await app.post('/nowhere')).status).toBe(404);
    expect((await app.ask('GET', '/games/%zz')).status).toBe(400);
    expect(JSON.stringify(await counted('create_game'))).toBe(before);
  });
});

describe('a traceparent', () => {
  it('goes into the metadata of the event, from reach and from a controller', async () => {
    expect((await reach(1, { traceparent: TRACEPARENT })).status).toBe(200);
    expect(await metadataOfLast()).toMatchObject({ traceparent: TRACEPARENT });
    const headers = { traceparent: TRACEPARENT };
    expect((await app.ask('POST', `/games/${gameId}/pause`, { headers })).status).toBe(200);
    expect(await metadataOfLast()).toMatchObject({ traceparent: TRACEPARENT });
    expect((await app.post(`/games/${gameId}/resume`)).status).toBe(200);
  });

  it.each(['nonsense', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`, `${TRACEPARENT}, ${TRACEPARENT}`])(
    'that is broken changes nothing: %s',
    async (traceparent) => {
      const { revision } = (await app.ask('POST', `/games/${gameId}/pause`, { headers: { traceparent } })).body;
      expect(revision).toBeGreaterThan(0);
      expect(await metadataOfLast()).not.toHaveProperty('traceparent');
      await app.post(`/games/${gameId}/resume`);
    },
  );

  it('is not made up where none was sent', async () => {
    expect((await reach(2)).status).toBe(200);
    expect(await metadataOfLast()).not.toHaveProperty('traceparent');
  });

  it('is in the log line of the request, beside its id, route, status and time', async () => {
    lines.length = 0;
    await reach(3, { traceparent: TRACEPARENT });
    await reach(3, { traceparent: TRACEPARENT });
    await reach(99);
    const told = lines.filter(({ msg }) => msg === 'a request was answered');
    const route = 'POST /games/:gameId/players/:playerId/reach';
    expect(told).toMatchObject([
      { route, status: 200, traceId: TRACE },
      { route, status: 409, traceId: TRACE },
      { route, status: 404 },
    ]);
    expect(told[2]).not.toHaveProperty('traceId');
    expect(new Set(told.map(({ requestId }) => requestId)).size).toBe(3);
    expect(told.every(({ ms }) => ms! > 0)).toBe(true);
  });

  it('is in the line of a fault', async () => {
    lines.length = 0;
    const { games } = app.running.services;
    const { execute } = games;
    games.execute = () => Promise.reject(new Error('planted'));
    const { status, body } = await reach(4, { traceparent: TRACEPARENT });
    games.execute = execute;
    expect(status).toBe(500);
    expect(lines.find(({ msg }) => msg === 'a fault in a request')).toMatchObject({
      instance: body.instance,
      traceId: TRACE,
    });
    expect((await counted('reach_waypoint'))['failed']).toBe(1);
  });
});
