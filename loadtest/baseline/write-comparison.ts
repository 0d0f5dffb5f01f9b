import { join } from 'node:path';
import { writeDocument } from '../receipt/receipt-file.ts';
import { writeReport } from '../report/write-reports.ts';
import { schemaCheck } from '../schema/schema-check.ts';
import type { ComparisonDocument } from './comparison-document.ts';
import { comparisonHtml } from './comparison-html.ts';
import { comparisonJunit } from './comparison-junit.ts';
import { comparisonMarkdown } from './comparison-report.ts';

const check = schemaCheck(new URL('./comparison.schema.json', import.meta.url));

/** Writes the document and the reports made from it, and tells the path of the page. Throws ReceiptError; whoever catches it ends with ERROR. */
export function writeComparison(document: ComparisonDocument, folder: string): string {
  writeDocument('the comparison', join(folder, 'comparison.json'), document, check);
  writeReport(join(folder, 'junit.xml'), comparisonJunit(document));
  writeReport(join(folder, 'comparison.md'), comparisonMarkdown(document.comparison));
  const page = join(folder, 'comparison.html');
  writeReport(page, comparisonHtml(document));
  return page;
}
