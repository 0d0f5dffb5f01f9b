import type { RuleId } from './rules.ts';

/** What a run comes to. docs/sla.md says what each means and what to do about it. */
export type Outcome = 'PASS' | 'FAIL' | 'INVALID' | 'ERROR';

/** k6 ends with 99 for thresholds and 110 for a run that was given up; ours mean the same. Anything else is an error. */
export const EXIT_CODES: Readonly<Record<Outcome, number>> = { PASS: 0, FAIL: 99, INVALID: 110, ERROR: 1 };

export interface Verdict {
  readonly outcome: Outcome;
  readonly exitCode: number;
  /** Whether the same run may well come to a verdict at another time: an INVALID by noise. */
  readonly retryMakesSense: boolean;
  /** In sentences: why it is this outcome; of PASS, what held. Never empty. */
  readonly reasons: readonly string[];
  /** Every rule, in the order of docs/sla.md. */
  readonly checks: readonly Check[];
  /** Null when no frame was due. */
  readonly worst: Worst | null;
}

export type CheckStatus =
  /** The rule holds. */
  | 'held'
  /** It is broken, and that decides the run unless something stronger does. */
  | 'broken'
  /** A budget is broken, but the machine or the generator may be to blame: it decides nothing but INVALID. */
  | 'shaken'
  /** It is broken and decides nothing here: the sentence says why. */
  | 'noted'
  /** There is nothing to judge: the plan does not ask for it, or what it needs is missing, which another rule tells. */
  | 'not judged';

export interface Check {
  readonly rule: RuleId;
  readonly status: CheckStatus;
  /** What was found, with the figures. */
  readonly sentence: string;
  /** Of a budget: the figure with its limits. */
  readonly figure: CheckedFigure | null;
}

export interface CheckedFigure {
  /** Null: it is one of those that never came. */
  readonly value: number | null;
  readonly unit: string;
  readonly must: number | null;
  readonly goal: number | null;
  readonly goalReached: boolean | null;
}

export interface Worst {
  readonly player: number;
  readonly gameId: string;
  readonly p99Ms: number | null;
  readonly framesDue: number;
  readonly framesLate: number;
  readonly framesMissing: number;
  /** Second of the window, from 0, in which this player's worst frame was due. */
  readonly playerSecond: number;
  /** Second of the window in which most frames of all players were late; of several, or of none, that with the latest one. */
  readonly second: number;
  readonly secondLate: number;
  readonly secondMaxMs: number;
}
