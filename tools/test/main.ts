/**
 * All tiers of tests, one after another, and at the end a plain line `N passed, N failed`. What counts: each jest test, each allocation
 * budget, each benchmark that runs through in its smallest form, each step of `npm run check`, the table of the event store's contract. A skipped test counts as failed, and so
 * does a tier in which nothing ran: silence is not success.
 *
 *   node tools/test/main.ts [tier ...]     tiers: tools/start/usage.mjs
 */
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { k6Binary } from '../../loadtest/k6/k6-binary.ts';
import { chromiumPath } from '../needs/chromium.ts';
import { needPromtool } from '../needs/promtool.ts';
import { needRedis } from '../needs/redis.ts';
import { answerOfTest, endWith, TIERS } from '../start/usage.mjs';
import { endChildrenWithThis, runNode } from './family.ts';
import { jestCount, type Count } from './jest-count.ts';

const RUNS: Readonly<Record<string, () => Promise<Count>> & Record<keyof typeof TIERS, unknown>> = {
  check: () => runScripts('check', ['tools/check/main.ts'], [], ['--without-tests']),
  // By itself jest leaves one processor idle, which is half of a small machine.
  unit: () => runJest('unit', 'spec,contract,fuzz', ['--maxWorkers=100%']),
  int: () => runJest('int', 'int', []),
  alloc: () => runScripts('alloc', globSync('{libs,apps}/*/src/**/*.alloc.ts'), ['--expose-gc'], [], ALLOC_TRIES),
  bench: () => runScripts('bench', globSync('{libs,apps}/*/src/**/*.bench.ts'), ['--expose-gc'], ['--smoke']),
  // One at a time: each starts the built apps as processes.
  e2e: () => runJest('e2e', 'e2e', ['--runInBand']),
  contract: compareContract,
  sla: judgeSmoke,
};

/**
 * What V8's compilers make of the same code differs now and then from process to process, by what ran when: on a busy machine a loop that allocates nothing was found
 * with 446 bytes a round once in some thirty runs, and kept them to its end. Code that allocates does so in each process.
 */
const ALLOC_TRIES = 2;
/** Of `npm run sla`, docs/sla.md. */
const EXIT_INVALID = 110;

const asked = process.argv.slice(2);
endWith(answerOfTest(asked));

endChildrenWithThis();
if (asked.length === 0 || asked.some((tier) => ['int', 'e2e', 'sla'].includes(tier))) await getPrograms();

const reportDir = mkdtempSync(join(tmpdir(), 'waymark-test-'));
const total: Count = { passed: 0, failed: 0 };
for (const tier of asked.length > 0 ? asked : Object.keys(TIERS)) {
  const startedAtMs = performance.now();
  console.log(`\n=== ${tier} ===`);
  const count = await RUNS[tier]!();
  if (count.passed + count.failed === 0) {
    console.error(`${tier}: nothing ran`);
    count.failed = 1;
  }
  total.passed += count.passed;
  total.failed += count.failed;
  const seconds = Math.round((performance.now() - startedAtMs) / 1000);
  console.log(`=== ${tier}: ${count.passed} passed, ${count.failed} failed (${seconds} s) ===`);
}
rmSync(reportDir, { recursive: true, force: true });
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 ? 1 : 0;

/**
 * What tests need of the system, one after the other and before they run side by side: apt-get takes one caller at a time. What cannot be had fails
 * the tests that need it, each with the sentence that says how to get it.
 */
async function getPrograms(): Promise<void> {
  for (const [name, get] of [
    ['promtool', needPromtool],
    ['redis-server', needRedis],
    ['chromium', chromiumPath],
    ['k6', k6Binary],
  ] as const) {
    const startedAtMs = performance.now();
    try {
      console.log(`${name}: ${await get()} (${Math.round((performance.now() - startedAtMs) / 1000)} s)`);
    } catch (error) {
      console.error(`${name}: ${(error as Error).message}`);
    }
  }
}

async function runJest(tier: string, suffixes: string, args: readonly string[]): Promise<Count> {
  const report = join(reportDir, `${tier}.json`);
  const { status } = await runNode(['tools/test/jest.ts', suffixes, '--json', `--outputFile=${report}`, ...args], {
    stdout: 'dropped',
    stderr: 'shown',
  });
  return jestCount(report, status, (sentence) => console.error(`${tier}: ${sentence}`));
}

/** Adapters of the event store by contract case, from what the tiers unit and int found when they ran, else from a run of its own. */
async function compareContract(): Promise<Count> {
  const reports = ['unit', 'int'].map((tier) => join(reportDir, `${tier}.json`));
  const args = reports.every((report) => existsSync(report)) ? reports : [];
  const { status } = await runNode(['tools/event-store-contract/main.ts', ...args], {
    stdout: 'shown',
    stderr: 'shown',
  });
  return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/**
 * The smoke scenario through the whole gate. A machine on which nothing can be told is no fault of the code: INVALID passes here and says so;
 * the jobs of .github/workflows/sla.yml are green for PASS alone.
 */
async function judgeSmoke(): Promise<Count> {
  rmSync('sla-report', { recursive: true, force: true });
  const flags = ['--conditions=waymark-source', '--disable-warning=ExperimentalWarning'];
  const { status } = await runNode([...flags, 'loadtest/gate/main.ts', '--scenario', 'smoke'], {
    stdout: 'shown',
    stderr: 'shown',
  });
  // That was the second try: of the first there is only a copy aside.
  const isNoise = status === EXIT_INVALID && isNoisy('sla-report/receipt.json');
  if (isNoise) console.log('sla: INVALID twice. This machine is too noisy for a verdict; the promise is not judged.');
  return status === 0 || isNoise ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** Whether the second try came to nothing by noise, and not by what is the same on any machine (a clock that is ahead, a load that was never asked for). */
function isNoisy(receipt: string): boolean {
  if (!existsSync(receipt)) return false;
  const { verdict } = JSON.parse(readFileSync(receipt, 'utf8')) as {
    readonly verdict: { readonly retryMakesSense: boolean };
  };
  return verdict.retryMakesSense;
}

async function runScripts(
  tier: string,
  scripts: readonly string[],
  nodeFlags: readonly string[] = [],
  args: readonly string[] = [],
  triesMax = 1,
): Promise<Count> {
  const count: Count = { passed: 0, failed: 0 };
  for (const script of scripts) {
    let isOk = false;
    for (let tries = 1; !isOk && tries <= triesMax; tries++) {
      const { status, stdout, stderr } = await runNode(['--conditions=waymark-source', ...nodeFlags, script, ...args]);
      isOk = status === 0;
      if (tier === 'check') process.stdout.write(stdout);
      console.log(
        `${isOk ? 'ok    ' : 'FAILED'} ${script}${triesMax > 1 && !isOk ? `, try ${tries} of ${triesMax}` : ''}`,
      );
      if (!isOk) console.error(stdout, stderr);
    }
    if (isOk) count.passed += 1;
    else count.failed += 1;
  }
  return count;
}
