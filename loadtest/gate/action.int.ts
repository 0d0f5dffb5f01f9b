import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parse } from 'yaml';
import { K6_CACHE } from '../k6/k6-binary.ts';
import { readFlags } from './flags.ts';

/** The last step of action.yml, run as a runner does: what the inputs of a job become on the gate's command line, and what its exit code becomes of the job's. */
interface Step {
  readonly id?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly run?: string;
  readonly shell?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string | boolean>>;
}
const text = readFileSync(new URL('../../action.yml', import.meta.url), 'utf8');
const { inputs, runs } = parse(text) as {
  readonly inputs: Readonly<Record<string, { readonly default?: string; readonly required?: boolean }>>;
  readonly runs: { readonly steps: readonly Step[] };
};
/** GitHub's `shell: bash`. */
const BASH = ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c'];
const EXIT_OF_GATE = 99;

let workspace: string;
let checkout: string;
beforeEach(() => {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'waymark-action-')));
  [workspace, checkout] = [join(dir, 'a workspace'), join(dir, 'action')];
  for (const made of [workspace, checkout]) mkdirSync(made);
  writeFileSync(join(workspace, 'token'), 'abc');
  // In place of npm: tells where it was called and with what.
  const npm = `#!/bin/sh\nprintf '%s\\n' "$PWD" "$@" > "${dir}/called"\nexit ${EXIT_OF_GATE}\n`;
  writeFileSync(join(checkout, 'npm'), npm, { mode: 0o755 });
});
afterEach(() => rmSync(join(checkout, '..'), { recursive: true }));

function called(given: Readonly<Record<string, string>>): { readonly where: string; readonly args: readonly string[] } {
  const values = { ...Object.fromEntries(Object.entries(inputs).map(([name, one]) => [name, one.default])), ...given };
  const { env = {}, run } = runs.steps.at(-1)!;
  const set = Object.fromEntries(
    Object.entries(env).map(([name, value]) => [
      name,
      value.replace(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_, input: string) => values[input] ?? ''),
    ]),
  );
  const path = `${checkout}${delimiter}${process.env['PATH']}`;
  const { status, stderr } = spawnSync('bash', [...BASH, run!], {
    cwd: workspace,
    encoding: 'utf8',
    env: { ...process.env, ...set, PATH: path, GITHUB_ACTION_PATH: checkout },
  });
  expect({ status, stderr }).toEqual({ status: EXIT_OF_GATE, stderr: '' });
  const [where, ...args] = readFileSync(join(checkout, '..', 'called'), 'utf8')
    .trimEnd()
    .split('\n');
  return { where: where!, args };
}

describe('the step of the action', () => {
  it('hands each input to the gate, paths from the workspace, and ends as the gate does', () => {
    const sla = readFileSync(new URL('../sla.json', import.meta.url), 'utf8').replace('"pairsMin": 5', '"pairsMin": 7');
    writeFileSync(join(workspace, 'ours.json'), sla);
    const given = {
      target: 'http://here:3000',
      'token-file': 'token',
      scenario: 'spike',
      sla: 'ours.json',
      out: 'of sla',
    };
    const { args, where } = called(given);
    expect(where).toBe(checkout);
    expect(args.slice(0, 4)).toEqual(['run', '--silent', 'sla', '--']);
    expect(readFlags(args.slice(4))).toMatchObject({
      target: { url: 'http://here:3000', token: 'abc' },
      scenario: { name: 'spike' },
      sla: { baseline: { pairsMin: 7 } },
      out: join(workspace, 'of sla'),
    });
  });

  it('has defaults for all that is not required, and takes absolute paths as they are', () => {
    const required = Object.keys(inputs).filter((name) => inputs[name]!.required);
    expect(required).toEqual(['target', 'token-file']);
    const { args } = called({ target: 'http://here:3000', 'token-file': join(workspace, 'token') });
    expect(args).not.toContain('--sla');
    expect(readFlags(args.slice(4))).toMatchObject({
      target: { token: 'abc' },
      scenario: { name: 'smoke' },
      out: join(workspace, 'sla-report'),
    });
  });
});

describe('action.yml', () => {
  it('asks in its expressions for nothing that there is not', () => {
    const known = new Set([
      ...Object.keys(inputs).map((name) => `inputs.${name}`),
      ...['github.action_path', 'runner.os', 'runner.arch'],
      ...runs.steps.flatMap(({ id, run = '' }) =>
        [...run.matchAll(/echo "(\w+)=.*>> "\$GITHUB_OUTPUT"/g)].map(([, name]) => `steps.${id}.outputs.${name}`),
      ),
    ]);
    const asked = [...text.matchAll(/\$\{\{ *(.*?) *\}\}/g)].map(([, expression]) => expression!);
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.filter((expression) => !known.has(expression))).toEqual([]);
  });

  it('names a shell where it runs something, which composite actions must', () => {
    expect(runs.steps.filter(({ run, shell }) => (run === undefined) !== (shell === undefined))).toEqual([]);
    expect(runs.steps.filter(({ run, uses }) => (run === undefined) === (uses === undefined))).toEqual([]);
  });

  it('keeps the k6 that was built, once packages are installed', () => {
    const at = runs.steps.findIndex(({ uses }) => uses?.startsWith('actions/cache@'));
    expect(runs.steps[at]!.with!['path']).toBe(`\${{ github.action_path }}/${K6_CACHE}`);
    expect(runs.steps.slice(0, at).some(({ run }) => run?.startsWith('npm ci'))).toBe(true);
  });

  it('takes what docs/sla.md gives it, and writes where the step after it looks', () => {
    const page = readFileSync(new URL('../../docs/sla.md', import.meta.url), 'utf8');
    const told = parse(/```yaml\n(- uses: OWNER\/waymark[^]*?)```/.exec(page)![1]!) as Step[];
    const [gate, kept] = told;
    expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(gate!.with!)));
    expect(Object.keys(gate!.with!)).toEqual(expect.arrayContaining(['target', 'token-file']));
    expect(kept!.with!['path']).toBe(inputs['out']!.default);
  });
});
