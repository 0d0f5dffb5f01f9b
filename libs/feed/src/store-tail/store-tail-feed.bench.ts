import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteEventStore } from '@waymark/event-store';
import type { NewEvent, RecordedEvent } from '@waymark/event-store';
import type { Feed } from '../feed.ts';
import { createBell } from './bell.ts';
import { encodeEvents } from './bell-frames.ts';
import { createStoreTailFeed } from './store-tail-feed.ts';

/**
 * What the feed costs: replay of a long log into a consumer that does nothing, encoding for the bell, and the time from an append in one
 * process to the consumer in another, by the bell and by polling. Run:
 *   node --conditions=waymark-source libs/feed/src/store-tail/store-tail-feed.bench.ts [--smoke]
 */

const isSmoke = process.argv.includes('--smoke');
const isWriter = process.argv.includes('--writer');
const REPLAY_EVENTS = isSmoke ? 3_000 : 200_000;
const SECONDS = isSmoke ? 0.2 : 4;
const RATE = 2_000;
const directory = isWriter ? process.argv.at(-1)! : mkdtempSync(join(tmpdir(), 'waymark-bench-'));
const file = join(directory, 'events.db');
const bellPath = join(directory, 'bell.sock');
const streams = Array.from({ length: 2_000 }, () => `game-${randomUUID()}`);

const now = (): number => performance.timeOrigin + performance.now();
const makeEvent = (): NewEvent => ({
  id: randomUUID(),
  type: 'WaypointReached',
  data: `{"playerId":"${randomUUID()}","row":0,"waypoint":17,"place":[1.5,2.5,3.5],"points":10,"score":170,"treasure":false,"at":1.7e12}`,
  metadata: { schemaVersion: 1, commandId: randomUUID(), sentAt: 1.7e12 },
});

/** The command app's part, in a process of its own: appends at random times and rings the bell. */
async function write(): Promise<void> {
  const store = await openSqliteEventStore({ file });
  const bell = await createBell({ path: bellPath, logId: store.logId });
  store.onCommitted((events) => bell.ring(events));
  let due = now();
  let asked = 0;
  const timer = setInterval(() => {
    for (; due <= now(); due += (-Math.log(1 - Math.random()) * 1_000) / RATE) {
      asked += 1;
      void store.appendToStream(streams[asked % streams.length]!, [makeEvent()], { expectedRevision: 'any' });
    }
  }, 1);
  process.stdin.once('end', () => {
    clearInterval(timer);
    void bell.close().then(() => store.close());
  });
  process.stdin.resume();
  process.stdout.write('ready\n');
}

async function replay(): Promise<void> {
  const writer = await openSqliteEventStore({ file });
  for (let filled = 0; filled < REPLAY_EVENTS; filled += 1_000) {
    const events = Array.from({ length: 1_000 }, makeEvent);
    await writer.appendToStream(streams[(filled / 1_000) % streams.length]!, events, { expectedRevision: 'any' });
  }
  await writer.close();
  const store = await openSqliteEventStore({ file, readOnly: true });
  for (let run = 0; run < 3; run++) {
    const feed = createStoreTailFeed({ store });
    const start = performance.now();
    let last = start;
    let longestMs = 0;
    await new Promise<void>((resolve, reject) => {
      feed.start(0n, {
        onEvents() {
          longestMs = Math.max(longestMs, performance.now() - last);
          last = performance.now();
        },
        onCaughtUp: () => resolve(),
        onFault: reject,
      });
    });
    const perSecond = Math.round((feed.status().eventCount * 1_000) / (performance.now() - start));
    console.log(
      `replay of ${feed.status().eventCount} events: ${perSecond} events/s, longest page ${longestMs.toFixed(1)} ms`,
    );
    await feed.stop();
  }
  await store.close();
}

function encoding(): void {
  const event: RecordedEvent = { ...makeEvent(), stream: streams[0]!, revision: 7n, position: 70n, created: now() };
  const rounds = isSmoke ? 100 : 100_000;
  let bytes = 0;
  const start = performance.now();
  for (let round = 0; round < rounds; round++) bytes = encodeEvents([event])[0]!.length;
  const us = ((performance.now() - start) * 1_000) / rounds;
  console.log(`a ring of one event: ${us.toFixed(2)} us to encode, ${bytes} bytes`);
}

async function lag(
  name: string,
  options: { readonly bellPath?: string; readonly pollAloneMs?: number },
): Promise<void> {
  const store = await openSqliteEventStore({ file, readOnly: true });
  const feed: Feed = createStoreTailFeed({ store, ...options });
  const lags: number[] = [];
  let isMeasuring = false;
  const cpu = process.cpuUsage();
  feed.start(await store.lastPosition(), {
    onEvents(events) {
      if (isMeasuring) for (const event of events) lags.push(now() - event.created);
    },
    onCaughtUp: () => (isMeasuring = true),
    onFault: (error) => console.error(error),
  });
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1_000));
  const { user, system } = process.cpuUsage(cpu);
  const { source, holeCount } = feed.status();
  await feed.stop();
  await store.close();
  lags.sort((a, b) => a - b);
  const at = (part: number): string =>
    (lags[Math.min(lags.length - 1, Math.floor(lags.length * part))] ?? NaN).toFixed(2);
  const cores = ((user + system) / 1e6 / SECONDS).toFixed(3);
  console.log(
    `${name}: append to consumer p50 ${at(0.5)}  p99 ${at(0.99)}  p99.9 ${at(0.999)} ms of ${lags.length}, ${cores} cores (${source}, ${holeCount} holes)`,
  );
}

if (isWriter) await write();
else {
  try {
    await replay();
    encoding();
    const args = ['--conditions=waymark-source', import.meta.filename, '--writer', directory];
    const writer = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    await new Promise((resolve) => writer.stdout.once('data', resolve));
    const ended = new Promise((resolve) => writer.once('close', resolve));
    await lag('bell', { bellPath });
    await lag('polling every 5 ms', { pollAloneMs: 5 });
    await lag('polling every 2 ms', { pollAloneMs: 2 });
    writer.stdin.end();
    await ended;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
