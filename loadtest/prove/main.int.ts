import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What `npm run sla:prove` says of its flags. The proof itself takes minutes and is a job of its own (.github/workflows/sla.yml). */
const main = fileURLToPath(new URL('./main.ts', import.meta.url));
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'waymark-prove-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function prove(...flags: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const node = ['--conditions=waymark-source', '--disable-warning=ExperimentalWarning', main];
  return spawnSync(process.execPath, [...node, '--out', dir, ...flags], { encoding: 'utf8' });
}

describe('npm run sla:prove', () => {
  it('tells its flags and its mutants', () => {
    const { status, stdout } = prove('--help');
    expect(stdout).toMatch(/--only NAME,NAME +some of nothing, late-by-5, stall/);
    expect(status).toBe(0);
  });

  it.each([
    [['--speed', '3'], "Unknown option '--speed'"],
    [['--only', 'stall,nap'], 'there is no mutant nap; there are nothing, late-by-5'],
  ])('refuses %j with a sentence, and proves nothing', (flags, sentence) => {
    const { status, stderr } = prove(...flags);
    expect(stderr).toMatch(/^ERROR: /);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(status).toBe(1);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('refuses a folder in which another proof is writing', () => {
    writeFileSync(join(dir, '.run'), String(process.pid));
    const { status, stderr } = prove();
    expect(stderr).toMatch(/^ERROR: .* is in use by a run that has not ended/);
    expect(status).toBe(1);
  });
});
