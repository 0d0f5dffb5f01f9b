/**
 * One scenario through all instruments, without a verdict: both built apps on a data directory of their own, what players felt, what it cost. For tuning
 * and for the tables of docs; `npm run sla` is the gate.
 *
 *   node --conditions=waymark-source loadtest/run/main.ts [--scenario sla] [--seconds N] [--warmup N] [--k6-sockets N]
 */
import { parseArgs } from 'node:util';
import { startApps, usageOf, type AppsUnderTest } from '../companion/apps-under-test.ts';
import { lagSummary, measurementSummary } from '../measure/measurement-summary.ts';
import { isScenarioName, SCENARIOS, type Scenario } from '../scenarios.ts';
import { runInstruments, type RunProgress } from './run-instruments.ts';

const BUDGETS = { tickLagMs: 35, commandLatencyMs: 35 };
const { values } = parseArgs({
  options: {
    scenario: { type: 'string', default: 'sla' },
    seconds: { type: 'string' },
    warmup: { type: 'string' },
    'k6-sockets': { type: 'string' },
  },
});
if (!isScenarioName(values.scenario)) {
  console.error(`there is no scenario ${values.scenario}; there are ${Object.keys(SCENARIOS).join(', ')}`);
  process.exit(2);
}
const chosen: Scenario = SCENARIOS[values.scenario];
const scenario: Scenario = {
  ...chosen,
  windowMs: values.seconds === undefined ? chosen.windowMs : Number(values.seconds) * 1_000,
  warmUpMs: values.warmup === undefined ? chosen.warmUpMs : Number(values.warmup) * 1_000,
  k6Sockets: values['k6-sockets'] === undefined ? chosen.k6Sockets : Number(values['k6-sockets']),
};

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
