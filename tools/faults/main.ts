/** `npm run faults`: whether the promises hold while things break. `-- --help` tells the flags; docs/faults.md the rest. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asksForHelp, CommandLineError, parseCommandLine, wholeNumber } from '../command-line/command-line.ts';
import { buildApps } from '../e2e/apps.ts';
import { BACKENDS, faultRun, type Backends } from './fault-run.ts';
import { faultLine, reportText } from './report.ts';

const HELP = `npm run faults -- [flags]

  --seed N          the same seed gives the same plan of faults; default: drawn, and told
  --faults N        how many; default 30
  --commands N      how many are sent while they happen; default 40 a fault
  --gateways N      how many tick-gateways read the log; default 2
  --command-apps N  how many take commands; default 1, with eventstoredb 2; with sqlite only 1
  --backends NAME   where events are kept and how they travel: ${BACKENDS.join(', ')}; default sqlite
  --keep            keep ledger, logs and data also when the run passes
  --help

Exit codes: 0 every promise held, 1 one did not, 2 the flags are wrong or the run could not be made, 130 interrupted.
`;
const EXIT = { pass: 0, fail: 1, error: 2, interrupted: 130 } as const;

const aborter = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => aborter.abort());
try {
  process.exitCode = await main();
} catch (error) {
  const told = error instanceof CommandLineError ? error.message : ((error as Error).stack ?? String(error));
  console.error(aborter.signal.aborted ? 'interrupted: no verdict' : `ERROR: ${told}`);
  process.exitCode = aborter.signal.aborted ? EXIT.interrupted : EXIT.error;
}

async function main(): Promise<number> {
  const flags = readFlags();
  if (flags === null) {
    process.stdout.write(HELP);
    return EXIT.pass;
  }
  const { keep, ...numbers } = flags;
  const again = `npm run faults -- --seed ${flags.seed} --faults ${flags.faults} --commands ${flags.commands} --gateways ${flags.gateways} --command-apps ${flags.commandApps} --backends ${flags.backends}`;
  console.log(again);
  await buildApps(aborter.signal);
  const dir = mkdtempSync(join(tmpdir(), 'waymark-faults-'));
  let isKept = true;
  try {
    const onFault = (fault: Parameters<typeof faultLine>[0]): void => console.log(faultLine(fault));
    const report = await faultRun({ ...numbers, dir, signal: aborter.signal, onFault });
    writeFileSync(join(dir, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
    process.stdout.write(reportText(report));
    const passed = report.findings.length === 0;
    isKept = keep || !passed;
    if (!passed) console.log(`again: ${again}`);
    return passed ? EXIT.pass : EXIT.fail;
  } catch (error) {
    isKept = !aborter.signal.aborted || keep;
    throw error;
  } finally {
    if (isKept) console.log(`ledger, logs, data and report: ${dir}`);
    else rmSync(dir, { recursive: true, force: true });
  }
}

function readFlags() {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = {
    seed: text,
    faults: text,
    commands: text,
    gateways: text,
    backends: text,
    'command-apps': text,
    keep: flag,
  };
  const args = process.argv.slice(2);
  if (asksForHelp(args, options)) return null;
  const { values } = parseCommandLine(args, options);
  const backends = values.backends ?? 'sqlite';
  if (!isBackends(backends)) {
    throw new CommandLineError(`--backends is one of ${BACKENDS.join(', ')}, not ${JSON.stringify(backends)}`);
  }
  const faults = wholeNumber('--faults', values.faults ?? '30', 0, 1_000);
  return {
    seed: wholeNumber('--seed', values.seed ?? String(Date.now() % 1_000_000), 0, 0xffff_ffff),
    faults,
    commands: wholeNumber('--commands', values.commands ?? String(40 * Math.max(1, faults)), 1, 200_000),
    gateways: wholeNumber('--gateways', values.gateways ?? '2', 1, 8),
    commandApps: commandApps(backends, values['command-apps']),
    backends,
    keep: values.keep === true,
  };
}

function commandApps(backends: Backends, text: string | undefined): number {
  const isShared = backends.startsWith('eventstoredb');
  const count = wholeNumber('--command-apps', text ?? (isShared ? '2' : '1'), 1, 4);
  if (count === 1 || isShared) return count;
  throw new CommandLineError(
    `--command-apps ${count} needs --backends eventstoredb: a SQLite file is for one command app`,
  );
}

function isBackends(text: string): text is Backends {
  return (BACKENDS as readonly string[]).includes(text);
}
