import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Every command that a user or a pipeline can reach, as a process: `--help` is a text and 0, what is not known is one sentence that names it and says
 * where to look. Each npm script of package.json is here, as it stands there.
 */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SCRIPTS = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> })
  .scripts;
const NODE = 'node_modules/.bin/node --conditions=waymark-source --disable-warning=ExperimentalWarning';

interface Command {
  readonly command: string;
  /** What its help must tell. */
  readonly tells: string;
  /** Exit code of a wrong command line. */
  readonly exitCode: number;
  /** Of an argument that belongs to no flag; null when any may be right. */
  readonly more?: null;
}

const OF_NPM: Readonly<Record<string, Omit<Command, 'command'>>> = {
  start: { tells: 'WAYMARK_DATA_DIR', exitCode: 2 },
  test: { tells: 'e2e       the built apps as processes', exitCode: 2 },
  'test:eventstoredb': { tells: 'EVENTSTOREDB_URL', exitCode: 2 },
  check: { tells: '--without-tests', exitCode: 2 },
  backup: { tells: 'To restore', exitCode: 1, more: null },
  build: { tells: '--clean', exitCode: 2 },
  generate: { tells: '--check', exitCode: 2 },
  watch: { tells: '--gateway URL', exitCode: 1, more: null },
  keys: { tells: 'token DIR --subject NAME', exitCode: 2 },
  bench: { tells: '--smoke', exitCode: 2 },
  sla: { tells: '--token-file FILE', exitCode: 1 },
  'sla:prove': { tells: '--only NAME,NAME', exitCode: 1 },
  faults: { tells: '--seed N', exitCode: 2 },
};
const OTHERS: Readonly<Record<string, Omit<Command, 'command'>>> = {
  'loadtest/run/main.ts': { tells: '--k6-sockets N', exitCode: 2 },
  'loadtest/companion/main.ts': { tells: '--publish-each-ms N', exitCode: 2 },
  'loadtest/report/main.ts': { tells: 'RECEIPT.json', exitCode: 1, more: null },
  'loadtest/baseline/main.ts': { tells: '--across-scenarios', exitCode: 1 },
  'tools/quest-generator/main.ts': { tells: '--waypoints N', exitCode: 1 },
  'tools/event-store-contract/main.ts': { tells: '--write', exitCode: 2, more: null },
  'tools/containers/make-secrets.ts': { tells: 'FOLDER', exitCode: 2, more: null },
  'tools/test/main.ts': { tells: 'e2e       the built apps as processes', exitCode: 2 },
};
const COMMANDS: readonly Command[] = [
  ...Object.entries(OF_NPM).map(([script, told]) => ({ ...told, command: SCRIPTS[script]! })),
  ...Object.entries(OTHERS).map(([path, told]) => ({ ...told, command: `${NODE} ${path}` })),
];

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'waymark-command-lines-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

/** By a shell, as npm does. Nothing that it is not told by its arguments may matter, and nothing may be left. */
function run(command: string, args: readonly string[], cwd = ROOT): Promise<Ended> {
  const { NODE_OPTIONS: _jest, EVENTSTOREDB_URL: _server, ...env } = process.env;
  const child = spawn('sh', ['-c', `${command} "$@"`, 'sh', ...args], {
    cwd,
    env: { ...env, WAYMARK_DATA_DIR: join(dir, 'data') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const channel of ['stdout', 'stderr'] as const)
    child[channel].setEncoding('utf8').on('data', (text: string) => (said[channel] += text));
  return new Promise((resolve) => child.once('close', (status) => resolve({ status, ...said })));
}

/** Of each command, so many at once as there are processors. */
async function ofEach(commands: readonly Command[], args: readonly string[]): Promise<ReadonlyMap<Command, Ended>> {
  const waiting = [...commands];
  const ended = new Map<Command, Ended>();
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      ended.set(next, await run(next.command, args));
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return ended;
}

/** One line that names what is wrong and the way to help. */
function sentence(wrong: string): RegExp {
  return new RegExp(`^[^\\n]*${wrong}[^\\n]*--help[^\\n]*\\n$`);
}

describe('every command', () => {
  it('of package.json is in this table', () => {
    expect(Object.keys(OF_NPM).toSorted()).toEqual(Object.keys(SCRIPTS).toSorted());
  });

  it('of package.json can be given on a fresh clone, and is the process that npm signals', () => {
    const { start, test, ...others } = SCRIPTS;
    for (const script of [start, test]) expect(script).toMatch(/^exec node tools\/start\/start\.mjs\b/);
    for (const script of Object.values(others))
      expect(script).toMatch(/^node tools\/start\/install\.mjs && exec node_modules\/\.bin\/node [^&|;]+$/);
  });

  it('answers --help with a text that tells what it takes, and 0', async () => {
    for (const [{ command, tells }, ended] of await ofEach(COMMANDS, ['--help'])) {
      expect({ command, ...ended }).toEqual({ command, status: 0, stdout: expect.stringContaining(tells), stderr: '' });
      expect(ended.stdout).toContain('Exit codes: 0 ');
    }
  });

  it('answers a flag that it does not know with one sentence that names it', async () => {
    for (const [{ command, exitCode }, ended] of await ofEach(COMMANDS, ['--speed', '3'])) {
      const stderr = expect.stringMatching(sentence('--speed'));
      expect({ command, ...ended }).toEqual({ command, status: exitCode, stdout: '', stderr });
    }
  });

  it('answers an argument that it does not know with one sentence that names it', async () => {
    const commands = COMMANDS.filter(({ more }) => more === undefined);
    for (const [{ command, exitCode }, ended] of await ofEach(commands, ['sideways.txt', 'upwards', 'down'])) {
      const stderr = expect.stringMatching(sentence('(sideways\\.txt|not 3)'));
      expect({ command, ...ended }).toEqual({ command, status: exitCode, stdout: '', stderr });
    }
  });

  it('has started nothing and left nothing with any of this', () => {
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe('npm start and npm test on a clone in which nothing is installed', () => {
  it.each([
    ['start', ['--help'], 0, /^npm start\n/],
    ['start', ['fast'], 2, /^npm start takes no argument fast; --help /],
    ['start', ['--port', '1'], 2, /^npm start takes no argument --port; --help /],
    ['test', ['--help'], 0, /^npm test -- \[TIER \.\.\.\]\n/],
    ['test', ['unit', 'toString'], 2, /^unknown tier toString; the tiers are check, unit,/],
  ])('npm %s -- %j', async (script, args, status, said) => {
    const tree = join(dir, 'clone');
    rmSync(tree, { recursive: true, force: true });
    mkdirSync(join(tree, 'tools/start'), { recursive: true });
    for (const name of readdirSync(join(ROOT, 'tools/start')).filter((file) => file.endsWith('.mjs')))
      cpSync(join(ROOT, 'tools/start', name), join(tree, 'tools/start', name));
    writeFileSync(join(tree, 'package.json'), '{"type":"module"}');
    const ended = await run(SCRIPTS[script]!, args, tree);
    expect(ended.status).toBe(status);
    expect(status === 0 ? ended.stdout : ended.stderr).toMatch(said);
    expect(existsSync(join(tree, 'node_modules'))).toBe(false);
  });

  it('npm start tells the defaults that docs/configuration.md has', async () => {
    const { stdout } = await run(SCRIPTS['start']!, ['--help']);
    const page = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8');
    const told = [...stdout.matchAll(/^ +(WAYMARK_\w+) .*; default (\S+)$/gm)].map(([, name, value]) => [name, value]);
    const written = told.map(([name]) => [
      name,
      new RegExp(`^### ${name}\n[^#]*?^- Default: \`(.*)\`$`, 'm').exec(page)?.[1],
    ]);
    expect(told.length).toBeGreaterThan(3);
    expect(told).toEqual(written);
  });
});
