import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sampleReceipt } from '../testing/sample-receipt.ts';
import { simulatedRun } from '../testing/simulated-run.ts';

describe('a disk that takes no more', () => {
  it('makes an error of the receipt and leaves no half of it', () => {
    const dir = mkdtempSync(join(tmpdir(), 'waymark-full-'));
    try {
      writeFileSync(join(dir, 'whole.json'), JSON.stringify(sampleReceipt(simulatedRun({ games: 12, seconds: 20 }))));
      const script = `
        import { readReceipt, writeReceipt } from ${JSON.stringify(fileURLToPath(new URL('./receipt-file.ts', import.meta.url)))};
        writeReceipt('copy.json', readReceipt('whole.json'));
      `;
      writeFileSync(join(dir, 'copy.ts'), script);
      // The file may have 8 blocks of 512 bytes (of 1,024 in some shells) and no more; node takes that as an error of its write.
      const limited = spawnSync('sh', ['-c', `ulimit -f 8; exec "$0" copy.ts`, process.execPath], {
        cwd: dir,
        encoding: 'utf8',
      });
      expect(limited.status).not.toBe(0);
      expect(limited.stderr).toMatch(/ReceiptError: the receipt cannot be written to copy\.json: EFBIG/);
      expect(readdirSync(dir).toSorted()).toEqual(['copy.ts', 'whole.json']);
      const free = spawnSync(process.execPath, ['copy.ts'], { cwd: dir, encoding: 'utf8' });
      expect(free.stderr).toBe('');
      expect(free.status).toBe(0);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
