import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeReceipt } from '../receipt/receipt-file.ts';
import { sampleReceipt } from '../testing/sample-receipt.ts';
import { simulatedRun } from '../testing/simulated-run.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'waymark-baseline-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function compareFiles(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [main, ...args], { cwd: dir, encoding: 'utf8' });
}

describe('a comparison from receipts', () => {
  it('prints its table and ends with its verdict', () => {
    const files = Array.from({ length: 10 }, (_, run) => `${run}.json`);
    for (const [run, file] of files.entries()) {
      writeReceipt(join(dir, file), sampleReceipt(simulatedRun({ seed: run + 1, games: 12, seconds: 20 })));
    }
    const { status, stderr, stdout } = compareFiles(...files);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^PASS, 5 of 5 pairs\n/);
    expect(status).toBe(0);
    expect(compareFiles('--markdown', ...files).stdout).toMatch(/^## ✅ Against the baseline: PASS\n/);
    expect(compareFiles(...files.slice(0, 4)).status).toBe(110);
    expect(compareFiles('--out', 'reports', ...files).status).toBe(0);
    expect(readdirSync(join(dir, 'reports')).toSorted()).toEqual([
      'comparison.html',
      'comparison.json',
      'comparison.md',
      'junit.xml',
    ]);
  });

  it('that lacks a receipt or half a pair ends with 1', () => {
    expect(compareFiles()).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^receipts come in pairs.*, not 0; --help/),
    });
    expect(compareFiles('--fast', 'a.json', 'b.json')).toMatchObject({ status: 1 });
    expect(compareFiles('a.json')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^receipts come in pairs.*, not 1; /),
    });
    expect(compareFiles('a.json', 'b.json')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^the receipt a\.json/),
    });
  });
});
