/**
 * The built command app under an open model: reaches at a fixed rate, each timed from when it was meant to be sent, and quest documents of
 * 8,500 waypoints beside them. Another process sends, so on two cores the figures hold both. Prints percentiles, CPU, memory and
 * how long the app's event loop was held up.
 *
 *   node apps/command/src/command.bench.ts [--smoke] [--rate=2000] [--seconds=15] [--games=2000] [--flags="--max-semi-space-size=8"]
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Pool } from 'undici';

const { values } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    rate: { type: 'string' },
    seconds: { type: 'string' },
    games: { type: 'string' },
    flags: { type: 'string', default: '--max-semi-space-size=8' },
  },
});
const rate = Number(values.rate ?? (values.smoke ? 200 : 2_000));
const seconds = Number(values.seconds ?? (values.smoke ? 1 : 15));
const gameCount = Number(values.games ?? (values.smoke ? 20 : 2_000));
const QUESTS = 8;
const WAYPOINTS = 4_200;
const LARGE_WAYPOINTS = 8_500;
const SETUP_AT_ONCE = 16;
const LARGE_DOCUMENT = JSON.stringify({
  title: 'Large',
  waypoints: Array.from({ length: LARGE_WAYPOINTS }, (_, i) => [1.25 * i, Math.round(100 * Math.sin(i)), 2.5]),
});

const root = new URL('../../../', import.meta.url).pathname;
spawnSync(process.execPath, ['tools/build.ts'], { cwd: root, stdio: 'ignore' });

const dataDir = mkdtempSync(join(tmpdir(), 'waymark-bench-'));
const app = spawn(process.execPath, [...values.flags.split(' ').filter(Boolean), 'apps/command/dist/main.js'], {
  cwd: root,
  env: {
    ...process.env,
    WAYMARK_DATA_DIR: dataDir,
    WAYMARK_COMMAND_PORT: '38411',
    WAYMARK_COMMAND_ADMIN_PORT: '38412',
    WAYMARK_LOG_LEVEL: 'warn',
  },
  stdio: ['ignore', 'ignore', 'inherit'],
});
process.on('exit', () => {
  app.kill('SIGKILL');
  rmSync(dataDir, { recursive: true, force: true });
});
const api = new Pool('http://127.0.0.1:38411', { connections: 64, pipelining: 1 });
const admin = new Pool('http://127.0.0.1:38412');

interface PlayedGame {
  readonly gameId: string;
  readonly offsetM: number;
  next: number;
}

await untilReady();
const token = readFileSync(join(dataDir, 'dev-token'), 'utf8').trim();
const games = await prepareGames();
console.log(`${gameCount} games of ${QUESTS} quests of ${WAYPOINTS} waypoints, ${(await appFigures()).memoryMb} MB`);
await measure('warming up', Math.min(seconds, 5), false);
await measure('reaches', seconds, false);
await measure(`reaches, and a quest of ${LARGE_WAYPOINTS} waypoints a second`, seconds, true);
process.exit(0);

async function measure(name: string, forSeconds: number, withQuests: boolean): Promise<void> {
  const latencies: number[] = [];
  const questLatencies: number[] = [];
  let failed = 0;
  const total = Math.floor(rate * forSeconds);
  const under = new Set<Promise<void>>();
  const track = (work: Promise<void>): void => {
    under.add(work);
    void work.finally(() => under.delete(work));
  };
  const before = await appFigures();
  const startedAt = performance.now();
  for (let sent = 0; sent < total; await sleep(1)) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) * rate) / 1000));
    for (; sent < due; sent++) {
      const meantAt = startedAt + (sent * 1000) / rate;
      const reached = reach(games[sent % games.length]!).then((status) => {
        latencies.push(performance.now() - meantAt);
        if (status !== 200) failed += 1;
      });
      track(reached);
    }
    if (withQuests && questLatencies.length <= (performance.now() - startedAt) / 1000) {
      const index = questLatencies.push(0) - 1;
      const meantAt = performance.now();
      track(draft(LARGE_DOCUMENT).then(() => void (questLatencies[index] = performance.now() - meantAt)));
    }
  }
  await Promise.all(under);
  const elapsedSeconds = (performance.now() - startedAt) / 1000;
  const after = await appFigures();
  const cores = (after.cpuSeconds - before.cpuSeconds) / elapsedSeconds;
  console.log(`${name}: ${(total / elapsedSeconds).toFixed(0)} a second, ${failed} failed, ${percentiles(latencies)}`);
  console.log(
    `  app: ${cores.toFixed(2)} cores, ${after.memoryMb} MB, collections ${after.minorCollections - before.minorCollections} minor, ` +
      `${after.majorCollections - before.majorCollections} major, longest turn of its event loop ${after.longestTurnMs.toFixed(1)} ms`,
  );
  if (withQuests) console.log(`  quests: ${percentiles(questLatencies)}`);
}

async function reach(game: PlayedGame): Promise<number> {
  const waypoint = game.next;
  game.next += 1;
  return call(
    `/games/${game.gameId}/players/p/reach`,
    `{"waypoint":${waypoint},"at":[${10 * waypoint + game.offsetM},0,0]}`,
    {
      'idempotency-key': `reach:p:${waypoint}`,
    },
  ).then(({ status }) => status);
}

async function call(path: string, body?: string, headers: Record<string, string> = {}) {
  const answer = await api.request({
    method: 'POST',
    path,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const text = await answer.body.text();
  return { status: answer.statusCode, body: JSON.parse(text) as Record<string, string> };
}

async function draft(document: string): Promise<string> {
  const { body, status } = await call('/quests', document);
  if (status !== 201) throw new Error(`the quest was refused: ${JSON.stringify(body)}`);
  return body['questId']!;
}

async function prepareGames(): Promise<PlayedGame[]> {
  const questIds: string[] = [];
  for (let quest = 0; quest < QUESTS; quest++) {
    const waypoints = Array.from({ length: WAYPOINTS }, (_, i) => [10 * i + quest, 0, 0]);
    const questId = await draft(JSON.stringify({ title: `Quest ${quest}`, waypoints }));
    await call(`/quests/${questId}/publish`);
    questIds.push(questId);
  }
  const made: PlayedGame[] = [];
  const prepare = async (): Promise<void> => {
    while (made.length < gameCount) {
      const offsetM = made.length % QUESTS;
      const game: PlayedGame = { gameId: '', offsetM, next: 0 };
      const index = made.push(game) - 1;
      const { gameId } = (await call('/games', JSON.stringify({ questId: questIds[offsetM], open: true }))).body;
      await call(`/games/${gameId}/players`, '{"playerId":"p","name":"P"}');
      await call(`/games/${gameId}/start`);
      made[index] = { ...game, gameId: gameId! };
    }
  };
  await Promise.all(Array.from({ length: SETUP_AT_ONCE }, prepare));
  return made;
}

async function untilReady(): Promise<void> {
  for (const deadline = performance.now() + 20_000; performance.now() < deadline; await sleep(50)) {
    const ready = await admin.request({ method: 'GET', path: '/health/ready' }).catch(() => null);
    await ready?.body.dump();
    if (ready?.statusCode === 200) return;
  }
  throw new Error('the command app did not start');
}

interface AppFigures {
  readonly cpuSeconds: number;
  readonly memoryMb: number;
  /** In the last whole window of 10 s. */
  readonly longestTurnMs: number;
  readonly minorCollections: number;
  readonly majorCollections: number;
}

/** What the app says of itself at its admin port. */
async function appFigures(): Promise<AppFigures> {
  const metrics = await (await admin.request({ method: 'GET', path: '/metrics' })).body.text();
  const read = (name: string, label = ''): number => {
    const line = metrics.split('\n').find((text) => text.startsWith(name) && text.includes(label));
    return Number(line?.split(' ').at(-1));
  };
  return {
    cpuSeconds: read('process_cpu_seconds_total'),
    memoryMb: Math.round(read('process_resident_memory_bytes') / 1e6),
    longestTurnMs: 1000 * read('waymark_eventloop_delay_seconds', 'stat="max"'),
    minorCollections: read('waymark_gc_collections_total', 'kind="minor"'),
    majorCollections: read('waymark_gc_collections_total', 'kind="major"'),
  };
}

function percentiles(values: number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN).toFixed(2);
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, p99.9 ${at(0.999)}, max ${at(1)} ms`;
}
