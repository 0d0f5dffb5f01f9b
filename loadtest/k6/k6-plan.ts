import type { MeasurementPart } from '../measure/measurement-part.ts';

/** What the script is told (a JSON file named by WAYMARK_K6_PLAN) and what it leaves behind. Shared by the script and whoever runs it: no Node here. */
export interface K6Plan {
  readonly runId: string;
  readonly gatewayUrl: string;
  readonly profile: 'delta' | 'full';
  /** Epoch ms. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** Late frames and last events have so long after the window. */
  readonly graceMs: number;
  readonly tickPeriodMs: number;
  readonly tickBudgetMs: number;
  readonly vus: number;
  readonly players: readonly K6Player[];
  readonly witness: { readonly url: string; readonly sockets: number } | null;
}

export interface K6Player {
  readonly player: number;
  readonly gameId: string;
  /** Resumes the session that the companion opened. */
  readonly session: string;
}

/**
 * One line of k6's console output, as JSON, from each virtual user at its end. That all are there, whole and of this run is the mark of
 * completeness: a k6 that was killed leaves fewer.
 */
export interface K6Line {
  readonly runId: string;
  /** From 1 to the plan's vus. */
  readonly vu: number;
  readonly players: MeasurementPart;
  readonly witness: MeasurementPart | null;
}

/** Players and witness sockets are dealt out in turn. */
export function dealtTo<T>(vu: number, vus: number, all: readonly T[]): T[] {
  return all.filter((_, index) => index % vus === vu - 1);
}
