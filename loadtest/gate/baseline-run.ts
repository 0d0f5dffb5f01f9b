import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Pair } from '../baseline/compare.ts';
import { compareInRounds } from '../baseline/confirm.ts';
import { comparisonDocument } from '../baseline/comparison-document.ts';
import { comparisonMarkdown, comparisonText } from '../baseline/comparison-report.ts';
import { writeComparison } from '../baseline/write-comparison.ts';
import { throwIfInterrupted } from '../interrupt.ts';
import { ReceiptError, writeReceipt } from '../receipt/receipt-file.ts';
import type { Receipt } from '../receipt/receipt.ts';
import type { Scenario } from '../scenarios.ts';
import type { Sla } from '../sla/sla.ts';
import { gateRun } from './gate-run.ts';
import { sourceHere } from './made-by.ts';
import { ProgressLine } from './progress-line.ts';
import { embeddedTarget } from './target.ts';
import { tellGitHub } from './tell-github.ts';

/**
 * This checkout against a commit: the commit is checked out beside it, installed and built, and both are measured by the same instruments, one
 * right after the other, the order alternating. Ends with the comparison's exit code; each receipt is kept.
 */
export interface BaselineOptions {
  readonly ref: string;
  readonly pairs: number;
  readonly scenario: Scenario;
  readonly sla: Sla;
  readonly out: string;
  readonly signal: AbortSignal;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export async function compareWithBaseline(options: BaselineOptions): Promise<number> {
  const { out, pairs, ref, signal, sla } = options;
  const commit = commitOf(ref);
  const checkout = mkdtempSync(join(tmpdir(), 'waymark-baseline-'));
  try {
    await prepare(checkout, commit, signal);
    const { comparison, pairs: measured } = await compareInRounds(
      sla,
      (before) => measurePairs(options, checkout, before),
      (reasons) => console.log(`${reasons.join('; ')}. That may be chance: looking for it in ${pairs} more pairs`),
    );
    const page = writeComparison(comparisonDocument(measured, comparison), out);
    process.stdout.write(comparisonText(comparison));
    console.log(page);
    tellGitHub(comparisonMarkdown(comparison));
    return comparison.exitCode;
  } finally {
    spawnSync('git', ['-C', ROOT, 'worktree', 'remove', '--force', checkout], { stdio: 'ignore' });
    rmSync(checkout, { recursive: true, force: true });
  }
}

/** As many pairs as were asked for, and some more where noise spoils them. `before`: how many there were before these, for their names. */
export async function measurePairs(
  options: BaselineOptions,
  checkout: string,
  before: number,
  measureOne: (options: BaselineOptions, root: string) => Promise<Receipt> = measure,
): Promise<readonly Pair[]> {
  const { out, pairs, signal } = options;
  const measured: Pair[] = [];
  for (let pair = 0; !isEnough(measured, pairs); pair++) {
    const number = before + pair + 1;
    const place =
      pair < pairs ? `pair ${number} of ${before + pairs}` : `pair ${number}, for one that noise has spoilt`;
    const one = async (side: 'baseline' | 'new'): Promise<Receipt> => {
      const receipt = await measureOne(options, side === 'baseline' ? checkout : ROOT);
      await throwIfInterrupted(signal);
      writeReceipt(join(out, `pair-${number}-${side}.json`), receipt);
      console.log(`${place}, ${side}: ${receipt.verdict.outcome}. ${receipt.verdict.reasons[0] ?? ''}`);
      return receipt;
    };
    // base, new, new, base: what drifts meets both alike.
    if (pair % 2 === 0) {
      const base = await one('baseline');
      measured.push({ base, head: await one('new') });
    } else {
      const head = await one('new');
      measured.push({ base: await one('baseline'), head });
    }
  }
  return measured;
}

/** A pair that noise has spoilt is made again, at most as many as were asked for; an ERROR would only come again. */
export function isEnough(measured: readonly Pair[], pairs: number): boolean {
  const spoilt = measured.filter((pair) => {
    const outcomes = new Set([pair.base, pair.head].map(({ verdict }) => verdict.outcome));
    return outcomes.has('INVALID') && !outcomes.has('ERROR');
  });
  return measured.length >= pairs + Math.min(spoilt.length, pairs);
}

async function measure({ scenario, signal, sla }: BaselineOptions, root: string): Promise<Receipt> {
  const progress = new ProgressLine(scenario.windowMs);
  try {
    return await gateRun({
      scenario,
      sla,
      openTarget: () => embeddedTarget({ root }),
      source: sourceHere(root),
      onProgress: progress.show,
      signal,
    });
  } finally {
    progress.end();
  }
}

function commitOf(ref: string): string {
  const { status, stdout } = spawnSync('git', ['-C', ROOT, 'rev-parse', '--verify', '--quiet', `${ref}^{commit}`], {
    encoding: 'utf8',
  });
  if (status !== 0)
    throw new ReceiptError(`--baseline ${ref}: there is no such commit here; a shallow clone has to fetch it first`);
  return stdout.trim();
}

/** Its own packages and its own build, so that nothing of this checkout runs in it. */
async function prepare(checkout: string, commit: string, signal: AbortSignal): Promise<void> {
  for (const [program, args, cwd] of [
    ['git', ['worktree', 'add', '--quiet', '--force', '--detach', checkout, commit], ROOT],
    ['npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], checkout],
    ['npm', ['run', '--silent', 'build'], checkout],
  ] as const) {
    console.log(`  ... ${program} ${args.join(' ')}`);
    const fault = await runGroup(program, args, cwd, signal);
    await throwIfInterrupted(signal);
    if (fault !== null) throw new ReceiptError(`--baseline: ${commit.slice(0, 12)} cannot be built: ${fault}`);
  }
}

/** A program with all that it starts, as a group of its own: a signal ends the group, not only npm. Tells what went wrong; null when it ended with 0. */
async function runGroup(
  program: string,
  args: readonly string[],
  cwd: string,
  signal: AbortSignal,
): Promise<string | null> {
  signal.throwIfAborted();
  const child = spawn(program, args, { cwd, detached: true, stdio: ['ignore', 'ignore', 'inherit'] });
  const kill = (): void => {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // It has ended.
    }
  };
  signal.addEventListener('abort', kill, { once: true });
  process.on('exit', kill);
  try {
    return await new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, by) => resolve(code === 0 ? null : `${program} ended ${by ?? `with code ${code}`}`));
    });
  } finally {
    signal.removeEventListener('abort', kill);
    process.off('exit', kill);
  }
}
