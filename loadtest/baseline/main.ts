import { CommandLineError, ownCommandLine } from '../../tools/command-line/command-line.ts';
import { readReceipt } from '../receipt/receipt-file.ts';
import { compare } from './compare.ts';
import { comparisonDocument } from './comparison-document.ts';
import { comparisonMarkdown, comparisonText } from './comparison-report.ts';
import { writeComparison } from './write-comparison.ts';

/**
 * Compares two commits again, from receipts of interleaved pairs:
 *
 *   node loadtest/baseline/main.ts [flags] BASE1.json NEW1.json BASE2.json NEW2.json ...     --help tells them
 */
const HELP = `node_modules/.bin/node loadtest/baseline/main.ts [flags] BASE1.json NEW1.json BASE2.json NEW2.json ...

  Compares two commits from receipts of interleaved pairs, as npm run sla -- --baseline does. Thresholds are those of the first receipt.

  --markdown           prints the table for a pull request
  --across-scenarios   one commit under two loads
  --out FOLDER         writes comparison.json, comparison.md, comparison.html and junit.xml
  --help

Exit codes: 0 no regression, 99 one, 110 too few pairs can be used, 1 it cannot be told.
`;
const EXIT_ERROR = 1;

const { files, flags } = ownCommandLine({
  help: HELP,
  options: {
    markdown: { type: 'boolean', default: false },
    'across-scenarios': { type: 'boolean', default: false },
    out: { type: 'string' },
  },
  positionals: true,
  exitCode: EXIT_ERROR,
  read({ positionals, values }) {
    if (positionals.length === 0 || positionals.length % 2 === 1) {
      throw new CommandLineError(
        `receipts come in pairs, BASE.json NEW.json, not ${positionals.length}; --help tells more`,
      );
    }
    if (values.out === '') throw new CommandLineError('--out is empty');
    return { files: positionals, flags: values };
  },
});
try {
  const receipts = files.map(readReceipt);
  const pairs = receipts.flatMap((base, index) => (index % 2 === 0 ? [{ base, head: receipts[index + 1]! }] : []));
  const comparison = compare(receipts[0]!.sla, pairs, { acrossScenarios: flags['across-scenarios'] });
  if (flags.out !== undefined) writeComparison(comparisonDocument(pairs, comparison), flags.out);
  process.stdout.write(flags.markdown ? comparisonMarkdown(comparison) : comparisonText(comparison));
  process.exitCode = comparison.exitCode;
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = EXIT_ERROR;
}
