/**
 * How long a quest of 8,500 waypoints holds up the event loop of the built command app, and with it the commands of others: the longest turn of the
 * loop while one is drafted, with nothing else going on. Bare: places only; full: every field, with clues near their limit.
 *
 *   node apps/command/src/quest-turns.bench.ts [--smoke]
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { smoke: { type: 'boolean', default: false } } });
const WAYPOINTS = 8_500;
const COUNT = values.smoke ? 3 : 30;
const PORTS = { api: 38_421, admin: 38_422 };

const at = (i: number): number[] => [1.25 * i, Math.round(100 * Math.sin(i)), 2.5];
const documentOf = (waypoint: (i: number) => unknown): string =>
  JSON.stringify({ title: 'Large', waypoints: Array.from({ length: WAYPOINTS }, (_, i) => waypoint(i)) });
const BARE = documentOf(at);
const FULL = documentOf((i) => ({ at: at(i), radius: 4, points: 10, clue: `Look behind the old stone no. ${i}` }));

const root = new URL('../../../', import.meta.url).pathname;
spawnSync(process.execPath, ['tools/build.ts'], { cwd: root, stdio: 'ignore' });
const dataDir = mkdtempSync(join(tmpdir(), 'waymark-bench-'));
const flags = [
  '--import=./apps/command/src/testing/turn-probe.ts',
  '--max-semi-space-size=4',
  '--no-parallel-scavenge',
];
const app = spawn(process.execPath, [...flags, 'apps/command/dist/main.js'], {
  cwd: root,
  env: {
    ...process.env,
    WAYMARK_DATA_DIR: dataDir,
    WAYMARK_COMMAND_PORT: String(PORTS.api),
    WAYMARK_COMMAND_ADMIN_PORT: String(PORTS.admin),
    WAYMARK_LOG_LEVEL: 'warn',
  },
  stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
});
process.on('exit', () => {
  app.kill('SIGKILL');
  rmSync(dataDir, { recursive: true, force: true });
});

await untilReady();
const token = readFileSync(join(dataDir, 'dev-token'), 'utf8').trim();
await sleep(1_000);
await measure('bare, the first after the start', BARE, 1);
await measure('bare', BARE, COUNT);
await measure('full', FULL, COUNT);
process.exit(0);

async function measure(name: string, document: string, count: number): Promise<void> {
  const turns: number[] = [];
  for (let i = 0; i < count; i++) {
    await longestTurnMs();
    await draft(document);
    turns.push(await longestTurnMs());
  }
  turns.sort((a, b) => a - b);
  const median = turns[Math.floor(count / 2)]!;
  const kilobytes = Math.round(document.length / 1_000);
  console.log(
    `${name} (${kilobytes} kB): longest turn ${median.toFixed(1)} ms p50, ${turns.at(-1)!.toFixed(1)} ms max`,
  );
}

/** Of the app's event loop, since this was asked last. */
async function longestTurnMs(): Promise<number> {
  app.send('turns');
  for (;;) {
    const [message] = (await once(app, 'message')) as [{ readonly type?: string; readonly longestMs: number }];
    if (message.type === 'turns') return message.longestMs;
  }
}

async function draft(document: string): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${PORTS.api}/quests`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: document,
  });
  if (answer.status !== 201) throw new Error(`the quest was refused: ${await answer.text()}`);
  await answer.arrayBuffer();
}

async function untilReady(): Promise<void> {
  for (const deadline = performance.now() + 20_000; performance.now() < deadline; await sleep(50)) {
    const answer = await fetch(`http://127.0.0.1:${PORTS.admin}/health/ready`).catch(() => null);
    if (answer?.ok === true) return;
  }
  throw new Error('the command app did not start');
}
