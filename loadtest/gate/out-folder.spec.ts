import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReceiptError } from '../receipt/receipt-file.ts';
import { claimOut, clearOut, FIRST_TRY, keepAsFirstTry } from './out-folder.ts';

const REPORTS = ['junit.xml', 'receipt.json', 'report.html', 'summary.md'];
let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'waymark-out-'));
});
afterEach(() => rmSync(out, { recursive: true }));

function put(...names: readonly string[]): void {
  for (const name of names) writeFileSync(join(out, name), `old ${name}`);
}

describe('the folder of a run', () => {
  it('is rid of all that an earlier run left, and of nothing else', () => {
    put(...REPORTS, 'pair-12-baseline.json', 'comparison.json', 'comparison.md', 'receipt.json.unfinished');
    put('notes.txt', 'pair-of-shoes.json', 'my-receipt.json');
    mkdirSync(join(out, FIRST_TRY));
    for (const name of REPORTS) writeFileSync(join(out, FIRST_TRY, name), 'old');
    mkdirSync(join(out, 'prove'));
    writeFileSync(join(out, 'prove', 'receipt.json'), 'of another command');
    clearOut(out);
    expect(readdirSync(out).toSorted()).toEqual(['my-receipt.json', 'notes.txt', 'pair-of-shoes.json', 'prove']);
    expect(readdirSync(join(out, 'prove'))).toEqual(['receipt.json']);
  });

  it('need not be there', () => {
    clearOut(join(out, 'new'));
    expect(readdirSync(out)).toEqual([]);
  });

  it('keeps the first try where nobody takes it for the verdict', () => {
    put(...REPORTS);
    keepAsFirstTry(out);
    expect(readdirSync(out)).toEqual([FIRST_TRY]);
    expect(readdirSync(join(out, FIRST_TRY)).toSorted()).toEqual(REPORTS);
    expect(readFileSync(join(out, FIRST_TRY, 'summary.md'), 'utf8')).toBe('old summary.md');
  });

  it('that takes no files is told before anything is measured', () => {
    writeFileSync(join(out, 'plain'), '');
    expect(() => claimOut(join(out, 'plain'))).toThrow(/^no report can be written into .*plain: EEXIST/);
    expect(() => claimOut(join(out, 'plain', 'below'))).toThrow(/^no report can be written into .*below: ENOTDIR/);
  });

  it.each([
    ['EPERM', / is in use by a run that has not ended \(process 4711\)/],
    ['ESRCH', null],
  ])('of a process that cannot be asked (%s) is its own only when it lives', (code, refusal) => {
    writeFileSync(join(out, '.run'), '4711');
    const { kill } = process;
    process.kill = () => {
      throw Object.assign(new Error(code), { code });
    };
    try {
      if (refusal !== null) expect(() => claimOut(out)).toThrow(refusal);
      else claimOut(out);
    } finally {
      process.kill = kill;
    }
    expect(readFileSync(join(out, '.run'), 'utf8')).toBe(refusal === null ? String(process.pid) : '4711');
  });

  it('whose claim leads nowhere is told too', () => {
    symlinkSync(join(out, 'nowhere'), join(out, '.run'));
    expect(() => claimOut(out)).toThrow(/^no report can be written into .*\.run is neither a run's nor to be had$/);
    expect(readdirSync(out)).toEqual(['.run']);
  });

  it('that cannot be cleared is an error, not a run beside old reports', () => {
    mkdirSync(join(out, 'receipt.json'));
    expect(() => clearOut(out)).toThrow(ReceiptError);
    expect(() => clearOut(out)).toThrow(/^the reports of an earlier run in .* cannot be removed: /);
  });
});
