import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog, loadConfig, startFaultSentence } from '@waymark/platform';
import { bootstrap } from './bootstrap.ts';
import { questDocument, runningGame, TestCommandApp } from './testing/command-process.ts';

/** Starting and stopping: one sentence when it cannot start, nothing left behind, nothing lost. */
describe('starting', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'waymark-start-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const contextOf = (env: Record<string, string> = {}) => ({
    config: loadConfig(
      { WAYMARK_DATA_DIR: directory, WAYMARK_COMMAND_PORT: '0', WAYMARK_COMMAND_ADMIN_PORT: '0', ...env },
      'command',
    ),
    log: createLog({ name: 'command', level: 'silent' }),
    stopping: new AbortController().signal,
  });
  const sentenceOf = (starting: Promise<unknown>) =>
    starting.then(
      () => 'it started',
      (error: unknown) => startFaultSentence(error),
    );

  it.each(['WAYMARK_COMMAND_PORT', 'WAYMARK_COMMAND_ADMIN_PORT'])(
    'says that %s is taken, and lets go of all',
    async (name) => {
      const other = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const { port } = other.address() as AddressInfo;
      expect(await sentenceOf(bootstrap(contextOf({ [name]: String(port) })))).toBe(
        `Waymark cannot start: 127.0.0.1 port ${port} is taken by another program`,
      );
      other.close();
      const app = await bootstrap(contextOf());
      await app.stop();
    },
  );
  it('says that the data directory cannot be written', async () => {
    const file = join(directory, 'file');
    await writeFile(file, '');
    const sentence = await sentenceOf(bootstrap(contextOf({ WAYMARK_DATA_DIR: file })));
    expect(sentence).toMatch(/^Waymark cannot start: the data directory .* cannot be written/);
    expect(sentence).not.toContain('\n');
  });
  it('says that another command app has the data directory, which goes on', async () => {
    const first = await bootstrap(contextOf());
    const sentence = await sentenceOf(bootstrap(contextOf()));
    expect(sentence).toMatch(/^Waymark cannot start: the event store .* is already open for writing/);
    expect(sentence).not.toContain('\n');
    expect((await fetch(`${first.urls.api}/health/ready`)).status).toBe(200);
    await first.stop();
  });
  it('says that the event store is not one', async () => {
    await writeFile(join(directory, 'events.db'), 'something else entirely, and long enough to look at');
    expect(await sentenceOf(bootstrap(contextOf()))).toMatch(/^Waymark cannot start: .* is not a Waymark event store$/);
  });
  it('runs on memory alone when told so', async () => {
    const app = await bootstrap(contextOf({ WAYMARK_EVENT_STORE: 'memory' }));
    expect((await fetch(`${app.urls.admin}/metrics`)).status).toBe(200);
    await app.stop();
  });
});

describe('stopping', () => {
  let app: TestCommandApp;
  beforeEach(async () => {
    app = await TestCommandApp.start();
  });
  afterEach(() => app.stop());

  it('keeps every command that was acknowledged, and acknowledges none that is lost', async () => {
    const gameId = await runningGame(app, questDocument(200));
    const scores: number[] = [];
    let stopped: Promise<void> | undefined;
    for (let waypoint = 0; waypoint < 200; waypoint++) {
      if (waypoint === 50) stopped = app.running.stop();
      const reach = app.post(`/games/${gameId}/players/pia/reach`, { waypoint, at: [100 * waypoint, 0, 0] });
      const answer = await reach.catch(() => null);
      if (answer === null || answer.status !== 200) break;
      scores.push(answer.body.score as number);
    }
    await stopped;
    expect(scores.length).toBeGreaterThanOrEqual(50);
    await app.start();
    const events = await app.running.store.readStream(`game-${gameId}`);
    const stored = events === 'no_stream' ? [] : events.filter(({ type }) => type === 'WaypointReached');
    expect(stored.slice(0, scores.length).map(({ data }) => (JSON.parse(data) as { score: number }).score)).toEqual(
      scores,
    );
  });
  it('is not held up by a client that never finishes its request', async () => {
    const { port } = new URL(app.running.urls.api);
    const socket = connect(Number(port), '127.0.0.1');
    await once(socket, 'connect');
    socket.on('error', () => {});
    const closed = once(socket, 'close');
    socket.write(`POST /games HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{`);
    const idle = await fetch(`${app.running.urls.api}/health/live`);
    await idle.text();
    const startedAt = performance.now();
    await app.running.stop();
    await closed;
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    await app.start();
  });
  it('answers bytes that are no HTTP with a problem, and closes', async () => {
    const { port } = new URL(app.running.urls.api);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write('BREW /pot HTTP/9.9\r\n\r\n');
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*application\/problem\+json[^]*"type":"\/problems\/invalid-request"/);
  });
});
