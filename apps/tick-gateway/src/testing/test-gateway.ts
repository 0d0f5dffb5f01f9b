import { openSqliteEventStore, type SqliteEventStore } from '@waymark/event-store';
import { createBell, type Bell } from '@waymark/feed';
import {
  AuthorTokens,
  createLog,
  loadConfig,
  openKeyring,
  prepareDataDir,
  ServiceTokens,
  Sessions,
  systemClock,
  systemRandom,
  Tickets,
  type DataDir,
  type Keyring,
} from '@waymark/platform';
import { until } from '@waymark/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootstrap, type Gateway } from '../bootstrap.ts';
import { FakeCommand } from './fake-command.ts';
import { TestClient, type ConnectOptions } from './test-client.ts';
import { OWNER, TestLog } from './test-log.ts';

/**
 * The real gateway for tests, on free ports of the loopback, with a log that the test itself writes in place of the command app (an app
 * never imports another): SQLite in a directory of its own, the bell, the keys, and an answer to `reach`.
 */
export interface GatewaySettings {
  /** Short, so that tests are. */
  readonly tickMs?: number;
  readonly drainMs?: number;
  /** WAYMARK_CORS_ORIGINS. */
  readonly corsOrigins?: string;
  /** WAYMARK_OTEL_TRACES_URL. */
  readonly otelTracesUrl?: string;
  /** By their names. */
  readonly others?: Readonly<Record<string, string>>;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed when it is JSON. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into bodies of every shape.
  readonly body: any;
}

export class TestGateway {
  readonly dataDir: DataDir;
  readonly store: SqliteEventStore;
  readonly log: TestLog;
  readonly command: FakeCommand;
  readonly keyring: Keyring;
  readonly tickets: Tickets;
  readonly sessions: Sessions;
  readonly authors: AuthorTokens;
  readonly clients: TestClient[] = [];
  private readonly settings: GatewaySettings;
  private readonly bell: Bell;
  private gateway: Gateway | null = null;
  private readonly more: Gateway[] = [];

  private constructor(
    parts: { dataDir: DataDir; keyring: Keyring; store: SqliteEventStore; bell: Bell; command: FakeCommand },
    settings: GatewaySettings,
  ) {
    const { bell, command, dataDir, keyring, store } = parts;
    this.dataDir = dataDir;
    this.keyring = keyring;
    this.store = store;
    this.bell = bell;
    this.command = command;
    this.settings = settings;
    this.log = new TestLog(store);
    this.tickets = new Tickets(keyring, systemClock, systemRandom);
    this.sessions = new Sessions(keyring, systemClock);
    this.authors = new AuthorTokens(keyring, systemClock);
  }

  static async start(settings: GatewaySettings = {}): Promise<TestGateway> {
    const dataDir = await prepareDataDir(await mkdtemp(join(tmpdir(), 'waymark-gateway-')));
    const keyring = await openKeyring(dataDir.keys);
    const store = await openSqliteEventStore({ file: dataDir.events });
    const bell = await createBell({ path: dataDir.bell, logId: store.logId });
    store.onCommitted((events) => bell.ring(events));
    const command = await FakeCommand.start(new ServiceTokens(keyring, systemClock));
    const test = new TestGateway({ dataDir, keyring, store, bell, command }, settings);
    await test.start();
    return test;
  }

  get running(): Gateway {
    if (this.gateway === null) throw new Error('the gateway is not running');
    return this.gateway;
  }

  get ws(): string {
    return `ws://127.0.0.1:${this.running.port}`;
  }

  async start(): Promise<void> {
    this.gateway = await this.boot({});
  }

  /** One more gateway on the same data, for as long as the test runs. */
  async startAnother(others: Readonly<Record<string, string>> = {}): Promise<Gateway> {
    const gateway = await this.boot(others);
    this.more.push(gateway);
    return gateway;
  }

  private async boot(others: Readonly<Record<string, string>>): Promise<Gateway> {
    const env = {
      WAYMARK_DATA_DIR: this.dataDir.root,
      WAYMARK_GATEWAY_PORT: '0',
      WAYMARK_GATEWAY_ADMIN_PORT: '0',
      WAYMARK_COMMAND_URL: this.command.url,
      WAYMARK_TICK_MS: String(this.settings.tickMs ?? 50),
      WAYMARK_DRAIN_MS: String(this.settings.drainMs ?? 50),
      WAYMARK_POISON: '1',
      WAYMARK_CORS_ORIGINS: this.settings.corsOrigins ?? '',
      WAYMARK_OTEL_TRACES_URL: this.settings.otelTracesUrl ?? '',
      ...this.settings.others,
      ...others,
    };
    const log = createLog({ name: 'gateway', level: 'silent' });
    const { signal: stopping } = new AbortController();
    const gateway = await bootstrap({ config: loadConfig(env, 'gateway'), log, stopping });
    await until('readiness', async () => (await fetch(`http://127.0.0.1:${gateway.port}/health/ready`)).ok);
    return gateway;
  }

  /** Stops the gateway alone; the log stays open. */
  async halt(): Promise<void> {
    await this.gateway?.stop('test');
    this.gateway = null;
  }

  async stop(): Promise<void> {
    await this.halt();
    for (const gateway of this.more.splice(0)) await gateway.stop('test');
    await this.command.close();
    await this.bell.close();
    await this.store.close();
    await rm(this.dataDir.root, { recursive: true, force: true });
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.running.port}${path}`;
  }

  /** A GET. */
  async get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answered> {
    const response = await fetch(this.url(path), { headers });
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  /** A counter or gauge of /metrics, summed over its labels or of the one given. */
  async metric(name: string, label = ''): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.running.adminPort}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) && line.includes(label));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }

  connect(path: string, options: ConnectOptions = {}, base = this.ws): TestClient {
    const client = new TestClient(base + path, options);
    this.clients.push(client);
    return client;
  }

  /** A player who joined, connects with a ticket. */
  async play(gameId: string, playerId: string, query = ''): Promise<TestClient> {
    return this.connect(`/play${query}`, { protocols: await this.withTicket(gameId, playerId) }).welcomed();
  }

  async watch(gameId: string, query = ''): Promise<TestClient> {
    return this.connect(`/watch?game=${gameId}${query}`).welcomed();
  }

  /** Subprotocols of a fresh ticket. */
  async withTicket(gameId: string, playerId: string, row = 0): Promise<string[]> {
    return ['waymark.v1', `ticket.${await this.tickets.issue({ gameId, playerId, row, revision: 0 })}`];
  }

  /** Goes on with what `client` held when it lost its connection. */
  resume(client: TestClient, base = this.ws): TestClient {
    const { revision, sequence } = client.state;
    const { epoch, sessionToken } = client.welcome;
    return this.connect(
      `/play?epoch=${epoch}&revision=${revision}&sequence=${sequence}`,
      {
        protocols: ['waymark.v1', `session.${sessionToken}`],
        state: client.state,
      },
      base,
    );
  }

  async bearer(subject = OWNER): Promise<{ authorization: string }> {
    return { authorization: `Bearer ${await this.authors.issue(subject, ['games:operate'], 60)}` };
  }

  /** A running game with one player who has joined. */
  async gameWith(...players: string[]): Promise<string> {
    const gameId = await this.log.game(await this.log.quest());
    for (const [row, playerId] of players.entries()) await this.log.join(gameId, playerId, row);
    return gameId;
  }

  /** What the clients of this test found wrong with the server, and forgets them. */
  takeFaults(): string[] {
    return this.clients.splice(0).flatMap((client) => {
      client.socket.terminate();
      return client.faults;
    });
  }
}
