import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { AppendResult, NewEvent } from '../event-store.ts';
import { openSqliteEventStore } from './sqlite-event-store.ts';
import type { SqliteEventStore } from './sqlite-event-store.ts';

/**
 * What the SQLite store costs: latency of single-event appends in an open model (2,000 a second over 2,000 streams, at random times, from
 * the time an append was meant to be asked), throughput when many wait, and reading. Run:
 *   node --conditions=waymark-source libs/event-store/src/sqlite/sqlite-event-store.bench.ts [--smoke] [--rate=2000] [--seconds=10] [--open-model-only]
 */

const isSmoke = process.argv.includes('--smoke');
const isOpenModelOnly = process.argv.includes('--open-model-only');
const rate = Number(option('rate', '2000'));
const seconds = Number(option('seconds', isSmoke ? '0.2' : '10'));
const STREAMS = 2_000;
const READ_EVENTS = isSmoke ? 2_000 : 200_000;
const SATURATED_MS = isSmoke ? 50 : 1_500;

function option(name: string, byDefault: string): string {
  return process.argv.find((argument) => argument.startsWith(`--${name}=`))?.split('=')[1] ?? byDefault;
}

/** As long as the stream of a game that is being played. */
const SHORT_EVENTS = 30;
const SHORT_STREAMS = Array.from({ length: isSmoke ? 5 : 500 }, () => `game-${randomUUID()}`);

const makeEvent = (): NewEvent => ({
  id: randomUUID(),
  type: 'WaypointReached',
  data: `{"playerId":"${randomUUID()}","row":0,"waypoint":17,"place":[1.5,2.5,3.5],"points":10,"score":170,"treasure":false,"at":1.7e12}`,
  metadata: { schemaVersion: 1, commandId: randomUUID(), sentAt: 1.7e12 },
});

const streams = Array.from({ length: STREAMS }, () => `game-${randomUUID()}`);

function quantiles(values: number[]): string {
  values.sort((a, b) => a - b);
  const at = (part: number): string =>
    values[Math.min(values.length - 1, Math.floor(values.length * part))]!.toFixed(2);
  return `p50 ${at(0.5)}  p99 ${at(0.99)}  p99.9 ${at(0.999)}  max ${at(1)} ms`;
}

/** CPU seconds of each thread of this process, by name; empty where the system has no /proc. */
function threadSeconds(): Map<string, number> {
  const found = new Map<string, number>();
  if (!existsSync('/proc/self/task')) return found;
  for (const id of readdirSync('/proc/self/task')) {
    const name = readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim();
    const [onCpuNs] = readFileSync(`/proc/self/task/${id}/schedstat`, 'utf8').split(' ');
    found.set(`${name}:${id}`, Number(onCpuNs) / 1e9);
  }
  return found;
}

/** Asks at random times, as independent callers do. A thread that sleeps keeps the times; timers of Node are a millisecond coarse. */
const ARRIVALS = `
const { parentPort, workerData } = require('node:worker_threads');
const cell = new Int32Array(new SharedArrayBuffer(4));
const now = () => performance.timeOrigin + performance.now();
let due = now();
const end = due + workerData.seconds * 1000;
while (due < end) {
  due += -Math.log(1 - Math.random()) * 1000 / workerData.rate;
  const wait = due - now();
  if (wait > 0) Atomics.wait(cell, 0, 0, wait);
  parentPort.postMessage(due);
}
parentPort.postMessage(-1);`;

async function openModel(store: SqliteEventStore): Promise<void> {
  const now = (): number => performance.timeOrigin + performance.now();
  const latencies: number[] = [];
  const fromDue: number[] = [];
  let asked = 0;
  const before = store.counters();
  const cpuBefore = threadSeconds();
  const arrivals = new Worker(ARRIVALS, { eval: true, workerData: { rate, seconds }, name: 'arrivals' });
  const inFlight: Promise<void>[] = [];
  await new Promise<void>((resolve) => {
    arrivals.on('message', (due: number) => {
      if (due < 0) return resolve();
      const start = now();
      asked += 1;
      const answered = store.appendToStream(streams[asked % STREAMS]!, [makeEvent()], { expectedRevision: 'any' });
      inFlight.push(
        answered.then((result) => {
          assertCommitted(result);
          latencies.push(now() - start);
          fromDue.push(now() - due);
        }),
      );
    });
  });
  await Promise.all(inFlight);
  const after = store.counters();
  console.log(`open model, ${rate}/s for ${seconds} s, ${asked} appends of one event`);
  console.log(`  append to answer       ${quantiles(latencies)}`);
  console.log(`  meant time to answer   ${quantiles(fromDue)}`);
  const commits = after.commits - before.commits;
  console.log(`  groups: mean ${(asked / commits).toFixed(2)}, largest ${after.groupAppendsMax}, commits ${commits}`);
  const copying = `${after.checkpoints} of ${after.checkpointMs.toFixed(0)} ms in all beside the commits`;
  console.log(
    `  checkpoints: ${copying}, ${after.checkpointBlockedMs.toFixed(1)} ms between them (longest ${after.checkpointBlockedMsMax.toFixed(1)})`,
  );
  console.log(
    `  WAL when last copied ${(after.walBytes / 2 ** 20).toFixed(1)} MiB, left ${(after.walRestBytes / 1024).toFixed(0)} KiB`,
  );
  for (const [name, spent] of threadSeconds()) {
    const cores = (spent - (cpuBefore.get(name) ?? 0)) / seconds;
    if (cores >= 0.01) console.log(`  CPU ${name.padEnd(24)} ${cores.toFixed(3)} cores`);
  }
}

function assertCommitted(result: AppendResult): void {
  if (result.outcome !== 'committed') throw new Error(`an append was not committed: ${JSON.stringify(result)}`);
}

/** `clients` callers, each with one append of `eventCount` events under way. */
async function saturated(store: SqliteEventStore, clients: number, eventCount: number): Promise<void> {
  const latencies: number[] = [];
  const start = performance.now();
  const before = store.counters();
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let turn = 0; performance.now() < start + SATURATED_MS; turn++) {
        const asked = performance.now();
        const events = Array.from({ length: eventCount }, makeEvent);
        assertCommitted(
          await store.appendToStream(streams[(client + turn * clients) % STREAMS]!, events, {
            expectedRevision: 'any',
          }),
        );
        latencies.push(performance.now() - asked);
      }
    }),
  );
  const perSecond = Math.round((latencies.length * eventCount * 1_000) / (performance.now() - start));
  const commits = store.counters().commits - before.commits;
  const group = (latencies.length / commits).toFixed(1);
  console.log(
    `${String(clients).padStart(5)} clients x ${eventCount} events: ${perSecond} events/s, group ${group}, ${quantiles(latencies)}`,
  );
}

async function reading(file: string): Promise<void> {
  const store = await openSqliteEventStore({ file, readOnly: true });
  for (const maxCount of [250, 1_000, 2_000, 5_000]) {
    const start = performance.now();
    let count = 0;
    let after = 0n;
    let longestMs = 0;
    while (count < READ_EVENTS) {
      const pageStart = performance.now();
      const page = await store.readAll({ after, maxCount });
      longestMs = Math.max(longestMs, performance.now() - pageStart);
      if (page.length === 0) break;
      after = page.at(-1)!.position;
      count += page.length;
    }
    const perSecond = Math.round((count * 1_000) / (performance.now() - start));
    console.log(`readAll in pages of ${maxCount}: ${perSecond} events/s, longest page ${longestMs.toFixed(1)} ms`);
  }
  const times: number[] = [];
  for (const stream of SHORT_STREAMS) {
    const start = performance.now();
    await store.readStream(stream);
    times.push(performance.now() - start);
  }
  console.log(`readStream of ${SHORT_EVENTS} events: ${quantiles(times)}`);
  await store.close();
}

async function saturatedAndReading(store: SqliteEventStore, file: string): Promise<void> {
  for (const [clients, eventCount] of [
    [1, 1],
    [64, 1],
    [1_000, 1],
    [8, 10],
    [1, 1_000],
  ] as const) {
    await saturated(store, clients, eventCount);
  }
  for (const stream of SHORT_STREAMS) {
    await store.appendToStream(stream, Array.from({ length: SHORT_EVENTS }, makeEvent), {
      expectedRevision: 'no_stream',
    });
  }
  const last = Number(await store.lastPosition());
  for (let filled = last; filled < READ_EVENTS; filled += 1_000) {
    const stream = streams[((filled / 1_000) % STREAMS) | 0]!;
    await store.appendToStream(stream, Array.from({ length: 1_000 }, makeEvent), { expectedRevision: 'any' });
  }
  await reading(file);
}

const directory = mkdtempSync(join(tmpdir(), 'waymark-bench-'));
try {
  const file = join(directory, 'events.db');
  const openStart = performance.now();
  const store = await openSqliteEventStore({ file });
  console.log(`open: ${(performance.now() - openStart).toFixed(0)} ms`);
  await saturated(store, 16, 1);
  await openModel(store);
  if (!isOpenModelOnly) await saturatedAndReading(store, file);
  const rssMib = process.memoryUsage.rss() / 2 ** 20;
  const closeStart = performance.now();
  await store.close();
  console.log(`close: ${(performance.now() - closeStart).toFixed(0)} ms; RSS ${rssMib.toFixed(0)} MiB`);
} finally {
  rmSync(directory, { recursive: true });
}
