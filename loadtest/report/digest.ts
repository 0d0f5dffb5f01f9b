import { counted, figureTold, ms, shortNumber } from '../judge/check.ts';
import { RULES } from '../judge/rules.ts';
import type { Check, Verdict } from '../judge/verdict.ts';
import type { Receipt } from '../receipt/receipt.ts';

/** What every report says of a receipt, in words; the reports differ in form only. */
export interface Digest {
  /** `sla, 2,000 games, 2,000 commands a second, 60 s` */
  readonly scenario: string;
  /** Commit, seed, machine, time. */
  readonly origin: string;
  /** What the outcome means. */
  readonly meaning: string;
  /** Null when nobody was measured. */
  readonly worst: string | null;
  readonly budgets: readonly BudgetLine[];
  readonly goalsReached: string;
  /** Null when the outcome is not INVALID. */
  readonly retry: string | null;
}

export interface BudgetLine {
  readonly rule: string;
  readonly title: string;
  readonly status: Check['status'];
  readonly value: string;
  readonly must: string;
  readonly goal: string;
  readonly goalReached: boolean | null;
}

const MEANING: Readonly<Record<Verdict['outcome'], string>> = {
  PASS: 'Every rule was judged and holds.',
  FAIL: 'The server is wrong or too slow; neither the machine nor the generator explains it.',
  INVALID: 'The figures cannot be believed: this says nothing about the server.',
  ERROR: 'Something that a verdict needs is missing or broken: this says nothing about the server.',
};

export function digestOf({ evidence, machine, madeAt, source, verdict }: Receipt): Digest {
  const { outcome, retryMakesSense, worst } = verdict;
  const goals = verdict.checks.flatMap(({ figure }) =>
    figure?.goalReached === true || figure?.goalReached === false ? [figure.goalReached] : [],
  );
  const commit =
    source.commit === null
      ? 'no commit'
      : `commit ${source.commit.slice(0, 10)}${source.changed ? ' with changes' : ''}`;
  return {
    scenario: evidence === null ? 'no run' : scenarioOf(evidence.plan),
    origin: [
      commit,
      ...(evidence === null ? [] : [`seed ${evidence.plan.seed}`, `run ${evidence.plan.runId}`]),
      `${machine.coreCount} cores`,
      madeAt,
    ].join(', '),
    meaning: MEANING[outcome],
    worst:
      worst === null
        ? null
        : `player ${worst.player} of game ${worst.gameId}: p99 ${ms(worst.p99Ms)}, ${worst.framesLate} of ${worst.framesDue} frames late${worst.framesMissing > 0 ? ` (${worst.framesMissing} never came)` : ''}, the worst in second ${worst.playerSecond}; worst second of all: ${worst.second}, ${counted(worst.secondLate, 'frame')} late, up to ${ms(worst.secondMaxMs)}`,
    budgets: verdict.checks.flatMap((check) => (check.figure === null ? [] : [budgetLine(check)])),
    goalsReached: `${goals.filter(Boolean).length} of ${goals.length} goals reached`,
    retry:
      outcome !== 'INVALID'
        ? null
        : retryMakesSense
          ? 'Running it once more makes sense: the reason may have been noise.'
          : 'Running it again gives the same: the reason is not noise.',
  };
}

/** `12 commands a second` and the like are told only where they are part of the scenario. */
function scenarioOf({
  commandsPerSecond,
  gameCount,
  scenario,
  target,
  windowFromMs,
  windowUntilMs,
}: NonNullable<Receipt['evidence']>['plan']): string {
  const commands = commandsPerSecond === 0 ? 'no commands' : `${counted(commandsPerSecond, 'command')} a second`;
  const where = target === 'deployment' ? ', a running deployment' : '';
  return `${scenario}, ${counted(gameCount, 'game')}, ${commands}, ${shortNumber((windowUntilMs - windowFromMs) / 1_000)} s${where}`;
}

function budgetLine({ figure, rule, status }: Check): BudgetLine {
  const { goal, goalReached, must, unit, value } = figure!;
  const told = (number: number | null, none: string, unlike?: number | null): string =>
    number === null ? none : figureTold(rule, number, unit, unlike);
  return {
    rule,
    title: RULES[rule].title,
    status,
    value: told(value, 'never', must),
    must: told(must, 'none'),
    goal: told(goal, 'none'),
    goalReached,
  };
}
