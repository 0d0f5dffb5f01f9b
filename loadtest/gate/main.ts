/** `npm run sla`: whether Waymark keeps its promise, as a verdict with an exit code. `-- --help` tells the flags; docs/sla.md the rules. */
import { join } from 'node:path';
import { CommandLineError } from '../../tools/command-line/command-line.ts';
import { buildApps } from '../../tools/e2e/apps.ts';
import { EXIT_INTERRUPTED, interruptSignal, throwIfInterrupted } from '../interrupt.ts';
import { markdownReport } from '../report/markdown.ts';
import { writeReports } from '../report/write-reports.ts';
import { textReport } from '../report/text.ts';
import { writeReceipt, ReceiptError } from '../receipt/receipt-file.ts';
import type { Receipt } from '../receipt/receipt.ts';
import { SlaError } from '../sla/load-sla.ts';
import { compareWithBaseline } from './baseline-run.ts';
import { HELP, outFolder, readFlags, type Flags } from './flags.ts';
import { gateRun } from './gate-run.ts';
import { SOURCE_OF_DEPLOYMENT } from './made-by.ts';
import { claimOut, clearOut, keepAsFirstTry } from './out-folder.ts';
import { ProgressLine } from './progress-line.ts';
import { deploymentTarget, embeddedTarget } from './target.ts';
import { tellGitHub } from './tell-github.ts';

const EXIT_ERROR = 1;
const TRIES_MAX = 2;

class BuildError extends Error {}

const signal = interruptSignal();
try {
  process.exitCode = await main();
} catch (error) {
  if (signal.aborted) {
    console.error('interrupted: no verdict');
    // Also while something is still under way that nobody waits for any more, such as a build of k6: it ends with this process.
    process.exit(EXIT_INTERRUPTED);
  } else {
    const isForPeople =
      error instanceof CommandLineError ||
      error instanceof BuildError ||
      error instanceof SlaError ||
      error instanceof ReceiptError;
    console.error(`ERROR: ${isForPeople ? error.message : ((error as Error).stack ?? String(error))}`);
    process.exitCode = EXIT_ERROR;
  }
}

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  const folder = outFolder(args);
  // Before anything else can go wrong.
  if (folder !== null) {
    claimOut(folder);
    clearOut(folder);
  }
  const flags = readFlags(args);
  if (flags === null) {
    process.stdout.write(HELP);
    return 0;
  }
  const { baseline, out, pairs, scenario, sla, target } = flags;
  if (target === null) await build();
  if (baseline !== null) return compareWithBaseline({ ref: baseline, pairs, scenario, sla, out, signal });
  for (let attempt = 1; ; attempt++) {
    const receipt = await run(flags);
    await throwIfInterrupted(signal);
    writeReceipt(join(out, 'receipt.json'), receipt);
    const written = writeReports(receipt, out);
    process.stdout.write(textReport(receipt));
    console.log(written.at(-1));
    tellGitHub(markdownReport(receipt));
    if (attempt === TRIES_MAX || !receipt.verdict.retryMakesSense) return receipt.verdict.exitCode;
    keepAsFirstTry(out);
    console.log('This is noise, so it is tried once more.\n');
  }
}

async function build(): Promise<void> {
  try {
    await buildApps(signal);
  } catch (error) {
    throw new BuildError((error as Error).message);
  }
}

async function run({ redis, scenario, sla, target }: Flags): Promise<Receipt> {
  const progress = new ProgressLine(scenario.windowMs);
  try {
    return await gateRun({
      scenario,
      sla,
      openTarget: () =>
        target === null
          ? embeddedTarget({ settings: { REDIS_URL: redis } })
          : deploymentTarget(target.url, target.token),
      ...(target !== null && { source: SOURCE_OF_DEPLOYMENT }),
      onProgress: progress.show,
      signal,
    });
  } finally {
    progress.end();
  }
}
