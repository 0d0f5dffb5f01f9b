import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog, dataDirPaths, loadConfig, type Log } from '@waymark/platform';
import { bootstrap, type CommandApp } from '../bootstrap.ts';

/** The real command app for tests: on free ports of the loopback, with SQLite in a directory of its own. */
export interface Asked {
  readonly token?: string | null;
  readonly body?: unknown;
  /** Sent as it is, in place of `body`. */
  readonly raw?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** The body, parsed when it is JSON. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into bodies of every shape.
  readonly body: any;
}

export class TestCommandApp {
  readonly dataDir: string;
  private app: CommandApp | null = null;
  /** The development author's token. */
  token = '';

  private readonly settings: Readonly<Record<string, string>>;
  private readonly log: Log;

  private constructor(dataDir: string, settings: Readonly<Record<string, string>>, log: Log) {
    this.dataDir = dataDir;
    this.settings = settings;
    this.log = log;
  }

  static async start(
    settings: Readonly<Record<string, string>> = {},
    log: Log = createLog({ name: 'command', level: 'silent' }),
  ): Promise<TestCommandApp> {
    const test = new TestCommandApp(await mkdtemp(join(tmpdir(), 'waymark-command-')), settings, log);
    await test.start();
    return test;
  }

  get running(): CommandApp {
    if (this.app === null) throw new Error('the command app is not running');
    return this.app;
  }

  async start(): Promise<void> {
    const env = {
      WAYMARK_DATA_DIR: this.dataDir,
      WAYMARK_COMMAND_PORT: '0',
      WAYMARK_COMMAND_ADMIN_PORT: '0',
      ...this.settings,
    };
    const { signal: stopping } = new AbortController();
    this.app = await bootstrap({ config: loadConfig(env, 'command'), log: this.log, stopping });
    // There is none where the author keys are given.
    this.token = (await readFile(dataDirPaths(this.dataDir).devToken, 'utf8').catch(() => '')).trim();
  }

  /** Stops it and starts it again on the same data. */
  async restart(): Promise<void> {
    await this.running.stop();
    await this.start();
  }

  async stop(): Promise<void> {
    await this.app?.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  /** With the development token unless another, or null for none, is given. */
  async ask(method: string, path: string, asked: Asked = {}): Promise<Answered> {
    const { body, headers, raw, token = this.token } = asked;
    const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(this.running.urls.api + path, {
      method,
      headers: {
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(payload === undefined ? {} : { body: payload as string }),
    });
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  post(path: string, body?: unknown, asked: Asked = {}): Promise<Answered> {
    return this.ask('POST', path, { ...asked, ...(body === undefined ? {} : { body }) });
  }

  /** Position of the last event: unchanged when nothing was stored. */
  async position(): Promise<bigint> {
    return this.running.store.lastPosition();
  }
}

/** Waypoints on the x axis, 100 m apart, radius 5 m, 10 points; the last is the treasure. */
export function questDocument(waypointCount = 3, changes: Readonly<Record<string, unknown>> = {}) {
  const waypoints = Array.from({ length: waypointCount }, (_, i) => ({
    at: [100 * i, 0, 0],
    ...(i === waypointCount - 1 ? { treasure: true, points: 50 } : {}),
  }));
  return { title: 'Along the axis', waypoints, ...changes };
}

/** A published quest's id. */
export async function publishedQuest(app: TestCommandApp, document: unknown = questDocument()): Promise<string> {
  const { body } = await app.post('/quests', document);
  await app.post(`/quests/${body.questId}/publish`);
  return body.questId as string;
}

/** A running game of a fresh quest, with one player who is called pia. */
export async function runningGame(app: TestCommandApp, document: unknown = questDocument()): Promise<string> {
  const questId = await publishedQuest(app, document);
  const { body } = await app.post('/games', { questId, open: true, maxPlayers: 2 });
  await app.post(`/games/${body.gameId}/players`, { playerId: 'pia', name: 'Pia' });
  await app.post(`/games/${body.gameId}/start`);
  return body.gameId as string;
}
