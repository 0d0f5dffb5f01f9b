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
import { ownCommandLine } from '../command-line/command-line.ts';
import { contractFaults, contractPage, contractRows, contractTable, type JestReport } from './table.ts';

const PAGE = 'docs/event-store-contract.md';
const SUITES = '(memory|sqlite|eventstoredb)-event-store\\.(contract|int)\\.ts$';

const HELP = `node_modules/.bin/node tools/event-store-contract/main.ts [--write] [REPORT.json ...]

  Prints the table of event stores by contract case, from reports of jest or, without any, from a run of its own, and compares it with
  ${PAGE}.

  --write   writes the page when every case passed
  --help

Exit codes: 0 every case passed and the page says so, 1 not, 2 the arguments are wrong.
`;

const { files, write } = ownCommandLine({
  help: HELP,
  options: { write: { type: 'boolean', default: false } },
  positionals: true,
  read: ({ positionals, values }) => ({ files: positionals, write: values.write }),
});
const reports = files.length > 0 ? files.map(readReport) : [runSuites()];
const rows = contractRows(reports);
console.log(contractTable(rows));
const faults = contractFaults(rows);
const page = await format(contractPage(rows), { ...(await resolveConfig(PAGE)), parser: 'markdown' });
if (faults.length === 0 && write) writeFileSync(PAGE, page);
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
