import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordedEvent } from '@waymark/event-store';
import { openEventStoreDb } from '@waymark/event-store/eventstoredb';
import { AppProcess, appEnvironment, Apps, freePorts, untilReady, type Ports } from './apps.ts';
import { pointsOf, ROAD } from './command-stream.ts';
import { EventStoreDbProcess } from './eventstoredb-process.ts';
import { ask, until, type Answered } from './http.ts';
import { Player } from './player.ts';

/**
 * Two command apps and a gateway over one EventStoreDB (the test server): what one app is told the other one knows, conflicts decide again, a
 * deadline fires once, and nothing that was acknowledged is lost when an app or the server is killed.
 */
const TEST_MS = 60_000;

describe('several command apps over one EventStoreDB', () => {
  const directory = mkdtempSync(join(tmpdir(), 'waymark-esdb-'));
  const server = new EventStoreDbProcess(directory);
  let apps: Apps;
  let otherPorts: Ports;
  let other: AppProcess;
  let settings: NodeJS.ProcessEnv;
  let questId: string;

  const startOther = async (): Promise<void> => {
    other = new AppProcess('command', appEnvironment(otherPorts, apps.dataDir, settings));
    await untilReady('other command app', otherPorts.commandAdmin, () => other.running);
  };
  /** A command to one of the two apps, by its number. */
  const command = (app: 0 | 1, path: string, body?: object, key: string = randomUUID()): Promise<Answered> =>
    ask(`http://127.0.0.1:${app === 0 ? apps.ports.command : otherPorts.command}${path}`, {
      method: 'POST',
      token: apps.token,
      headers: { 'idempotency-key': key },
      ...(body === undefined ? {} : { body }),
    });
  const readLog = async (): Promise<RecordedEvent[]> => {
    const store = await openEventStoreDb({ url: server.url });
    const log: RecordedEvent[] = [];
    for (;;) {
      const page = await store.readAll({ after: log.at(-1)?.position ?? 0n, maxCount: 1_000 });
      if (page.length === 0) break;
      log.push(...page);
    }
    await store.close();
    return log;
  };

  beforeAll(async () => {
    await server.start();
    settings = { WAYMARK_EVENT_STORE: 'eventstoredb', EVENTSTOREDB_URL: server.url };
    apps = await Apps.start(settings);
    otherPorts = { ...(await freePorts()), gateway: apps.ports.gateway };
    await startOther();
    const drafted = await command(0, '/quests', ROAD);
    expect(drafted.status).toBe(201);
    ({ questId } = drafted.body);
    expect((await command(1, `/quests/${questId}/publish`)).status).toBe(200);
  }, TEST_MS);
  afterAll(async () => {
    await other?.stop();
    await apps?.dispose();
    await server.kill();
    rmSync(directory, { recursive: true });
  });

  it('what one app was told the other one decides on', async () => {
    const made = await command(0, '/games', { questId, open: true });
    expect(made.status).toBe(201);
    const { gameId } = made.body;
    expect(await command(1, `/games/${gameId}/start`)).toMatchObject({ status: 200 });
    for (let round = 0; round < 5; round++) {
      expect(await command(0, `/games/${gameId}/pause`)).toMatchObject({ status: 200 });
      expect(await command(1, `/games/${gameId}/resume`)).toMatchObject({ status: 200 });
    }
    // A refusal rests on the state of now, too: the first app knows the game as paused.
    expect(await command(0, `/games/${gameId}/resume`)).toMatchObject({ status: 409 });
  });

  it('a version that one app published is the latest to the other', async () => {
    const { body } = await command(0, '/quests', ROAD);
    await command(0, `/quests/${body.questId}/publish`);
    expect(await command(1, '/games', { questId: body.questId, open: true })).toMatchObject({ status: 201 });
    const etag = { 'if-match': `"${body.revision + 1}"` };
    const revised = await ask(`${apps.commandUrl}/quests/${body.questId}`, {
      method: 'PUT',
      token: apps.token,
      headers: { ...etag, 'idempotency-key': randomUUID() },
      body: { ...ROAD, title: 'Another road' },
    });
    expect(revised.status).toBe(200);
    expect((await command(0, `/quests/${body.questId}/publish`)).body).toMatchObject({ version: 2 });
    const game = await command(1, '/games', { questId: body.questId, open: true });
    const log = await readLog();
    const created = log.find(({ stream }) => stream === `game-${game.body.gameId}`);
    expect(JSON.parse(created!.data)).toMatchObject({ questVersion: 2 });
  });

  it('a command that is retried on the other app, later or at once, gets the first outcome', async () => {
    const key = randomUUID();
    const first = await command(0, '/games', { questId }, key);
    expect(first.body.joinCode).toEqual(expect.any(String));
    expect((await command(1, '/games', { questId }, key)).body).toEqual(first.body);
    for (let round = 0; round < 10; round++) {
      const twice = randomUUID();
      const [one, two] = await Promise.all([
        command(0, '/games', { questId }, twice),
        command(1, '/games', { questId }, twice),
      ]);
      expect(one!.status).toBe(201);
      expect(two!.body).toEqual(one!.body);
    }
  });

  it('a scheduled start and a time limit happen once, though both apps wait for them', async () => {
    const startsAt = Date.now() + 1_500;
    const { body } = await command(0, '/games', { questId, open: true, startsAt, durationSeconds: 1 });
    const types = async (): Promise<string[]> =>
      (await readLog()).filter(({ stream }) => stream === `game-${body.gameId}`).map(({ type }) => type);
    await until(
      async () => (await types()).includes('GameEnded'),
      () => 'the game ended',
      15_000,
    );
    expect(await types()).toEqual(['GameCreated', 'GameStarted', 'GameEnded']);
  });

  it(
    'kill -9 of an app and of the server: play goes on, commands are told to come back, and nothing acknowledged is lost',
    async () => {
      const { gameId } = (await command(0, '/games', { questId, open: true })).body;
      await command(1, `/games/${gameId}/start`);
      const ada = await Player.join(apps, { gameId, name: 'Ada' });
      await ada.walkTo([0, 0, 0]);
      await ada.reached(ada.row, 0);

      const acknowledged = new Map<string, Answered>();
      const failed: { key: string; answer: Answered | null }[] = [];
      let flowing = true;
      const flow = async (app: 0 | 1): Promise<void> => {
        while (flowing) {
          const key = randomUUID();
          const answer = await command(app, `/games/${gameId}/players`, { name: 'Bot' }, key).catch(() => null);
          if (answer?.status === 201) acknowledged.set(key, answer);
          else failed.push({ key, answer });
          if (acknowledged.size > 40) flowing = false;
        }
      };
      const flows = [flow(0), flow(1)];
      await until(
        () => acknowledged.size > 8,
        () => `${acknowledged.size} answers`,
      );
      await server.kill();
      await until(
        () => failed.some(({ answer }) => answer?.status === 503),
        () => 'a 503',
      );
      const { answer } = failed.find((one) => one.answer?.status === 503)!;
      expect(answer!.headers.get('retry-after')).toMatch(/^\d+$/);
      const { frameCount } = ada;
      await until(
        () => ada.frameCount > frameCount + 7,
        () => 'frames go on',
      );
      await until(
        async () =>
          !(await ask(`http://127.0.0.1:${apps.ports.gatewayAdmin}/health/ready`)).status.toString().startsWith('2'),
        () => 'the gateway says that it does not hear of the log',
      );
      await server.start();
      const before = acknowledged.size;
      await until(
        () => acknowledged.size > before + 4,
        () => `${acknowledged.size - before} answers after the restart`,
        30_000,
      );
      await other.kill();
      await until(
        () => !flowing,
        () => `${acknowledged.size} answers`,
        30_000,
      );
      await Promise.all(flows);
      await startOther();

      const log = await readLog();
      const own = log.filter(({ stream }) => stream === `game-${gameId}`);
      const keys = new Set(own.map(({ metadata }) => metadata.commandId));
      expect([...acknowledged.keys()].filter((key) => !keys.has(key))).toEqual([]);
      expect(new Set(own.map(({ id }) => id)).size).toBe(own.length);
      expect(own.map(({ revision }) => Number(revision))).toEqual(own.map((_, index) => index));
      for (const [key, first] of [...acknowledged].slice(0, 10)) {
        const again = await command(1, `/games/${gameId}/players`, { name: 'Bot' }, key);
        expect(again.body).toMatchObject({ playerId: first.body.playerId, revision: first.body.revision });
      }

      // The gateway has come back to the log: it knows all players, and a reach goes through.
      await untilReady('gateway', apps.ports.gatewayAdmin, () => apps.gateway.running);
      await ada.walkTo([2, 0, 0]);
      const { position } = await ada.reached(ada.row, 1);
      const scores = await ask(`${apps.readUrl}/games/${gameId}/scores?atLeast=${position}`);
      expect(scores.body.scores).toHaveLength(own.filter(({ type }) => type === 'PlayerJoined').length);
      expect(scores.body.scores[0]).toMatchObject({ name: 'Ada', score: pointsOf(0) + pointsOf(1) });
      ada.client.close();
    },
    TEST_MS * 2,
  );
});
