import { Random } from '../../tools/quest-generator/random.ts';
import type { Pair } from '../baseline/compare.ts';
import type { Evidence } from '../judge/evidence.ts';
import type { Receipt } from '../receipt/receipt.ts';
import { loadSla } from '../sla/load-sla.ts';
import { sampleReceipt } from './sample-receipt.ts';
import { simulatedRun, type SimulatedRun } from './simulated-run.ts';

/** Pairs of runs of a base `aaaa` and a new commit `bbbb`, made up. */
const sla = loadSla();
export const PAIRS = 5;

/** A run on a machine that is now a little faster and now a little slower; `factor` is the commit's, and so is `other`. */
export function noisyRun(seed: number, factor = 1, other: SimulatedRun = {}): Evidence {
  const random = new Random(seed * 7_919);
  const noise = factor * random.between(0.98, 1.02);
  const run = simulatedRun({
    seed,
    games: 6,
    seconds: 20,
    commandsPerSecond: 50,
    frame: ({ lagMs }) => lagMs * noise,
    answer: ({ lagMs }) => lagMs * noise,
    ...other,
  });
  return { ...run, plan: { ...run.plan, seed: 1 } };
}

export function receiptOf(commit: string, evidence: Evidence): Receipt {
  const sample = sampleReceipt(evidence, sla);
  return { ...sample, source: { ...sample.source, commit } };
}

export function pairsOf(count: number, factor = 1, firstSeed = 1): Pair[] {
  return Array.from({ length: count }, (_, pair) => ({
    base: receiptOf('aaaa', noisyRun(firstSeed + 2 * pair)),
    head: receiptOf('bbbb', noisyRun(firstSeed + 2 * pair + 1, factor)),
  }));
}
