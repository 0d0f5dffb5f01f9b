import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '@waymark/testing';

/** `npm start` as people use it: the built apps, the demo, Ctrl-C, and every way in which it can go wrong. Packages are there already. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const UP_MS = 60_000;
/** What Ctrl-C is promised to take at most, and a second start. */
const STOP_MS = 3_000;
const SECOND_START_S = 5;
const BARE_NODE_MS = 60;

interface Run {
  readonly child: ChildProcess;
  out: string;
  /** Processes under it, last time somebody looked. */
  family: number[];
  readonly ended: Promise<number | string>;
}

const runs: Run[] = [];
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'waymark-start-'));
});

afterEach(async () => {
  for (const run of runs.splice(0)) {
    for (const pid of [...run.family, run.child.pid!]) killQuietly(pid);
  }
  await rm(dir, { recursive: true, force: true });
});

function start(env: Record<string, string> = {}, command: readonly string[] = ['node', 'tools/start/start.mjs']): Run {
  const [program, ...args] = command;
  const child = spawn(program!, args, {
    cwd: root,
    // Its own group, as a shell with job control gives it: Ctrl-C is a signal to all of it.
    detached: true,
    env: { ...ownEnvironment(), WAYMARK_DATA_DIR: dir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const run: Run = {
    child,
    out: '',
    family: [],
    ended: Promise.all([once(child, 'exit'), once(child.stdout!, 'close'), once(child.stderr!, 'close')]).then(
      ([[code, signal]]) => (code ?? signal) as number | string,
    ),
  };
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk) => (run.out += String(chunk)));
  runs.push(run);
  return run;
}

/** Without settings of whoever runs the tests, on ports that are free. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(
    ([name]) => !/^WAYMARK_|^REDIS_URL(_FILE)?$|^EVENTSTOREDB_URL(_FILE)?$|^NODE_OPTIONS$/.test(name),
  );
  const ports = ['COMMAND_PORT', 'GATEWAY_PORT', 'COMMAND_ADMIN_PORT', 'GATEWAY_ADMIN_PORT'];
  return { ...Object.fromEntries(others), ...Object.fromEntries(ports.map((name) => [`WAYMARK_${name}`, '0'])) };
}

const said = (run: Run, what: string) => (): string => `${what}\n${run.out}`;

async function up(run: Run): Promise<Run> {
  const over = run.ended.then((code) => Promise.reject(new Error(`ended with ${code}: ${run.out}`)));
  await Promise.race([until(said(run, 'up'), () => run.out.includes('What else there is'), UP_MS), over]);
  run.family = descendants(run.child.pid!);
  return run;
}

/** Ctrl-C; how long it took until all of it was gone. */
async function interrupt(run: Run): Promise<{ code: number | string; tookMs: number }> {
  const sentAt = performance.now();
  process.kill(-run.child.pid!, 'SIGINT');
  const code = await run.ended;
  return { code, tookMs: performance.now() - sentAt };
}

/**
 * A start of what is built already, within its time. On a machine that is busy with something else the time grows with what a bare Node takes to
 * start at that moment, against BARE_NODE_MS on an idle one of two cores; two tries may be spoilt.
 */
async function startInTime(): Promise<Run> {
  for (let left = 3; ; left--) {
    const limitS = SECOND_START_S * Math.max(1, bareNodeMs() / BARE_NODE_MS);
    const run = await up(start());
    if (Number(found(run, /up after (\S+) s/)) < limitS) return run;
    if (left === 1) throw new Error(`no start within ${limitS.toFixed(1)} s: ${run.out}`);
    await interrupt(run);
  }
}

/** Median of five. */
function bareNodeMs(): number {
  const times = Array.from({ length: 5 }, () => {
    const startedAt = performance.now();
    execFileSync(process.execPath, ['-e', '0']);
    return performance.now() - startedAt;
  });
  return times.sort((x, y) => x - y)[2]!;
}

/** A connection on which `text` was sent, and nothing more will be. */
async function halfOpen([host, port]: readonly [string, number], text: string): Promise<Socket> {
  const socket = connect({ host, port });
  socket.on('error', () => undefined).resume();
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

const found = (run: Run, pattern: RegExp): string =>
  pattern.exec(run.out)?.[1] ?? `nothing like ${pattern} in: ${run.out}`;
const gatewayOf = (run: Run): string => found(run, /WebSockets {2}(\S+)\/games/);
const gone = (pids: readonly number[]): boolean => !pids.some(alive);

interface Scores {
  readonly revision: number;
  readonly scores: readonly { readonly reachedCount: number }[];
}

async function json<T>(url: string): Promise<T> {
  return (await (await fetch(url)).json()) as T;
}

async function runningGames(run: Run): Promise<string[]> {
  const { games } = await json<{ games: { gameId: string }[] }>(`${gatewayOf(run)}/games?status=running`);
  return games.map(({ gameId }) => gameId).sort();
}

describe('npm start', () => {
  it('plays, prints lines that work, ends on Ctrl-C, and goes on with what was there', async () => {
    const first = await up(start());
    expect(first.family.length).toBeGreaterThanOrEqual(4);
    const drafted = execFileSync('sh', ['-c', found(first, /^ {4}(curl .*)$/m)], { cwd: root, encoding: 'utf8' });
    expect(JSON.parse(drafted)).toMatchObject({ questId: expect.any(String), revision: 0 });
    const gameId = found(first, /^ {4}npm run watch -- .* (\S+)$/m);
    const watched = execFileSync(
      process.execPath,
      ['--conditions=waymark-source', 'tools/watch/main.ts', gameId, '--gateway', gatewayOf(first), '--once'],
      { cwd: root, env: { ...ownEnvironment(), NO_COLOR: '1' }, encoding: 'utf8' },
    );
    expect(watched).toMatch(/running, [\d:]+ left/);
    expect(watched).toMatch(/frames\/s, .*lag p50/);
    const games = await runningGames(first);
    expect(games).toHaveLength(3);
    const scoresOf = (run: Run): Promise<Scores[]> =>
      Promise.all(games.map((id) => json<Scores>(`${gatewayOf(run)}/games/${id}/scores`)));
    const reached = (scores: readonly Scores[]): number =>
      scores.flatMap((game) => game.scores).reduce((sum, { reachedCount }) => sum + reachedCount, 0);
    await until(said(first, 'bots reach waypoints'), async () => reached(await scoresOf(first)) >= 6, 30_000);
    const before = await scoresOf(first);
    const stop = await interrupt(first);
    expect(stop.code).toBe(0);
    expect(stop.tookMs).toBeLessThan(STOP_MS);
    expect(gone(first.family)).toBe(true);

    const second = await startInTime();
    expect(await runningGames(second)).toEqual(games);
    await until(said(second, 'bots go on'), async () => reached(await scoresOf(second)) > reached(before), 30_000);
    (await scoresOf(second)).forEach((game, index) =>
      expect(game.revision).toBeGreaterThanOrEqual(before[index]!.revision),
    );
    expect((await interrupt(second)).code).toBe(0);
    expect(gone(second.family)).toBe(true);
  }, 180_000);

  it('ends with 0 through npm itself, by a terminal’s Ctrl-C and by SIGTERM', async () => {
    for (const end of [interrupt, terminate]) {
      const run = await up(start({ WAYMARK_DEMO: '0' }, ['npm', 'start']));
      expect(await end(run)).toMatchObject({ code: 0 });
      await until(said(run, 'all are gone'), () => gone(run.family), STOP_MS);
    }
  }, 120_000);

  it('ends with 0 in time whatever clients do that stay connected', async () => {
    const run = await up(start());
    const at = (address: string): [string, number] => [new URL(address).hostname, Number(new URL(address).port)];
    const command = at(found(run, /API for authors and players {3}(\S+)/));
    const gateway = at(gatewayOf(run));
    const sockets = [
      await halfOpen(command, ''),
      await halfOpen(command, 'POST /games HTTP/1.1\r\nHost: a\r\n'),
      await halfOpen(
        command,
        'POST /games HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
      ),
      await halfOpen(gateway, ''),
      // A spectator who reads on and answers nothing, not even the close.
      await halfOpen(
        gateway,
        `GET /watch?game=${(await runningGames(run))[0]} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          `Sec-WebSocket-Key: ${'A'.repeat(22)}==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: waymark.v1\r\n\r\n`,
      ),
    ];
    await until(said(run, 'the spectator has a frame'), () => sockets.at(-1)!.bytesRead > 500, 5_000);
    const stop = await interrupt(run);
    for (const socket of sockets) socket.destroy();
    expect(run.out).not.toContain('was killed');
    expect(stop.code).toBe(0);
    expect(stop.tookMs).toBeLessThan(STOP_MS);
  }, 90_000);

  it('starts without a demo when told', async () => {
    const run = await up(start({ WAYMARK_DEMO: '0' }));
    expect(await runningGames(run)).toEqual([]);
    expect(run.out).toMatch(/npm run watch -- --gateway \S+\n/);
    expect((await interrupt(run)).code).toBe(0);
  }, 90_000);

  it.each(['npm', 'start.mjs', 'supervisor'])(
    'leaves nothing behind after kill -9 of %s',
    async (victim) => {
      const run = await up(start({}, victim === 'npm' ? ['npm', 'start'] : undefined));
      const supervisor = run.family.find((pid) => argsOf(pid).includes('tools/start/main.ts'));
      process.kill(victim === 'supervisor' ? supervisor! : run.child.pid!, 'SIGKILL');
      await until(said(run, 'all are gone'), () => gone(run.family), 5_000);
    },
    90_000,
  );

  it.each(['apps/command/dist/main.js', 'apps/tick-gateway/dist/main.js', 'tools/demo/main.ts'])(
    'stops everything, with one sentence and exit code 1, when %s dies',
    async (program) => {
      const run = await up(start());
      const victim = run.family.find((pid) => argsOf(pid).includes(program))!;
      process.kill(victim, 'SIGKILL');
      expect(await run.ended).toBe(1);
      expect(run.out).toMatch(
        /\nThe (command app|tick-gateway|demo) ended by signal SIGKILL, so everything was stopped\. Its log: \S+\n$/,
      );
      expect(gone(run.family)).toBe(true);
    },
    90_000,
  );

  it('refuses a second start on the same data directory', async () => {
    const first = await up(start({ WAYMARK_DEMO: '0' }));
    const second = start({ WAYMARK_DEMO: '0' });
    expect(await second.ended).toBe(1);
    expect(second.out).toMatch(/\nWaymark cannot start: the event store \S+ is already open .*\n$/);
    expect(await runningGames(first)).toEqual([]);
    expect((await interrupt(first)).code).toBe(0);
  }, 90_000);

  it('names a port that is taken and the setting that moves it', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    await refused(
      { WAYMARK_GATEWAY_PORT: String(port) },
      `Port ${port} is taken by another program: stop that one, or set WAYMARK_GATEWAY_PORT`,
    );
    taken.close();
  });

  it('names a data directory that cannot be written', async () => {
    await writeFile(join(dir, 'file'), '');
    const sentence = (path: string): string => `Waymark cannot start: the data directory ${path} cannot be written`;
    await refused({ WAYMARK_DATA_DIR: join(dir, 'file') }, sentence(join(dir, 'file')));
    await refused({ WAYMARK_DATA_DIR: '/proc/waymark' }, sentence('/proc/waymark'));
  }, 60_000);

  it('names every wrong setting', async () => {
    const out = await refused(
      { WAYMARK_TICK_MS: 'fast', WAYMARK_TICKMS: '1' },
      'Waymark cannot start with these settings:',
    );
    expect(out).toContain('WAYMARK_TICK_MS="fast": must be a whole number from 20 to 1000\n');
    expect(out).toContain('WAYMARK_TICKMS="1": there is no such setting; the nearest is WAYMARK_TICK_MS');
  });

  it('keeps what the apps print in files, and the token to itself', async () => {
    const run = await up(start({ WAYMARK_DEMO: '0' }));
    expect(await readFile(join(dir, 'logs', 'command.log'), 'utf8')).toContain('"ready"');
    expect(run.out).not.toContain((await readFile(join(dir, 'dev-token'), 'utf8')).trim());
    expect((await interrupt(run)).code).toBe(0);
  }, 90_000);
});

/** It ends with 1 after `sentence`, and nothing was started. */
async function refused(env: Record<string, string>, sentence: string): Promise<string> {
  const run = start(env);
  expect(await run.ended).toBe(1);
  expect(run.out).toContain(`\n${sentence}`);
  expect(run.out).not.toMatch(/starting|\n {4}at /);
  return run.out;
}

async function terminate(run: Run): Promise<{ code: number | string }> {
  run.child.kill('SIGTERM');
  return { code: await run.ended };
}

function descendants(pid: number): number[] {
  // One column an -o: to the ps of macOS, all behind the first = is that column's title.
  const table = execFileSync('ps', ['-A', '-o', 'pid=', '-o', 'ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    table.filter(([, ppid]) => ppid === parent).flatMap(([child]) => [child!, ...below(child!)]);
  return below(pid);
}

function argsOf(pid: number): string {
  return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}
