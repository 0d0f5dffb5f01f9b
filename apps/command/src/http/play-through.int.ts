import { questDocument, TestCommandApp, type Answered } from '../testing/command-process.ts';

describe('the write side over HTTP', () => {
  let app: TestCommandApp;
  beforeAll(async () => {
    app = await TestCommandApp.start();
  });
  afterAll(() => app.stop());

  it('takes a quest from its draft to the treasure', async () => {
    const drafted = await app.post('/quests', questDocument());
    expect(drafted).toMatchObject({ status: 201, body: { questId: expect.any(String), revision: 0 } });
    const { questId } = drafted.body;
    expect(drafted.headers.get('location')).toBe(`/quests/${questId}`);
    expect(drafted.headers.get('etag')).toBe('"0"');

    const revised = await app.ask('PUT', `/quests/${questId}`, {
      body: questDocument(3, { title: 'Along the axis, again' }),
      headers: { 'if-match': '"0"' },
    });
    expect(revised).toMatchObject({ status: 200, body: { questId, revision: 1 } });

    const published = await app.post(`/quests/${questId}/publish`);
    expect(published.status).toBe(200);
    expect(published.body).toEqual({
      questId,
      version: 1,
      contentHash: expect.stringMatching(/^sha256-[0-9a-f]{64}$/),
    });

    const made = await app.post('/games', { questId, maxPlayers: 2 });
    expect(made.status).toBe(201);
    expect(made.body).toEqual({
      gameId: expect.any(String),
      joinCode: expect.stringMatching(/^[0-9A-Z]{8}$/),
      revision: 0,
    });
    const { gameId, joinCode } = made.body;

    const joined = await app.post(`/games/${gameId}/players`, { name: 'Pia', joinCode }, { token: null });
    expect(joined.status).toBe(201);
    expect(joined.body).toEqual({
      playerId: expect.any(String),
      ticket: expect.any(String),
      gatewayUrl: 'ws://127.0.0.1:3001',
      revision: 1,
    });
    const { playerId } = joined.body;

    expect(await app.post(`/games/${gameId}/start`)).toMatchObject({ status: 200, body: { revision: 2 } });
    expect(await app.post(`/games/${gameId}/pause`)).toMatchObject({ status: 200, body: { revision: 3 } });
    expect(await app.post(`/games/${gameId}/resume`)).toMatchObject({ status: 200, body: { revision: 4 } });

    const reach = (waypoint: number) =>
      app.post(`/games/${gameId}/players/${playerId}/reach`, { waypoint, at: [100 * waypoint, 1, 0] });
    expect((await reach(0)).body).toEqual({ revision: 5, position: expect.any(Number), points: 10, score: 10 });
    expect((await reach(1)).body).toEqual({ revision: 6, position: expect.any(Number), points: 10, score: 20 });
    expect(await reach(2)).toMatchObject({ status: 200, body: { revision: 8, points: 50, score: 70 } });

    expect(await app.post(`/games/${gameId}/end`)).toMatchObject({
      status: 409,
      body: { type: '/problems/game-ended' },
    });
    expect(await app.post(`/quests/${questId}/retire`)).toMatchObject({ status: 200, body: { questId, revision: 3 } });
    expect(await app.post('/games', { questId })).toMatchObject({
      status: 409,
      body: { type: '/problems/quest-retired' },
    });
  });

  it('tells with each command where it stands in the log, for ?atLeast= at the gateway', async () => {
    const told: [command: string, position: string | null][] = [];
    const say = async (command: string, asked: Promise<Answered>): Promise<Answered> => {
      const answer = await asked;
      expect([command, answer.status]).toEqual([command, command.startsWith('POST /') ? 201 : 200]);
      told.push([command, answer.headers.get('waymark-position')]);
      return answer;
    };
    const { questId } = (await say('POST /quests', app.post('/quests', questDocument()))).body;
    const body = questDocument(3, { title: 'Again' });
    await say('revise', app.ask('PUT', `/quests/${questId}`, { body, headers: { 'if-match': '"0"' } }));
    await say('publish', app.post(`/quests/${questId}/publish`));
    const { gameId } = (await say('POST /games', app.post('/games', { questId, open: true }))).body;
    const players = `/games/${gameId}/players`;
    await say('POST /players', app.post(players, { name: 'Pia', playerId: 'pia' }));
    for (const order of ['start', 'pause', 'resume']) await say(order, app.post(`/games/${gameId}/${order}`));
    await say('reach', app.post(`${players}/pia/reach`, { waypoint: 0, at: [0, 0, 0] }));
    await say('leave', app.ask('DELETE', `${players}/pia`));
    await say('end', app.post(`/games/${gameId}/end`));
    await say('retire', app.post(`/quests/${questId}/retire`));
    const first = Number(told[0]![1]);
    expect(first).toBeGreaterThan(0);
    expect(told).toEqual(told.map(([command], index) => [command, String(first + index)]));
  });
});
