import type { Evidence } from '../judge/evidence.ts';
import type { Verdict } from '../judge/verdict.ts';
import type { Sla } from '../sla/sla.ts';

/**
 * The one document of a run: what was to be done and by what, what was found, the thresholds, and the verdict that they gave. Reports and
 * comparisons are made from it alone. loadtest/receipt/receipt.schema.json is made from this file.
 */
export const RECEIPT_VERSION = 1;

export interface Receipt {
  readonly receiptVersion: typeof RECEIPT_VERSION;
  /** ISO 8601, UTC. */
  readonly madeAt: string;
  readonly source: Source;
  readonly machine: Machine;
  /** Of what took part, by name: gate, node, k6, sqlite. */
  readonly versions: Readonly<Record<string, string>>;
  readonly sla: Sla;
  readonly verdict: Verdict;
  /** Null: the run came to nothing that could be judged. */
  readonly evidence: Evidence | null;
}

/** What was measured. */
export interface Source {
  /** Null: not a git checkout, or a deployment that does not tell. */
  readonly commit: string | null;
  /** Whether the checkout had changes that are in no commit. */
  readonly changed: boolean;
  /** `unknown` of a deployment. */
  readonly version: string;
}

export interface Machine {
  readonly cpuModel: string;
  readonly coreCount: number;
  readonly memoryBytes: number;
  readonly system: string;
}
