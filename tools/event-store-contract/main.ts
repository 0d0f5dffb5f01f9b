/**
 * Prints the table of adapters by contract case, from reports of jest or, without any, from a run of its own, and compares it with
 * docs/event-store-contract.md. Ends with 1 when a case did not pass or the page says something else.
 *
 *   node tools/event-store-contract/main.ts [--write] [report.json ...]
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { contractFaults, contractPage, contractRows, contractTable, type JestReport } from './table.ts';

const PAGE = 'docs/event-store-contract.md';
const SUITES = '(memory|sqlite|eventstoredb)-event-store\\.(contract|int)\\.ts$';

const args = process.argv.slice(2);
const files = args.filter((arg) => arg !== '--write');
const reports = files.length > 0 ? files.map(readReport) : [runSuites()];
const rows = contractRows(reports);
console.log(contractTable(rows));
const faults = contractFaults(rows);
const page = await format(contractPage(rows), { ...(await resolveConfig(PAGE)), parser: 'markdown' });
if (faults.length === 0 && args.includes('--write')) writeFileSync(PAGE, page);
else if (!existsSync(PAGE) || readFileSync(PAGE, 'utf8') !== page)
  faults.push(`${PAGE} does not say what the tests found; node tools/event-store-contract/main.ts --write writes it`);
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;

function readReport(file: string): JestReport {
  return JSON.parse(readFileSync(file, 'utf8')) as JestReport;
}

function runSuites(): JestReport {
  const directory = mkdtempSync(join(tmpdir(), 'waymark-contract-'));
  const report = join(directory, 'report.json');
  const jest = ['tools/test/jest.ts', 'contract,int', SUITES, '--json', `--outputFile=${report}`];
  spawnSync(process.execPath, jest, { stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    return readReport(report);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
