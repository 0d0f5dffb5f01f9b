import { dirname } from 'node:path';
import { CommandLineError, ownCommandLine } from '../../tools/command-line/command-line.ts';
import { readReceipt } from '../receipt/receipt-file.ts';
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
const HELP = `node_modules/.bin/node loadtest/report/main.ts RECEIPT.json [--out FOLDER]

  Writes junit.xml, summary.md and report.html from a receipt of npm run sla, and prints ten lines.

  --out FOLDER   where to; by default beside the receipt
  --help

Exit codes: 0 PASS, 99 FAIL, 110 INVALID, 1 ERROR, as the receipt has it; also 1 when a report cannot be made.
`;
const EXIT_ERROR = 1;

const { out, path } = ownCommandLine({
  help: HELP,
  options: { out: { type: 'string' } },
  positionals: true,
  exitCode: EXIT_ERROR,
  read({ positionals: [path, ...more], values }) {
    if (path === undefined) throw new CommandLineError('say which RECEIPT.json; --help tells more');
    if (more.length > 0)
      throw new CommandLineError(`one receipt at a time, and not ${more[0]} as well; --help tells more`);
    if (values.out === '') throw new CommandLineError('--out is empty');
    return { path, out: values.out ?? dirname(path) };
  },
});
try {
  const receipt = readReceipt(path);
  const written = writeReports(receipt, out);
  process.stdout.write(textReport(receipt));
  for (const file of written) console.log(file);
  process.exitCode = receipt.verdict.exitCode;
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = EXIT_ERROR;
}
