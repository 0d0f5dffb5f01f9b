/**
 * One scenario through all instruments, without a verdict: both built apps on a data directory of their own, what players felt, what it cost. For tuning
 * and for the tables of docs; `npm run sla` is the gate.
 *
 *   node --conditions=waymark-source loadtest/run/main.ts [--scenario sla] [--seconds N] [--warmup N] [--k6-sockets N]
 */
import { CommandLineError, ownCommandLine, wholeNumber } from '../../tools/command-line/command-line.ts';
import { startApps, usageOf, type AppsUnderTest } from '../companion/apps-under-test.ts';
import { lagSummary, measurementSummary } from '../measure/measurement-summary.ts';
import { isScenarioName, SCENARIOS, scenarioFault, type Scenario } from '../scenarios.ts';
import { runInstruments, type RunProgress } from './run-instruments.ts';

const BUDGETS = { tickLagMs: 35, commandLatencyMs: 35 };
const HELP = `node_modules/.bin/node --conditions=waymark-source loadtest/run/main.ts [flags]

  One scenario through all instruments, without a verdict; prints what players felt and what it cost, as JSON. Build first: npm run build.

  --scenario NAME   ${Object.keys(SCENARIOS).join(', ')}; default sla
  --seconds N       another length of the measuring window
  --warmup N        seconds of full load before the window; by default as the scenario has it
  --k6-sockets N    how many of the sockets k6 holds; by default as the scenario has it
  --help

Exit codes: 0 it was measured, 1 it could not be, 2 the flags are wrong.
`;
const NUMBER_MAX = 1_000_000;

const scenario = ownCommandLine({
  help: HELP,
  options: {
    scenario: { type: 'string', default: 'sla' },
    seconds: { type: 'string' },
    warmup: { type: 'string' },
    'k6-sockets': { type: 'string' },
  },
  read({ values }): Scenario {
    const name = values.scenario;
    if (!isScenarioName(name)) {
      throw new CommandLineError(`there is no scenario ${name}; there are ${Object.keys(SCENARIOS).join(', ')}`);
    }
    const number = (flag: 'seconds' | 'warmup' | 'k6-sockets', otherwise: number, unit = 1): number =>
      values[flag] === undefined ? otherwise : wholeNumber(`--${flag}`, values[flag], 0, NUMBER_MAX) * unit;
    const chosen: Scenario = SCENARIOS[name];
    const asked = {
      ...chosen,
      windowMs: number('seconds', chosen.windowMs, 1_000),
      warmUpMs: number('warmup', chosen.warmUpMs, 1_000),
      k6Sockets: number('k6-sockets', chosen.k6Sockets),
    };
    const fault = scenarioFault(asked);
    if (fault !== null) throw new CommandLineError(`scenario ${name}: ${fault}`);
    return asked;
  },
});

const aborter = new AbortController();
process.once('SIGINT', () => aborter.abort(new Error('interrupted')));
const apps = await startApps();
try {
  console.log(JSON.stringify(await run(apps), null, 2));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  await apps.stop();
}

async function run({ commandUrl, gatewayUrl, token, dataDir, command, gateway }: AppsUnderTest): Promise<object> {
  const used = [command, gateway].map((app) => ({ name: app.name, from: 0, until: 0 }));
  let phase = '';
  const onProgress = (progress: RunProgress): void => {
    if (progress.said !== '') process.stderr.write(`${progress.said}\n`);
    if (progress.phase === phase) return;
    phase = progress.phase;
    process.stderr.write(`${phase}\n`);
    [command, gateway].forEach(({ pid }, i) => {
      if (phase === 'measuring') used[i]!.from = usageOf(pid).cpuSeconds;
      if (phase === 'collecting') used[i]!.until = usageOf(pid).cpuSeconds;
    });
  };
  const { k6, companion, witness, extras } = await runInstruments({
    scenario,
    commandUrl,
    gatewayUrl,
    token,
    dataDir,
    budgets: BUDGETS,
    onProgress,
    signal: aborter.signal,
  });
  return {
    scenario,
    k6: k6 && measurementSummary(k6),
    companion: measurementSummary(companion),
    witness: {
      tickLateMaxMs: Math.max(...witness.seconds.map(({ tickLateMaxMs }) => tickLateMaxMs)),
      syncMaxMs: Math.max(...witness.seconds.map(({ syncMaxMs }) => syncMaxMs)),
    },
    publish: lagSummary(extras.publishLatency),
    reconnects: extras.reconnects && { ...extras.reconnects, resume: lagSummary(extras.reconnects.resume) },
    slowReaders: extras.slowReaders,
    appCores: Object.fromEntries(
      used.map(({ name, from, until }) => [name, Math.round(((until - from) * 1e6) / scenario.windowMs) / 1e3]),
    ),
  };
}
