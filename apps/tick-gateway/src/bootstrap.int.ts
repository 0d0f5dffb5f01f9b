import {
  DataDirError,
  createLog,
  loadConfig,
  openKeyring,
  prepareDataDir,
  startFaultSentence,
} from '@waymark/platform';
import { openSqliteEventStore } from '@waymark/event-store';
import { until } from '@waymark/testing';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { bootstrap, type Gateway } from './bootstrap.ts';

/** A start that fails says why in one sentence and leaves nothing behind; a stop waits for nobody. */
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'waymark-start-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

function start(
  env: Readonly<Record<string, string>> = {},
  waitMs = 100,
  stopping = new AbortController().signal,
): Promise<Gateway> {
  const ports = { WAYMARK_GATEWAY_PORT: '0', WAYMARK_GATEWAY_ADMIN_PORT: '0', WAYMARK_DRAIN_MS: '0' };
  const config = loadConfig({ WAYMARK_DATA_DIR: root, ...ports, ...env }, 'gateway');
  return bootstrap({ config, log: createLog({ name: 'gateway', level: 'silent' }), stopping }, waitMs);
}

/** The sentence with which a start fails. */
async function fault(env: Readonly<Record<string, string>> = {}): Promise<string> {
  return start(env).then(
    async (gateway) => {
      await gateway.stop('test');
      return 'it started';
    },
    (error: unknown) => startFaultSentence(error),
  );
}

async function makeLog(): Promise<void> {
  const { events, keys } = await prepareDataDir(root);
  await openKeyring(keys);
  const store = await openSqliteEventStore({ file: events });
  await store.close();
}

async function taken(): Promise<{ server: Server; port: string }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: String((server.address() as AddressInfo).port) };
}

it('a data directory without keys, or without a log, is waited for and then told', async () => {
  expect(await fault()).toMatch(/^Waymark cannot start: no keys in .* the command app makes them on its first start$/);
  const { keys } = await prepareDataDir(root);
  await openKeyring(keys);
  expect(await fault()).toMatch(
    /^Waymark cannot start: no event log at .*events\.db after 100 ms; the command app makes it/,
  );
});

it('a file that is no log is told at once', async () => {
  const { events, keys } = await prepareDataDir(root);
  await openKeyring(keys);
  await writeFile(events, 'a'.repeat(5_000));
  const error: unknown = await start().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DataDirError);
  expect(startFaultSentence(error)).toMatch(/^Waymark cannot start: the file .* is not a Waymark event store$/);
});

it.each(['WAYMARK_GATEWAY_PORT', 'WAYMARK_GATEWAY_ADMIN_PORT'])(
  'a port that is taken (%s) is told, and the other is free again',
  async (name) => {
    await makeLog();
    const { server, port } = await taken();
    expect(await fault({ [name]: port })).toBe(
      `Waymark cannot start: 127.0.0.1 port ${port} is taken by another program`,
    );
    server.close();
    expect(await fault({ [name]: port })).toBe('it started');
  },
);

it('a gateway that is told to stop while it waits for the command app gives up at once', async () => {
  const waitsForKeys = new AbortController();
  setTimeout(() => waitsForKeys.abort(), 100);
  await expect(start({}, 30_000, waitsForKeys.signal)).rejects.toMatchObject({ name: 'AbortError' });
  await openKeyring((await prepareDataDir(root)).keys);
  const waitsForLog = new AbortController();
  setTimeout(() => waitsForLog.abort(), 100);
  await expect(start({}, 30_000, waitsForLog.signal)).rejects.toMatchObject({ name: 'AbortError' });
});

it('an address that this machine does not have is told', async () => {
  await makeLog();
  expect(await fault({ WAYMARK_HOST: '192.0.2.1' })).toMatch(/this machine has no address 192\.0\.2\.1/);
});

it('a gateway started before the command app starts as soon as keys and log are there', async () => {
  const starting = start({}, 10_000);
  await makeLog();
  const gateway = await starting;
  await until('readiness', async () => (await fetch(`http://127.0.0.1:${gateway.port}/health/ready`)).ok);
  await gateway.stop('test');
});

it('a log of an earlier version is waited for as long as the command app takes to bring it up, and the log tells so', async () => {
  await makeLog();
  const { events } = await prepareDataDir(root);
  const old = new DatabaseSync(events);
  old.exec(`ALTER TABLE events RENAME TO newer;
    CREATE TABLE events (position INTEGER PRIMARY KEY, stream INTEGER NOT NULL REFERENCES streams (id), revision INTEGER NOT NULL,
      id TEXT NOT NULL, type TEXT NOT NULL, data TEXT NOT NULL, metadata TEXT NOT NULL, created REAL NOT NULL,
      UNIQUE (stream, revision), UNIQUE (stream, id)) STRICT;
    DROP TABLE newer; DROP TABLE revision_index; DROP TABLE id_index; DROP TABLE index_state;
    UPDATE meta SET value = '1' WHERE key = 'schema_version'`);
  old.close();
  const log = createLog({ name: 'gateway', level: 'silent' });
  const told: unknown[] = [];
  Object.assign(log, { info: (...line: unknown[]) => told.push(line) });
  const config = loadConfig(
    { WAYMARK_DATA_DIR: root, WAYMARK_GATEWAY_PORT: '0', WAYMARK_GATEWAY_ADMIN_PORT: '0', WAYMARK_DRAIN_MS: '0' },
    'gateway',
  );
  // A log that is missing would have been waited for so long.
  const waitMs = 1;
  let settled = false;
  const starting = bootstrap({ config, log, stopping: new AbortController().signal }, waitMs);
  void starting.then(
    () => (settled = true),
    () => (settled = true),
  );
  await until('it tells what it waits for', () => settled || told.length > 0);
  expect(told).toEqual([
    [
      { waitedMs: expect.any(Number) as number, writtenBytes: expect.any(Number) as number },
      'waiting for the command app to bring the event log up to this version',
    ],
  ]);
  expect(settled).toBe(false);
  const store = await openSqliteEventStore({ file: events });
  const gateway = await starting;
  expect(gateway.port).toBeGreaterThan(0);
  await gateway.stop('test');
  await store.close();
});

it('a gateway listens on every interface when told so, and its canary finds it', async () => {
  await makeLog();
  const gateway = await start({ WAYMARK_HOST: '0.0.0.0' });
  await until('readiness', async () => (await fetch(`http://127.0.0.1:${gateway.adminPort}/health/ready`)).ok);
  await gateway.stop('test');
});

it('half a request does not hold up the end', async () => {
  await makeLog();
  const gateway = await start();
  const idle = connect(gateway.port, '127.0.0.1');
  const half = connect(gateway.port, '127.0.0.1');
  for (const socket of [idle, half]) {
    socket.on('error', () => undefined);
    await once(socket, 'connect');
  }
  half.write('GET /quests HTTP/1.1\r\nHost: x\r\n');
  const startedAt = performance.now();
  await gateway.stop('test');
  expect(performance.now() - startedAt).toBeLessThan(3_000);
  idle.destroy();
  half.destroy();
});
