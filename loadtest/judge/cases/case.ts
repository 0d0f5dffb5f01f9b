import type { SimulatedRun } from '../../testing/simulated-run.ts';
import type { Evidence } from '../evidence.ts';
import type { RuleId } from '../rules.ts';
import type { Outcome } from '../verdict.ts';

/** A run and what the judge must say of it. */
export interface Case {
  readonly what: string;
  /** That must be among the reasons; null: none is broken. */
  readonly rule: RuleId | null;
  readonly outcome: Outcome;
  /** How the server behaved; by default well. */
  readonly run?: SimulatedRun;
  /** What became of the evidence afterwards. */
  readonly tamper?: (evidence: Evidence) => Evidence;
  readonly says?: RegExp;
}
