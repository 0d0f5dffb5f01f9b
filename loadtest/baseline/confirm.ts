import { EXIT_CODES } from '../judge/verdict.ts';
import type { Sla } from '../sla/sla.ts';
import {
  brokenBudgets,
  compare,
  intervalTold,
  wrongStates,
  type CompareOptions,
  type Comparison,
  type Pair,
} from './compare.ts';

/**
 * Whether a regression has to be looked for again, in as many pairs of its own, before it is believed: when nothing speaks for one but figures with noise,
 * and budgets that were held before. The noise of a shared machine comes in minutes, not in runs that know nothing of each other: a comparison of a commit
 * with itself found lags up by 19 to 84 % in each of five pairs (docs/performance.md).
 */
export function hasToBeConfirmed(pairs: readonly Pair[], { counters, figures, outcome }: Comparison): boolean {
  const isSuspect = suspectsOf(pairs, figures).length > 0;
  return outcome === 'FAIL' && isSuspect && counters.every(({ equal }) => equal) && wrongStates(pairs).length === 0;
}

/**
 * What both rounds come to: each figure as all pairs show it, and worse only if each round by itself found it so. A second round with too few pairs that can be used
 * leaves it open: INVALID. `first` had to be confirmed (hasToBeConfirmed).
 */
export function confirm(
  sla: Sla,
  first: readonly Pair[],
  again: readonly Pair[],
  options: CompareOptions = {},
): Comparison {
  const found = compare(sla, first, options);
  const second = compare(sla, again, options);
  const pairs = [...first, ...again];
  const all = compare(sla, pairs, options);
  // Wrong, changed, or not to be compared: that needs no second look.
  const isOpen = all.outcome === 'PASS' || hasToBeConfirmed(pairs, all);
  if (!isOpen) return all;
  const suspects = suspectsOf(first, found.figures).join(', ');
  if (second.outcome === 'INVALID' || second.outcome === 'ERROR') {
    const why = `${suspects} looked worse, and it could not be looked for again`;
    return ended(all, second.outcome, [why, ...second.reasons]);
  }
  const isWorse = (name: string): boolean =>
    [found, second].every(({ figures }) => figures.some((each) => each.name === name && each.decision === 'worse'));
  const figures = all.figures.map((figure) => {
    if (isWorse(figure.name)) return { ...figure, decision: 'worse' as const };
    return figure.decision === 'worse' ? { ...figure, decision: 'unclear' as const } : figure;
  });
  const worse = figures.filter(({ decision }) => decision === 'worse');
  const reasons = [
    ...worse.map((figure) => `${figure.name} is worse, twice over: ${intervalTold(figure)}`),
    ...brokenBudgets(pairs).map(({ sentence }) => sentence),
  ];
  if (reasons.length > 0) {
    return { ...ended(all, 'FAIL', reasons), figures };
  }
  const reason = `${suspects} looked worse in the first ${found.pairCount} pairs, and not again in ${second.pairCount} more`;
  return { ...ended(all, 'PASS', [reason]), figures };
}

/** Figures and budgets, by name. */
function suspectsOf(pairs: readonly Pair[], figures: Comparison['figures']): readonly string[] {
  const worse = figures.filter(({ decision }) => decision === 'worse').map(({ name }) => name);
  return [...worse, ...brokenBudgets(pairs).map(({ rule }) => rule)];
}

/**
 * Measures a round of pairs and, when it found what has to be confirmed, one more. `measureRound` is told how many pairs there are before its own, `onFound` what was
 * found.
 */
export async function compareInRounds(
  sla: Sla,
  measureRound: (before: number) => Promise<readonly Pair[]>,
  onFound: (reasons: readonly string[]) => void,
): Promise<{ readonly pairs: readonly Pair[]; readonly comparison: Comparison }> {
  const first = await measureRound(0);
  const comparison = compare(sla, first);
  if (!hasToBeConfirmed(first, comparison)) return { pairs: first, comparison };
  onFound(comparison.reasons);
  const again = await measureRound(first.length);
  return { pairs: [...first, ...again], comparison: confirm(sla, first, again) };
}

function ended(comparison: Comparison, outcome: Comparison['outcome'], reasons: readonly string[]): Comparison {
  return { ...comparison, outcome, exitCode: EXIT_CODES[outcome], reasons };
}
