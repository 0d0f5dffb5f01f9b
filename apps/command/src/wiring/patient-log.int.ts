import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryEventStore, StoreUnavailableError } from '@waymark/event-store';
import { openEventStoreDb } from '@waymark/event-store/eventstoredb';
import { createLog, loadConfig, type Log } from '@waymark/platform';
import { until } from '@waymark/testing';
import { startEventStoreDbServer, type EventStoreDbServer } from '@waymark/testing/eventstoredb-server';
import { bootstrap } from '../bootstrap.ts';
import { patientLog } from './patient-log.ts';

/** A server that goes away while a command app starts: after it was opened, and before its log was read. */
describe('a start during which EventStoreDB goes away', () => {
  const cleanups: (() => unknown)[] = [];
  let server: EventStoreDbServer;
  let told: string[];
  let stopping: AbortController;
  let starting: ReturnType<typeof bootstrap>;

  beforeEach(async () => {
    server = await startEventStoreDbServer();
    cleanups.push(() => server.stop());
    const directory = await mkdtemp(join(tmpdir(), 'waymark-start-'));
    cleanups.push(() => rm(directory, { recursive: true, force: true }));
    told = [];
    stopping = new AbortController();
    const env = {
      WAYMARK_DATA_DIR: directory,
      WAYMARK_COMMAND_PORT: '0',
      WAYMARK_COMMAND_ADMIN_PORT: '0',
      WAYMARK_EVENT_STORE: 'eventstoredb',
      EVENTSTOREDB_URL: `esdb://127.0.0.1:${server.port}?tls=false`,
    };
    const log = Object.assign(createLog({ name: 'command', level: 'silent' }), {
      warn: (sentence: unknown) => told.push(String(sentence)),
    }) as Log;
    await (await openEventStoreDb({ url: env.EVENTSTOREDB_URL })).close();
    const readsBefore = server.calls.get('read')!;
    server.faults.slowReadMs = 300;
    starting = bootstrap({ config: loadConfig(env, 'command'), log, stopping: stopping.signal });
    starting.catch(() => {});
    // The first read is of the id of the log, the second of the log itself.
    await until('the log is being read', () => server.calls.get('read') === readsBefore + 2);
    server.faults.notReady = true;
    server.dropConnections();
    await until('it waits', () => told.some((sentence) => sentence.startsWith('waiting for the event store, ')));
  });
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  it('waits, says so, and goes on when it is back', async () => {
    server.faults.notReady = false;
    const app = await starting;
    expect((await fetch(`${app.urls.api}/health/ready`)).status).toBe(200);
    await app.stop();
  });

  it('is given up at once when the process is told to stop', async () => {
    stopping.abort();
    await expect(starting).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  });
});

describe('the log that a start reads', () => {
  const context = { log: createLog({ name: 'command', level: 'silent' }), stopping: new AbortController().signal };

  it('is given up with one sentence after a while', async () => {
    const store = { readAll: () => Promise.reject(new StoreUnavailableError('EventStoreDB cannot be reached: x')) };
    const reading = patientLog(store, context, 100).readAll({ after: 0n, maxCount: 1 });
    await expect(reading).rejects.toThrow(/^the log could not be read within 0 s: EventStoreDB cannot be reached: x$/);
  });

  it('is not waited for when it is broken', async () => {
    const store = { readAll: () => Promise.reject(new Error('broken')) };
    await expect(patientLog(store, context).readAll({ after: 0n, maxCount: 1 })).rejects.toThrow('broken');
  });

  it('is the store itself where nothing is wrong', async () => {
    const store = createMemoryEventStore();
    expect(await patientLog(store, context).readAll({ after: 0n, maxCount: 1 })).toEqual([]);
  });
});
