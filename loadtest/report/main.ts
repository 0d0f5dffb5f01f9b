import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { readReceipt, ReceiptError } from '../receipt/receipt-file.ts';
import { writeReports } from './write-reports.ts';
import { textReport } from './text.ts';

/**
 * Makes the reports of a run again, from its receipt alone.
 *
 *   node loadtest/report/main.ts RECEIPT.json [--out FOLDER]
 *
 * Writes junit.xml, summary.md and report.html beside the receipt, or into FOLDER, and prints ten lines. Ends with the exit code of the
 * verdict, or with 1 when a report cannot be made: no report is never a green result.
 */
const USAGE = 'usage: node loadtest/report/main.ts RECEIPT.json [--out FOLDER]';

try {
  const { path, out } = asked();
  const receipt = readReceipt(path);
  const written = writeReports(receipt, out ?? dirname(path));
  process.stdout.write(textReport(receipt));
  for (const file of written) console.log(file);
  process.exitCode = receipt.verdict.exitCode;
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

function asked(): { readonly path: string; readonly out: string | undefined } {
  const { positionals, values } = parsed();
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0) throw new ReceiptError(USAGE);
  return { path, out: values.out };
}

function parsed() {
  try {
    return parseArgs({ allowPositionals: true, options: { out: { type: 'string' } } });
  } catch (error) {
    throw new ReceiptError(`${(error as Error).message}\n${USAGE}`);
  }
}
