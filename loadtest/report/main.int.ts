import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeReceipt } from '../receipt/receipt-file.ts';
import { sampleReceipt } from '../testing/sample-receipt.ts';
import { simulatedRun } from '../testing/simulated-run.ts';
import { hog } from '../testing/tampering.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'waymark-report-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

function report(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [main, ...args], { cwd: dir, encoding: 'utf8' });
}

describe('reports from a receipt alone', () => {
  it('are written beside it, and the exit code is the verdict', () => {
    writeReceipt(join(dir, 'receipt.json'), sampleReceipt(hog(simulatedRun({ games: 12, seconds: 20 }))));
    const { status, stderr, stdout } = report('receipt.json');
    expect(stderr).toBe('');
    expect(stdout).toContain('INVALID');
    expect(status).toBe(110);
    for (const name of ['junit.xml', 'summary.md', 'report.html'])
      expect(readFileSync(join(dir, name), 'utf8')).toContain('INVALID');
  });

  it('that cannot be written or made end with 1', () => {
    writeReceipt(join(dir, 'receipt.json'), sampleReceipt(simulatedRun({ games: 12, seconds: 20 })));
    writeFileSync(join(dir, 'plain'), '');
    expect(report('receipt.json', '--out', 'plain').status).toBe(1);
    expect(report('receipt.json', '--out', '/dev/full/x').status).toBe(1);
    expect(report('none.json')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^the receipt none\.json cannot be read/),
    });
    expect(report('--speed')).toMatchObject({ status: 1, stderr: expect.stringMatching(/'--speed'; --help/) });
    expect(report()).toMatchObject({ status: 1, stderr: expect.stringMatching(/^say which RECEIPT.json; --help/) });
    expect(existsSync(join(dir, 'report.html'))).toBe(false);
  });
});
