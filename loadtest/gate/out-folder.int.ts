import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ReceiptError } from '../receipt/receipt-file.ts';
import { claimOut } from './out-folder.ts';

/** To whom a folder of reports belongs, by processes. */
let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'waymark-out-'));
});
afterEach(() => rmSync(out, { recursive: true }));

describe('the folder of a run', () => {
  it('is of one run as long as that lives, and again free when it was killed', () => {
    writeFileSync(join(out, '.run'), String(process.ppid));
    expect(() => claimOut(out)).toThrow(ReceiptError);
    expect(() => claimOut(out)).toThrow(/ is in use by a run that has not ended \(process \d+\)/);
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    writeFileSync(join(out, '.run'), String(gone));
    expect(claimedAlone(out)).toBe('.run');
    expect(readdirSync(out)).toEqual([]);
  });

  it.each([['nobody'], ['a dead run']])(
    'that is of %s is taken by one of several runs that come at once',
    async (whose) => {
      for (let round = 0; round < 2; round++) {
        const folder = join(out, `round-${round}`);
        mkdirSync(folder);
        if (whose !== 'nobody')
          writeFileSync(join(folder, '.run'), String(spawnSync(process.execPath, ['-e', '']).pid));
        const ended = await Promise.all(Array.from({ length: 4 }, () => claimedUntilTold(folder)));
        expect(ended.toSorted()).toEqual(['refused', 'refused', 'refused', 'taken']);
        expect(readdirSync(folder)).toEqual([]);
      }
    },
  );

  it('whose claim holds no process is free', () => {
    for (const text of ['', 'x', '0']) {
      writeFileSync(join(out, '.run'), text);
      expect(claimedAlone(out)).toBe('.run');
    }
  });

  it('is made by its run and goes with it when nothing was written', () => {
    expect(claimedAlone(join(out, 'new', 'deep'))).toBe('.run');
    expect(readdirSync(join(out, 'new'))).toEqual([]);
  });
});

/** What a process that claims a folder finds in it until it ends. */
function claimedAlone(folder: string): string {
  const module = JSON.stringify(fileURLToPath(new URL('./out-folder.ts', import.meta.url)));
  const script = `import { claimOut } from ${module}; import { readdirSync } from 'node:fs';
    claimOut(process.argv[1]); process.stdout.write(readdirSync(process.argv[1]).join());`;
  const flags = ['--conditions=waymark-source', '--input-type=module', '-e', script, folder];
  const { stderr, stdout } = spawnSync(process.execPath, flags, { encoding: 'utf8', env: { NO_COLOR: '1' } });
  expect(stderr).toBe('');
  return stdout;
}

/** Begun together, at one moment of the clock; the one that has it keeps it until all have tried. */
async function claimedUntilTold(folder: string): Promise<string> {
  const module = JSON.stringify(fileURLToPath(new URL('./out-folder.ts', import.meta.url)));
  const script = `import { claimOut } from ${module}; import { existsSync, mkdirSync, readdirSync } from 'node:fs'; import { dirname, basename, join } from 'node:path';
    const folder = process.argv[1]; const seen = join(dirname(folder), 'seen-' + basename(folder));
    const all = (what) => { mkdirSync(join(seen, what + '-' + process.pid), { recursive: true });
      const until = Date.now() + 20_000;
      while (readdirSync(seen).filter((name) => name.startsWith(what)).length < 4) if (Date.now() > until) throw new Error('alone'); };
    all('here');
    let said = 'taken';
    try { claimOut(folder); } catch (error) { said = / is in use by a run /.test(error.message) ? 'refused' : error.message; }
    all('tried');
    process.stdout.write(said);`;
  const flags = ['--conditions=waymark-source', '--input-type=module', '-e', script, folder];
  const child = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'], env: { NO_COLOR: '1' } });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  await once(child, 'close');
  return said;
}
