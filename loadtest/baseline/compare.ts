import { counted, firstOf } from '../judge/check.ts';
import type { Evidence, ExactCounters } from '../judge/evidence.ts';
import { RULES, type RuleId } from '../judge/rules.ts';
import { EXIT_CODES, type CheckStatus, type Outcome } from '../judge/verdict.ts';
import type { Receipt } from '../receipt/receipt.ts';
import type { Sla } from '../sla/sla.ts';
import { ratioInterval, type RatioInterval } from './bootstrap.ts';
import { COMPARED, type ComparedFigure } from './figures.ts';

/**
 * Whether a commit is slower than its base, from pairs of receipts: each pair is a run of both, one right after the other on one machine, and the
 * order alternates. docs/sla.md, "Against a baseline", has the rules.
 */
export interface Pair {
  readonly base: Receipt;
  readonly head: Receipt;
}

export interface Comparison {
  readonly outcome: Outcome;
  readonly exitCode: number;
  /** In sentences, never empty. */
  readonly reasons: readonly string[];
  readonly figures: readonly FigureComparison[];
  readonly counters: readonly CounterComparison[];
  readonly pairCount: number;
  readonly pairsUsed: number;
}

export interface FigureComparison {
  readonly name: string;
  readonly unit: string;
  /** Medians of the pairs in use; null when there is none. */
  readonly base: number | null;
  readonly head: number | null;
  readonly ratio: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly decision: Decision;
}

export type Decision =
  /** Even the lower bound is above what is allowed. */
  | 'worse'
  /** Even the upper bound is below what would be a change. */
  | 'better'
  /** Nothing speaks for a change that matters. */
  | 'no regression'
  /** A regression that matters is neither shown nor ruled out: more pairs, or a quieter machine. */
  | 'unclear'
  | 'not measured';

export interface CounterComparison {
  readonly name: keyof ExactCounters;
  readonly base: number | null;
  readonly head: number | null;
  readonly equal: boolean;
}

type Usable = { readonly base: Evidence; readonly head: Evidence };

export interface CompareOptions {
  /** Makes the intervals; the same pairs and seed give the same comparison. */
  readonly seed?: number;
  /** For one commit under two loads: larger quests, a publication beside the play. The scenarios' names may differ, nothing else of them. */
  readonly acrossScenarios?: boolean;
}

export function compare(sla: Sla, pairs: readonly Pair[], options: CompareOptions = {}): Comparison {
  const { acrossScenarios = false, seed = 1 } = options;
  const wrong = mismatches(pairs, acrossScenarios);
  const used = pairs.flatMap(({ base, head }): Usable[] =>
    believable(base) && believable(head) ? [{ base: base.evidence!, head: head.evidence! }] : [],
  );
  const counters = counterComparisons(used);
  const figures = COMPARED.map((figure, index) => figureComparison(figure, used, sla, seed + index));
  const found = { figures, counters, pairCount: pairs.length, pairsUsed: used.length };
  const decided = decide(sla, pairs, wrong, found);
  return { ...decided, exitCode: EXIT_CODES[decided.outcome], ...found };
}

function decide(
  sla: Sla,
  pairs: readonly Pair[],
  wrong: readonly string[],
  { counters, figures, pairsUsed }: Pick<Comparison, 'figures' | 'counters' | 'pairsUsed'>,
): Pick<Comparison, 'outcome' | 'reasons'> {
  if (wrong.length > 0) return { outcome: 'ERROR', reasons: wrong };
  const unsteady = unsteadyCounters(pairs);
  if (unsteady.length > 0) return { outcome: 'ERROR', reasons: unsteady };
  const incorrect = wrongStates(pairs);
  if (incorrect.length > 0) return { outcome: 'FAIL', reasons: [`the new commit is wrong: ${firstOf(incorrect, 2)}`] };
  const reasons = [
    ...counters.flatMap(({ base, equal, head, name }) =>
      equal ? [] : [`${name} was ${told(base)} and is ${told(head)}: it has no noise, so any change is one`],
    ),
    ...figures.flatMap((figure) =>
      figure.decision === 'worse' ? [`${figure.name} is worse: ${intervalTold(figure)}`] : [],
    ),
    ...brokenBudgets(pairs).map(({ sentence }) => sentence),
  ];
  if (pairsUsed >= sla.baseline.pairsMin && reasons.length > 0) return { outcome: 'FAIL', reasons };
  if (pairsUsed < sla.baseline.pairsMin) {
    const errors = pairs.flatMap(({ base, head }) => [base, head]).filter(({ verdict }) => verdict.outcome === 'ERROR');
    const why = `${pairsUsed} of ${pairs.length} pairs can be used, ${sla.baseline.pairsMin} are needed`;
    return errors.length > 0
      ? { outcome: 'ERROR', reasons: [why, ...errors.slice(0, 1).flatMap(({ verdict }) => verdict.reasons)] }
      : { outcome: 'INVALID', reasons: [why] };
  }
  if (counters.every(({ base, head }) => base === null && head === null)) {
    return { outcome: 'ERROR', reasons: ['no counter without noise was counted, of either commit'] };
  }
  const unmeasured = figures.filter(({ decision }) => decision === 'not measured');
  if (unmeasured.length === figures.length)
    return { outcome: 'ERROR', reasons: ['no figure was measured in all pairs'] };
  const unclear = figures.filter(({ decision }) => decision === 'unclear').map(({ name }) => name);
  const also = unclear.length === 0 ? '' : `; of ${unclear.join(', ')} it is not ruled out either`;
  return {
    outcome: 'PASS',
    reasons: [`no figure is shown to be worse by more than ${100 * sla.baseline.regressionMin} %${also}`],
  };
}

/** What an interval of the ratio of new to base says, when an increase by `regressionMin` matters. */
export function decisionOf({ high, low }: Pick<RatioInterval, 'high' | 'low'>, regressionMin: number): Decision {
  if (low > 1 + regressionMin) return 'worse';
  if (high < 1 / (1 + regressionMin)) return 'better';
  return high > 1 + regressionMin ? 'unclear' : 'no regression';
}

/** Many looks at chance find something: the confidence is shared out among the figures (Bonferroni). */
export function confidenceOfEach(sla: Sla): number {
  return 1 - (1 - sla.baseline.confidence) / COMPARED.length;
}

/** A figure of a machine that was busy says nothing about a commit; one of a slow server does. */
function believable({ evidence, verdict }: Receipt): boolean {
  return evidence !== null && (verdict.outcome === 'PASS' || verdict.outcome === 'FAIL');
}

/** Rules C that the new commit broke in any run, in sentences: however fast it is, it fails. */
export function wrongStates(pairs: readonly Pair[]): readonly string[] {
  return pairs.flatMap(({ head }) => brokenRules(head));
}

/**
 * Budgets that the new commit broke in each pair in use and the base in none. The figures with noise are over all players: one slow game of 2,000 is in
 * none of them. Five pairs do so by chance once in a thousand comparisons, where a budget is broken in half of all runs.
 */
export function brokenBudgets(pairs: readonly Pair[]): readonly { readonly rule: RuleId; readonly sentence: string }[] {
  const used = pairs.filter(({ base, head }) => believable(base) && believable(head));
  const statusOf = ({ verdict }: Receipt, rule: RuleId): CheckStatus | undefined =>
    verdict.checks.find((each) => each.rule === rule)?.status;
  return (used[0]?.head.verdict.checks ?? []).flatMap(({ rule, sentence }) => {
    const isNew =
      rule.startsWith('S') &&
      used.every(({ base, head }) => {
        const before = statusOf(base, rule);
        return statusOf(head, rule) === 'broken' && before !== 'broken' && before !== 'shaken';
      });
    if (!isNew) return [];
    const runs = counted(used.length, 'run');
    const told = `over the budget in all ${runs} of the new commit and in none of the base: ${sentence}`;
    return [{ rule, sentence: `${rule}, ${RULES[rule].title}: ${told}` }];
  });
}

function brokenRules({ verdict }: Receipt): readonly string[] {
  return verdict.checks.flatMap(({ rule, sentence, status }) =>
    rule.startsWith('C') && status === 'broken' ? [`${rule}: ${sentence}`] : [],
  );
}

/** What makes runs incomparable, in sentences. */
function mismatches(pairs: readonly Pair[], acrossScenarios: boolean): readonly string[] {
  const all = pairs.flatMap(({ base, head }) => [base, head]);
  if (all.length === 0) return ['there is no pair to compare'];
  const same = (what: string, receipts: readonly Receipt[], of: (receipt: Receipt) => unknown): string[] => {
    const values = new Set(receipts.map((receipt) => JSON.stringify(of(receipt))));
    return values.size <= 1 ? [] : [`the runs are of different ${what}: ${firstOf([...values], 2)}`];
  };
  const measured = all.filter(({ evidence }) => evidence !== null);
  return [
    ...same(
      'commits under the name of the base',
      pairs.map(({ base }) => base),
      ({ source }) => source.commit,
    ),
    ...same(
      'commits under the name of the new one',
      pairs.map(({ head }) => head),
      ({ source }) => source.commit,
    ),
    ...same('machines', all, ({ machine }) => machine),
    ...same('thresholds', all, ({ sla }) => sla),
    ...same('scenarios', measured, ({ evidence }) => {
      const { commandsPerSecond, gameCount, instruments, scenario, target, tickMs, windowFromMs, windowUntilMs } =
        evidence!.plan;
      return {
        scenario: acrossScenarios ? null : scenario,
        target,
        gameCount,
        commandsPerSecond,
        tickMs,
        instruments,
        windowMs: windowUntilMs - windowFromMs,
      };
    }),
    ...twice(measured),
  ];
}

function twice(measured: readonly Receipt[]): string[] {
  const ids = measured.map(({ evidence }) => evidence!.plan.runId);
  const again = ids.find((id, index) => ids.indexOf(id) !== index);
  return again === undefined ? [] : [`run ${again} is there twice`];
}

function figureComparison(
  { floor, name, of, unit }: ComparedFigure,
  used: readonly Usable[],
  sla: Sla,
  seed: number,
): FigureComparison {
  const values = used.map(({ base, head }) => [of(base), of(head)] as const);
  const base = median(values.flatMap(([value]) => value ?? []));
  const head = median(values.flatMap(([, value]) => value ?? []));
  const bare = { name, unit, base, head, ratio: null, low: null, high: null };
  const baseLost = values.filter(([value]) => value === null).length;
  const headLost = values.filter(([, value]) => value === null).length;
  // What the base measured and the new commit never brought is worse by any ratio.
  if (baseLost === 0 && headLost > 0 && 2 * headLost > values.length) return { ...bare, decision: 'worse' };
  const ratios = values.flatMap(([before, after]) =>
    before === null || after === null ? [] : [Math.max(floor, after) / Math.max(floor, before)],
  );
  if (ratios.length === 0) return { ...bare, decision: 'not measured' };
  // Of one pair there is no spread, and where some values are missing the rest are the lucky ones.
  if (ratios.length < Math.max(2, values.length)) return { ...bare, decision: 'unclear' };
  const interval = ratioInterval(ratios, confidenceOfEach(sla), seed);
  return { ...bare, ...interval, decision: decisionOf(interval, sla.baseline.regressionMin) };
}

function counterComparisons(used: readonly Usable[]): readonly CounterComparison[] {
  const [first] = used;
  if (first === undefined) return [];
  return (Object.keys(first.base.counters) as (keyof ExactCounters)[]).map((name) => {
    const base = first.base.counters[name];
    const head = first.head.counters[name];
    return { name, base, head, equal: base === head };
  });
}

/** What differs between two runs of one commit has noise, and cannot gate. */
function unsteadyCounters(pairs: readonly Pair[]): string[] {
  return (['base', 'head'] as const).flatMap((side) => {
    const counters = pairs.flatMap((pair) => pair[side].evidence?.counters ?? []);
    return (Object.keys(counters[0] ?? {}) as (keyof ExactCounters)[]).flatMap((name) => {
      const values = new Set(counters.map((each) => each[name]));
      return values.size <= 1
        ? []
        : [
            `${name} differs between runs of one commit (${[...values].map(told).join(', ')}): it has noise and cannot gate`,
          ];
    });
  });
}

/** From what to what, and the interval of the change, in a sentence's end. */
export function intervalTold({ base, head, high, low, ratio, unit }: FigureComparison): string {
  if (ratio === null) return 'it never came';
  const change = (bound: number | null): string => `${bound! >= 1 ? '+' : ''}${(100 * (bound! - 1)).toFixed(1)} %`;
  return `${told(base)} to ${told(head)} ${unit}, ${change(ratio)} (${change(low)} to ${change(high)})`;
}

function told(value: number | null): string {
  return value === null ? 'not measured' : String(Number(value.toPrecision(4)));
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return null;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
