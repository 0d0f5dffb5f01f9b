import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GATE_ARGS } from '../testing/gate-process.ts';

/** What `npm run sla` says when it cannot come to a verdict: ERROR with one clear sentence, never a green result. Verdicts themselves: `npm run sla:prove`. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'waymark-gate-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function gate(...flags: string[]): { code: number | null; said: string } {
  return gateIn({}, ...flags);
}

function gateIn(env: NodeJS.ProcessEnv, ...flags: string[]): { code: number | null; said: string } {
  const { status, stderr, stdout } = spawnSync(process.execPath, [...GATE_ARGS, '--out', join(dir, 'out'), ...flags], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: 60_000,
  });
  return { code: status, said: `${stdout}${stderr}` };
}

function file(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

describe('npm run sla', () => {
  it('tells its flags', () => {
    expect(gate('--help')).toEqual({ code: 0, said: expect.stringContaining('--scenario NAME') as string });
  });

  it.each([
    [['--scenario', 'none'], 'there is no scenario none; there are smoke, sla'],
    [['--target', 'http://127.0.0.1:1', '--token-file', ROOT], 'cannot be read: EISDIR'],
    [['--baseline', 'no-such-ref'], '--baseline no-such-ref: there is no such commit here'],
  ])('refuses %j with a sentence', (flags, sentence) => {
    const { code, said } = gate(...flags);
    expect(said).toContain('ERROR: ');
    expect(said).toContain(sentence);
    expect(said).not.toMatch(/^ +at /m);
    expect(code).toBe(1);
  });

  it('refuses a folder in which another run is writing, and leaves it as it is', () => {
    mkdirSync(join(dir, 'out'));
    writeFileSync(join(dir, 'out', '.run'), String(process.pid));
    writeFileSync(join(dir, 'out', 'receipt.json'), "the other's");
    const { code, said } = gate('--scenario', 'smoke');
    expect(said).toContain(`is in use by a run that has not ended (process ${process.pid})`);
    expect(code).toBe(1);
    expect(readdirSync(join(dir, 'out'))).toEqual(['.run', 'receipt.json']);
  });

  it.each([[['--scenario', 'none']], [['--speed', '3']]])(
    'that is refused (%j) leaves no report of an earlier run, which would be taken for its own',
    (flags) => {
      mkdirSync(join(dir, 'out'));
      for (const name of ['junit.xml', 'receipt.json', 'notes.txt']) writeFileSync(join(dir, 'out', name), 'green');
      expect(gate(...flags).code).toBe(1);
      expect(readdirSync(join(dir, 'out'))).toEqual(['notes.txt']);
    },
  );

  it('refuses thresholds that are wrong, with their place', () => {
    const sla = file('sla.json', '{\n "version": 1,\n "budget": {}\n}\n');
    const { code, said } = gate('--scenario', 'smoke', '--sla', sla);
    expect(code).toBe(1);
    expect(said).toMatch(/ERROR: .*sla\.json:\d+/);
  });

  it('is ERROR when nobody answers at the target, and leaves a receipt that says so', async () => {
    const url = await nobody();
    const { code, said } = gate('--scenario', 'smoke', '--target', url, '--token-file', file('token', 'abc'));
    expect(said).toContain(`${url} cannot be measured`);
    expect(code).toBe(1);
    const receipt = JSON.parse(readFileSync(join(dir, 'out', 'receipt.json'), 'utf8')) as {
      verdict: { outcome: string; reasons: string[] };
      evidence: unknown;
      source: unknown;
    };
    expect(receipt.verdict.outcome).toBe('ERROR');
    expect(receipt.verdict.reasons[0]).toContain('cannot be measured');
    expect(receipt.evidence).toBeNull();
    // What is measured is not this checkout.
    expect(receipt.source).toEqual({ commit: null, changed: false, version: 'unknown' });
  });

  it('adds its summary to that of the job that it runs in, once', async () => {
    const summary = file('summary', 'of a step before\n');
    const flags = ['--scenario', 'smoke', '--target', await nobody(), '--token-file', file('token', 'abc')];
    expect(gateIn({ GITHUB_STEP_SUMMARY: summary }, ...flags).code).toBe(1);
    const own = readFileSync(join(dir, 'out', 'summary.md'), 'utf8');
    expect(own).toMatch(/^## 🛑 SLA gate: ERROR\n/);
    expect(readFileSync(summary, 'utf8')).toBe(`of a step before\n${own}`);
  });

  it('says in a sentence that the summary of its job cannot be written; the receipt is there', async () => {
    const env = { GITHUB_STEP_SUMMARY: join(dir, 'no', 'such', 'folder') };
    const flags = ['--scenario', 'smoke', '--target', await nobody(), '--token-file', file('token', 'abc')];
    const { code, said } = gateIn(env, ...flags);
    expect(said).toMatch(/^ERROR: the summary of the job cannot be written: ENOENT/m);
    expect(said).not.toMatch(/^ +at /m);
    expect(code).toBe(1);
    expect(readdirSync(join(dir, 'out'))).toContain('receipt.json');
  });
});

/** An address where nobody listens. */
async function nobody(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}
