import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '@waymark/testing';

/**
 * `npm start` up to the supervisor, in a small tree of its own with a false npm, build and supervisor: what is installed and built when, what
 * is shown, and that Ctrl-C ends it at any moment. The real supervisor is in start.e2e.ts.
 */
const here = fileURLToPath(new URL('.', import.meta.url));
const LOCKFILE = {
  name: 'x',
  packages: { '': {}, 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0', optional: true } },
};
/** Appends its arguments to npm.log, makes node_modules like npm ci does, then does what NPM_DOES says. */
const FALSE_NPM = `
  import { appendFileSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
  appendFileSync('npm.log', process.argv.slice(2).join(' ') + '\\n');
  rmSync('node_modules', { recursive: true, force: true });
  mkdirSync('node_modules/.bin', { recursive: true });
  if (process.env.NPM_DOES === 'fail') { console.error('npm error code ETARGET'); process.exit(7); }
  if (process.env.NPM_DOES === 'roll-back') process.on('SIGTERM', () => 0);
  if (['hang', 'roll-back'].includes(process.env.NPM_DOES)) { appendFileSync('npm.pid', String(process.pid)); setInterval(() => 0, 1000); }
  else if (process.env.NPM_DOES !== 'no-node') symlinkSync(process.execPath, 'node_modules/.bin/node');`;

interface Run {
  readonly child: ChildProcess;
  /** Of both channels. */
  out: string;
  stdout: string;
  readonly ended: Promise<number | null>;
}

let tree: string;
const runs: Run[] = [];

beforeEach(() => {
  tree = mkdtempSync(join(tmpdir(), 'waymark-prepare-'));
  mkdirSync(join(tree, 'tools/start'), { recursive: true });
  for (const name of readdirSync(here).filter((file) => file.endsWith('.mjs')))
    cpSync(join(here, name), join(tree, 'tools/start', name));
  writeFileSync(join(tree, 'package.json'), '{"type":"module"}');
  writeFileSync(join(tree, 'package-lock.json'), JSON.stringify(LOCKFILE));
  writeFileSync(join(tree, 'npm.js'), FALSE_NPM);
  writeFileSync(join(tree, 'tools/build.ts'), 'console.log("compiled")');
  writeFileSync(
    join(tree, 'tools/start/main.ts'),
    'console.log("supervised since", process.argv[2]); process.exit(Number(process.env.EXIT ?? 0));',
  );
});

afterEach(() => {
  for (const run of runs.splice(0)) run.child.kill('SIGKILL');
  rmSync(tree, { recursive: true });
});

function start(
  env: Record<string, string> = {},
  nodeArgs: readonly string[] = [],
  script: readonly string[] = [],
  program = 'start.mjs',
): Run {
  const child = spawn(process.execPath, [...nodeArgs, `tools/start/${program}`, ...script], {
    cwd: tree,
    env: { PATH: process.env['PATH'] ?? '', npm_execpath: join(tree, 'npm.js'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const run: Run = {
    child,
    out: '',
    stdout: '',
    ended: Promise.all([once(child, 'exit'), once(child.stdout!, 'close'), once(child.stderr!, 'close')]).then(
      ([[code]]) => code as number | null,
    ),
  };
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk) => (run.out += String(chunk)));
  child.stdout!.on('data', (chunk) => (run.stdout += String(chunk)));
  runs.push(run);
  return run;
}

const comesTo = (run: Run, condition: () => boolean): Promise<boolean> =>
  until(() => `it comes that far: ${run.out}`, condition);

/** The pid of the npm that it has started. */
async function npmOf(run: Run): Promise<number> {
  await comesTo(run, () => existsSync(join(tree, 'npm.pid')));
  return Number(readFileSync(join(tree, 'npm.pid'), 'utf8'));
}

const installs = (): number =>
  existsSync(join(tree, 'npm.log')) ? readFileSync(join(tree, 'npm.log'), 'utf8').split('\n').length - 1 : 0;

describe('npm start, before anything runs', () => {
  it('installs once, builds each time, and shows both', async () => {
    const first = start();
    expect(await first.ended).toBe(0);
    expect(first.out).toMatch(
      /installing packages \(\d+\.\d s\)\n.*building\n.*building \(\d+\.\d s\)\nsupervised since \d{13}\n$/,
    );
    expect(first.out).not.toContain('compiled');
    const second = start();
    expect(await second.ended).toBe(0);
    expect(second.out).not.toContain('installing');
    expect(second.out).toContain('supervised');
    expect(installs()).toBe(1);
    expect(readFileSync(join(tree, 'npm.log'), 'utf8')).toBe('ci --no-fund --no-audit\n');
  });

  it('installs again when the lockfile asks for what is not there', async () => {
    await start().ended;
    writeFileSync(join(tree, 'package-lock.json'), JSON.stringify({ ...LOCKFILE, changed: true }));
    await start().ended;
    expect(installs()).toBe(2);
  });

  it('installs again when node_modules came from another machine', async () => {
    await start().ended;
    const stampFile = join(tree, 'node_modules/.waymark-install');
    writeFileSync(stampFile, readFileSync(stampFile, 'utf8').replace(process.platform, 'plan9'));
    await start().ended;
    expect(installs()).toBe(2);
  });

  it.each([
    ['takes what somebody’s npm ci has installed', '1.0.0', undefined, 0],
    ['takes what somebody’s npm install has added since', '1.0.0', `0 ${process.platform} ${process.arch}\n`, 0],
    ['does not take packages of another version', '1.0.1', undefined, 1],
  ])('%s', async (_name, version, stamp, count) => {
    mkdirSync(join(tree, 'node_modules/.bin'), { recursive: true });
    symlinkSync(process.execPath, join(tree, 'node_modules/.bin/node'));
    writeFileSync(
      join(tree, 'node_modules/.package-lock.json'),
      JSON.stringify({ packages: { 'node_modules/a': { version } } }),
    );
    if (stamp !== undefined) writeFileSync(join(tree, 'node_modules/.waymark-install'), stamp);
    expect(await start().ended).toBe(0);
    expect(installs()).toBe(count);
  });

  it('installs again after an install that was cut short', async () => {
    expect(await start({ NPM_DOES: 'fail' }).ended).toBe(1);
    expect(await start().ended).toBe(0);
    expect(installs()).toBe(2);
  });

  it('shows what npm printed when it fails, and ends with 1', async () => {
    const run = start({ NPM_DOES: 'fail' });
    expect(await run.ended).toBe(1);
    expect(run.out).toMatch(/ci --no-fund --no-audit failed with exit code 7:\nnpm error code ETARGET\n$/);
  });

  it('says what to do when npm ran no install scripts', async () => {
    const run = start({ NPM_DOES: 'no-node' });
    expect(await run.ended).toBe(1);
    expect(run.out).toContain('node_modules/.bin/node is missing: npm was told not to run install scripts.');
  });

  it('shows what the build printed when it fails', async () => {
    writeFileSync(join(tree, 'tools/build.ts'), 'console.error("x.ts: expected ;"); process.exit(1);');
    const run = start();
    expect(await run.ended).toBe(1);
    expect(run.out).toMatch(/build\.ts failed with exit code 1:\nx\.ts: expected ;\n$/);
  });

  it('ends with the exit code of the supervisor', async () => {
    expect(await start({ EXIT: '1' }).ended).toBe(1);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'ends with 0 on %s while it installs, and takes npm with it',
    async (signal) => {
      const run = start({ NPM_DOES: 'hang' });
      const npm = await npmOf(run);
      run.child.kill(signal);
      run.child.kill(signal);
      expect(await run.ended).toBe(0);
      await comesTo(run, () => !alive(npm));
    },
  );

  it('does not wait for an npm that takes its time to end', async () => {
    const run = start({ NPM_DOES: 'roll-back' });
    const npm = await npmOf(run);
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(0);
    await comesTo(run, () => !alive(npm));
  });

  it('ends with 0 on Ctrl-C while it builds', async () => {
    writeFileSync(
      join(tree, 'tools/build.ts'),
      'import { writeFileSync } from "node:fs"; writeFileSync("built", ""); setInterval(() => 0, 1000);',
    );
    const run = start();
    await comesTo(run, () => existsSync(join(tree, 'built')));
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(0);
  });

  it.each([
    ['a start', [], 0],
    ['a test run', ['tools/start/main.ts'], 130],
  ])('on Ctrl-C before the script listens, %s ends without a complaint', async (_name, script, code) => {
    writeFileSync(
      join(tree, 'tools/start/main.ts'),
      'import { writeFileSync } from "node:fs"; writeFileSync("began", ""); setInterval(() => 0, 1000);',
    );
    const run = start({}, [], script);
    await comesTo(run, () => existsSync(join(tree, 'began')));
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(code);
    expect(run.out).not.toContain('ended by');
  });

  it('ends a test run with 130 on Ctrl-C while it installs: what was not run has not passed', async () => {
    const run = start({ NPM_DOES: 'hang' }, [], ['tools/start/main.ts']);
    await comesTo(run, () => existsSync(join(tree, 'npm.pid')));
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(130);
  });

  it('kills a supervisor that does not end, and says so by exit code 1', async () => {
    const stubborn = 'process.on("SIGTERM", () => 0); console.log("deaf"); setInterval(() => 0, 1000);';
    writeFileSync(join(tree, 'tools/start/main.ts'), stubborn);
    const run = start();
    await comesTo(run, () => run.out.includes('deaf'));
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(1);
  });

  it.each(['start.mjs', 'install.mjs'])('says which Node it needs on an older one (%s)', async (program) => {
    const old = join(tree, 'old.cjs');
    writeFileSync(
      old,
      'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.19.1" } });',
    );
    const run = start({}, ['-r', old], [], program);
    expect(await run.ended).toBe(1);
    expect(run.out).toMatch(/^Waymark needs Node 20 or later to start \(this is v.*\): see https:\/\/nodejs\.org\.\n$/);
    expect(installs()).toBe(0);
  });

  it('finds npm on the path when it was not started by it', async () => {
    mkdirSync(join(tree, 'bin'));
    writeFileSync(join(tree, 'bin/npm'), `#!/bin/sh\nexec "${process.execPath}" "${join(tree, 'npm.js')}" "$@"\n`);
    chmodSync(join(tree, 'bin/npm'), 0o755);
    const run = start({ npm_execpath: '', PATH: `${join(tree, 'bin')}:/usr/bin:/bin` });
    expect(await run.ended).toBe(0);
    expect(installs()).toBe(1);
  });
});

describe('any other command, before it runs', () => {
  const install = (env: Record<string, string> = {}): Run => start(env, [], [], 'install.mjs');

  it('installs once, builds nothing, and leaves standard output to the command', async () => {
    const first = install();
    expect(await first.ended).toBe(0);
    expect(first.out).toMatch(/^ {2}\.\.\. installing packages\n.*installing packages \(\d+\.\d s\)\n$/);
    expect(first.stdout).toBe('');
    const second = install();
    expect(await second.ended).toBe(0);
    expect(second.out).toBe('');
    expect(installs()).toBe(1);
  });

  it.each([
    ['fail', /failed with exit code 7:\nnpm error code ETARGET\n$/],
    ['no-node', /npm was told not to run install scripts\./],
  ])('ends with 1 when npm comes to nothing (%s), so that the command is not begun', async (npmDoes, said) => {
    const run = install({ NPM_DOES: npmDoes });
    expect(await run.ended).toBe(1);
    expect(run.out).toMatch(said);
    expect(run.stdout).toBe('');
  });

  it('ends with 130 on Ctrl-C, and takes npm with it', async () => {
    const run = install({ NPM_DOES: 'hang' });
    const npm = await npmOf(run);
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(130);
    await comesTo(run, () => !alive(npm));
    expect(run.stdout).toBe('');
  });
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
