import { parseArgs } from 'node:util';
import { readReceipt } from '../receipt/receipt-file.ts';
import { compare } from './compare.ts';
import { comparisonDocument } from './comparison-document.ts';
import { comparisonMarkdown, comparisonText } from './comparison-report.ts';
import { writeComparison } from './write-comparison.ts';

/**
 * Compares two commits again, from receipts of interleaved pairs:
 *
 *   node loadtest/baseline/main.ts [--markdown] [--across-scenarios] [--out FOLDER] BASE1.json NEW1.json BASE2.json NEW2.json ...
 *
 * With --out, comparison.json, comparison.md, comparison.html and junit.xml go to a folder. With --across-scenarios, one commit under two loads. Thresholds are those of the first receipt. Ends with 0 for no regression, 99 for one, 110 or 1 when it cannot be told.
 */
const USAGE =
  'usage: node loadtest/baseline/main.ts [--markdown] [--across-scenarios] [--out FOLDER] BASE1.json NEW1.json BASE2.json NEW2.json ...';

try {
  const { files, flags } = parsed();
  if (files.length === 0 || files.length % 2 === 1) throw new Error(USAGE);
  const receipts = files.map(readReceipt);
  const pairs = receipts.flatMap((base, index) => (index % 2 === 0 ? [{ base, head: receipts[index + 1]! }] : []));
  const comparison = compare(receipts[0]!.sla, pairs, { acrossScenarios: flags['across-scenarios'] });
  if (flags.out !== undefined) writeComparison(comparisonDocument(pairs, comparison), flags.out);
  process.stdout.write(flags.markdown ? comparisonMarkdown(comparison) : comparisonText(comparison));
  process.exitCode = comparison.exitCode;
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

function parsed() {
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: {
        markdown: { type: 'boolean', default: false },
        'across-scenarios': { type: 'boolean', default: false },
        out: { type: 'string' },
      },
    });
    return { files: positionals, flags: values };
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${USAGE}`, { cause: error });
  }
}
