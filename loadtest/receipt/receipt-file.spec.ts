import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorVerdict, judge } from '../judge/judge.ts';
import { sampleReceipt } from '../testing/sample-receipt.ts';
import { simulatedRun } from '../testing/simulated-run.ts';
import { readReceipt, ReceiptError, writeReceipt } from './receipt-file.ts';

const receipt = sampleReceipt(simulatedRun({ games: 12, seconds: 20 }));
let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'waymark-receipt-'));
  file = join(dir, 'receipt.json');
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('a receipt', () => {
  it('comes back as it was written, and gives its verdict again', () => {
    writeReceipt(file, receipt);
    const read = readReceipt(file);
    expect(read).toEqual(receipt);
    expect(judge(read.sla, read.evidence!)).toEqual(receipt.verdict);
    expect(readdirSync(dir)).toEqual(['receipt.json']);
  });

  it('of a run that came to nothing has a verdict and no evidence', () => {
    writeReceipt(file, { ...receipt, verdict: errorVerdict('the port 3000 is taken'), evidence: null });
    expect(readReceipt(file).verdict.outcome).toBe('ERROR');
  });

  it('that is not as its schema wants it is not written', () => {
    const machine = { ...receipt.machine, memoryBytes: Number.NaN };
    expect(() => writeReceipt(file, { ...receipt, machine })).toThrow(/\/machine\/memoryBytes must be number/);
    expect(readdirSync(dir)).toEqual([]);
  });

  it('that cannot be written is an error', () => {
    writeFileSync(join(dir, 'plain'), '');
    expect(() => writeReceipt(join(dir, 'plain', 'receipt.json'), receipt)).toThrow(ReceiptError);
  });

  it('makes the folder that it is to lie in', () => {
    const path = join(dir, 'new', 'folder', 'receipt.json');
    writeReceipt(path, receipt);
    expect(readReceipt(path)).toEqual(receipt);
  });

  it.each([
    [
      'of another version',
      (text: string) => text.replace('"receiptVersion": 1', '"receiptVersion": 2'),
      /is a receipt of version 2, and this gate reads version 1 only/,
    ],
    ['cut off', (text: string) => text.slice(0, 5_000), /is not a whole receipt/],
    ['with a field that nobody knows', (text: string) => text.replace('"commit"', '"comit"'), /\/source/],
    ['that is some other JSON', () => '{"name":"waymark"}', /is no receipt of the SLA gate/],
  ])('%s is refused with a sentence', (_what, change, says) => {
    writeReceipt(file, receipt);
    writeFileSync(file, change(readFileSync(file, 'utf8')));
    expect(() => readReceipt(file)).toThrow(says);
  });

  it('that is not there is told by its path', () => {
    expect(() => readReceipt('/nowhere/receipt.json')).toThrow(/^the receipt \/nowhere\/receipt\.json cannot be read/);
  });
});
