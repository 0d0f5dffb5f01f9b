import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '@waymark/testing';

/** A test run with a child, and a grandchild in a group of its own that does not listen: each leaves a file with its name and pid. */
const FAMILY = JSON.stringify(fileURLToPath(new URL('./family.ts', import.meta.url)));
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'waymark-family-'));
  writeFileSync(
    join(dir, 'run.ts'),
    `import { endChildrenWithThis, runNode } from ${FAMILY};
    endChildrenWithThis();
    await runNode(['child.mjs'], { stdout: 'shown', stderr: 'shown' });`,
  );
  writeFileSync(
    join(dir, 'child.mjs'),
    `import { spawn, spawnSync } from 'node:child_process'; import { writeFileSync } from 'node:fs';
    const deaf = spawn('sh', ['-c', 'trap "" TERM; while :; do sleep 1; done'], { stdio: 'ignore', detached: true });
    writeFileSync('pid-' + deaf.pid, ''); writeFileSync('pid-' + process.pid, '');
    setInterval(() => {}, 1000);`,
  );
});
afterEach(() => {
  for (const pid of pids()) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  rmSync(dir, { recursive: true });
});

describe('what a test run started', () => {
  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGKILL', null],
  ] as const)(
    'is gone when the run is ended by %s',
    async (signal, code) => {
      const run = spawn(process.execPath, ['run.ts'], { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] });
      const ended = new Promise<number | null>((resolve) => run.once('exit', resolve));
      await until('it runs', () => pids().length === 2, 20_000);
      run.kill(signal);
      expect(await ended).toBe(code);
      await until('its children are gone', () => pids().every((pid) => !isAlive(pid)), 10_000);
    },
    60_000,
  );

  it('is gone when whoever started the run is', async () => {
    const run = spawn(process.execPath, ['run.ts'], { cwd: dir, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    const ended = new Promise((resolve) => run.once('exit', resolve));
    await until('it runs', () => pids().length === 2, 20_000);
    run.disconnect();
    await ended;
    await until('its children are gone', () => pids().every((pid) => !isAlive(pid)), 10_000);
  }, 60_000);
});

function pids(): number[] {
  return readdirSync(dir).flatMap((name) => (name.startsWith('pid-') ? [Number(name.slice(4))] : []));
}

/** One that has ended and was not waited for is still listed. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.trim().startsWith('Z');
}
