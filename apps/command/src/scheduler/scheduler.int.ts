import { setTimeout as sleep } from 'node:timers/promises';
import { publishedQuest, TestCommandApp } from '../testing/command-process.ts';

/** Games that start and end by themselves, over HTTP and across a restart. */
describe('time', () => {
  let app: TestCommandApp;
  let questId: string;
  beforeAll(async () => {
    app = await TestCommandApp.start();
    questId = await publishedQuest(app);
  });
  afterAll(() => app.stop());

  async function typesOf(gameId: string): Promise<string[]> {
    const events = await app.running.store.readStream(`game-${gameId}`);
    return events === 'no_stream' ? [] : events.map(({ type }) => type);
  }

  /** Waits until the game's last event is of this type. */
  async function until(gameId: string, type: string): Promise<void> {
    for (const deadline = performance.now() + 10_000; performance.now() < deadline; await sleep(20)) {
      if ((await typesOf(gameId)).at(-1) === type) return;
    }
    throw new Error(`${type} did not come: ${(await typesOf(gameId)).join()}`);
  }

  /** Waits until so many games live; the log has an event before the app has read it back. */
  async function untilGames(count: number): Promise<void> {
    const { liveGames } = app.running.services;
    for (const deadline = performance.now() + 10_000; performance.now() < deadline; await sleep(20)) {
      if (liveGames.gameCount === count) return;
    }
    throw new Error(`${liveGames.gameCount} games live, not ${count}`);
  }

  it('starts a game at startsAt and ends it at its limit', async () => {
    const startsAt = new Date(Date.now() + 300).toISOString();
    const { body } = await app.post('/games', { questId, startsAt, durationSeconds: 1 });
    expect(await typesOf(body.gameId)).toEqual(['GameCreated']);
    await until(body.gameId, 'GameEnded');
    expect(await typesOf(body.gameId)).toEqual(['GameCreated', 'GameStarted', 'GameEnded']);
    const events = await app.running.store.readStream(`game-${body.gameId}`);
    const data = events === 'no_stream' ? [] : events.map((event) => JSON.parse(event.data) as { at: number });
    expect(data[1]!.at).toBeGreaterThanOrEqual(Date.parse(startsAt));
    expect(data[2]!.at - data[1]!.at).toBeGreaterThanOrEqual(1_000);
  });

  it('catches up after the process was down', async () => {
    const created = await app.post('/games', { questId, startsAt: Date.now() + 200, durationSeconds: 3600 });
    const ending = await app.post('/games', { questId, durationSeconds: 1 });
    await app.post(`/games/${ending.body.gameId}/start`);
    await app.running.stop();
    await sleep(1_100);
    await app.start();
    await until(created.body.gameId, 'GameStarted');
    await until(ending.body.gameId, 'GameEnded');
    await untilGames(1);
  });
});
