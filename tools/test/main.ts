/**
 * All tiers of tests, one after another, and at the end a plain line `N passed, N failed`. What counts: each jest test, each allocation
 * budget, each benchmark that runs through in its smallest form, each step of `npm run check`. A skipped test counts as failed, and so
 * does a tier in which nothing ran: silence is not success.
 *
 *   node tools/test/main.ts [tier ...]     tiers: check unit int alloc bench e2e
 */
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Count {
  passed: number;
  failed: number;
}

const TIERS: Readonly<Record<string, () => Count>> = {
  check: () => runScripts('check', ['tools/check/main.ts'], [], ['--without-tests']),
  unit: () => runJest('unit', 'spec,contract,fuzz', []),
  int: () => runJest('int', 'int', []),
  alloc: () => runScripts('alloc', globSync('{libs,apps}/*/src/**/*.alloc.ts'), ['--expose-gc']),
  bench: () => runScripts('bench', globSync('{libs,apps}/*/src/**/*.bench.ts'), ['--expose-gc'], ['--smoke']),
  // One at a time: each starts the built apps as processes.
  e2e: () => runJest('e2e', 'e2e', ['--runInBand']),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((tier) => !(tier in TIERS));
if (unknown.length > 0) {
  console.error(`unknown tier ${unknown.join(', ')}; the tiers are ${Object.keys(TIERS).join(', ')}`);
  process.exit(2);
}

const reportDir = mkdtempSync(join(tmpdir(), 'waymark-test-'));
const total: Count = { passed: 0, failed: 0 };
for (const tier of asked.length > 0 ? asked : Object.keys(TIERS)) {
  const startedAtMs = performance.now();
  console.log(`\n=== ${tier} ===`);
  const count = TIERS[tier]!();
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

function runJest(tier: string, suffixes: string, args: readonly string[]): Count {
  const report = join(reportDir, `${tier}.json`);
  spawnSync(process.execPath, ['tools/test/jest.ts', suffixes, '--json', `--outputFile=${report}`, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    const found = JSON.parse(readFileSync(report, 'utf8')) as Record<string, number>;
    const skipped = (found['numPendingTests'] ?? 0) + (found['numTodoTests'] ?? 0);
    if (skipped > 0) console.error(`${tier}: ${skipped} tests were skipped; a skipped test counts as failed`);
    return {
      passed: found['numPassedTests'] ?? 0,
      failed: (found['numFailedTests'] ?? 0) + (found['numRuntimeErrorTestSuites'] ?? 0) + skipped,
    };
  } catch (error) {
    console.error(`${tier}: jest left no report: ${(error as Error).message}`);
    return { passed: 0, failed: 1 };
  }
}

function runScripts(
  tier: string,
  scripts: readonly string[],
  nodeFlags: readonly string[] = [],
  args: readonly string[] = [],
): Count {
  const count: Count = { passed: 0, failed: 0 };
  for (const script of scripts) {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--conditions=waymark-source', ...nodeFlags, script, ...args],
      {
        encoding: 'utf8',
        maxBuffer: 64 * 1024 * 1024,
      },
    );
    if (tier === 'check') process.stdout.write(stdout);
    console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${script}`);
    if (status === 0) count.passed += 1;
    else {
      count.failed += 1;
      console.error(stdout, stderr);
    }
  }
  return count;
}
