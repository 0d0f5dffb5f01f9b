import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ReceiptError } from '../receipt/receipt-file.ts';
import type { Receipt } from '../receipt/receipt.ts';
import { htmlReport } from './html.ts';
import { junitReport } from './junit.ts';
import { markdownReport } from './markdown.ts';

const REPORTS: readonly (readonly [name: string, make: (receipt: Receipt) => string])[] = [
  ['junit.xml', junitReport],
  ['summary.md', markdownReport],
  ['report.html', htmlReport],
];

/** Writes the reports that are files and tells their paths. Throws ReceiptError; whoever catches it ends with ERROR. */
export function writeReports(receipt: Receipt, folder: string): readonly string[] {
  return REPORTS.map(([name, make]) => {
    const path = join(folder, name);
    writeReport(path, make(receipt));
    return path;
  });
}

/** Throws ReceiptError. */
export function writeReport(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } catch (error) {
    throw new ReceiptError(`the report ${path} cannot be written: ${(error as Error).message}`);
  }
}
