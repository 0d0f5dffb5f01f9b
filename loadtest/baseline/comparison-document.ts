import type { Outcome } from '../judge/verdict.ts';
import type { Machine, Receipt, Source } from '../receipt/receipt.ts';
import type { Sla } from '../sla/sla.ts';
import type { Comparison, Pair } from './compare.ts';

/**
 * The one document of a comparison: which runs of what, the thresholds, and what they came to. The reports are made from it alone; the runs' own receipts
 * lie beside it. loadtest/baseline/comparison.schema.json is made from this file.
 */
export const COMPARISON_VERSION = 1;

export interface ComparisonDocument {
  readonly comparisonVersion: typeof COMPARISON_VERSION;
  /** ISO 8601, UTC. */
  readonly madeAt: string;
  /** Null: no run came to evidence. */
  readonly scenario: string | null;
  readonly base: Source;
  readonly head: Source;
  readonly machine: Machine;
  readonly sla: Sla;
  /** In the order in which they are compared, not in which they ran. */
  readonly pairs: readonly { readonly base: ComparedRun; readonly head: ComparedRun }[];
  readonly comparison: Comparison;
}

export interface ComparedRun {
  /** Of the receipt; null: the run came to nothing. */
  readonly runId: string | null;
  readonly madeAt: string;
  readonly outcome: Outcome;
  /** The verdict's first sentence. */
  readonly reason: string;
}

/** `pairs`: at least one. */
export function comparisonDocument(pairs: readonly Pair[], comparison: Comparison): ComparisonDocument {
  const { base, head } = pairs[0]!;
  const evidence = pairs.flatMap((pair) => pair.base.evidence ?? pair.head.evidence ?? [])[0];
  return {
    comparisonVersion: COMPARISON_VERSION,
    madeAt: new Date().toISOString(),
    scenario: evidence?.plan.scenario ?? null,
    base: base.source,
    head: head.source,
    machine: head.machine,
    sla: head.sla,
    pairs: pairs.map((pair) => ({ base: runOf(pair.base), head: runOf(pair.head) })),
    comparison,
  };
}

function runOf({ evidence, madeAt, verdict }: Receipt): ComparedRun {
  return { runId: evidence?.plan.runId ?? null, madeAt, outcome: verdict.outcome, reason: verdict.reasons[0] ?? '' };
}
