import type { LagHistogram } from '../measure/lag-histogram.ts';
import type { Budget, Sla } from '../sla/sla.ts';
import { appFigures } from './app-figures.ts';
import { check, counted, figureTold, firstOf, ms, percent } from './check.ts';
import type { Disturbance } from './disturbance.ts';
import type { AppName, Evidence } from './evidence.ts';
import { allowedOver, countOver, quantileOfDue } from './lags.ts';
import type { RuleId } from './rules.ts';
import { missingOf, sumOf, type Totals } from './totals.ts';
import type { Check, CheckedFigure } from './verdict.ts';

/**
 * Rules S: the budgets of sla.json. A budget that is broken is judged again without the disturbed seconds: still broken, it stays broken;
 * else it is shaken, which can only make a run INVALID. Where it cannot be told how much of it lay in those seconds, as much as possible is
 * taken to have: a FAIL is sure, and an INVALID is never a PASS.
 */
interface Case {
  readonly sla: Sla;
  readonly evidence: Evidence;
  readonly totals: Totals;
  readonly disturbance: Disturbance;
}

/** A quantile over what was due, as counts. */
interface Counted {
  readonly rule: RuleId;
  readonly budget: Budget;
  readonly quantile: number;
  readonly value: number | null;
  readonly what: string;
  readonly due: number;
  readonly over: number;
  /** Of those over, at most as many lie in disturbed seconds. */
  readonly overDisturbedMost: number;
  readonly dueUndisturbed: number;
}

export function budgetChecks(given: Case): readonly Check[] {
  return [
    ...commandChecks(given),
    ...eventChecks(given),
    worstPlayer(given),
    allPlayers(given),
    missing(given),
    ...appChecks(given),
  ];
}

function commandChecks({ disturbance, evidence, sla, totals }: Case): readonly Check[] {
  const { commands, seconds } = totals;
  const { commandErrors, commandP50Ms, commandP99Ms } = sla.budgets;
  if (commands === null || commands.intended === 0) {
    const why = evidence.plan.commandsPerSecond === 0 ? 'the plan sends no commands' : 'nothing is known of commands';
    return (['S1', 'S2', 'S3'] as const).map((rule) => check(rule, 'not judged', why));
  }
  const { failed, intended, late, latency } = commands;
  const unanswered = Math.max(0, intended - latency.count);
  const disturbed = seconds.filter((_, second) => disturbance.appends[second]);
  const inDisturbed = sumOf(disturbed, (second) => second.commands);
  const over = overIn(latency, commandP50Ms.must) + unanswered;
  const common = { due: intended, dueUndisturbed: intended - inDisturbed, what: 'commands' };
  return [
    byCounts({
      ...common,
      rule: 'S1',
      budget: commandP50Ms,
      quantile: 0.5,
      value: quantileOfDue(latency, intended, 0.5),
      over,
      overDisturbedMost: Math.min(over, inDisturbed),
    }),
    byCounts({
      ...common,
      rule: 'S2',
      budget: commandP99Ms,
      quantile: 0.99,
      value: quantileOfDue(latency, intended, 0.99),
      over: late,
      overDisturbedMost: sumOf(disturbed, (second) => second.commandsLate),
    }),
    plain('S3', commandErrors, failed, '', () =>
      failed === 0 ? 'none' : `${counted(failed, 'command')} of ${intended}: ${firstOf(commands.failures, 2)}`,
    ),
  ];
}

function eventChecks({ disturbance, evidence, sla, totals }: Case): readonly Check[] {
  const { eventLag, eventsDue, seconds } = totals;
  if (eventsDue === 0) {
    const { commandsPerSecond, eventFramesPerCommand } = evidence.plan;
    const wanted = commandsPerSecond > 0 && eventFramesPerCommand !== 0;
    return (['S4', 'S5'] as const).map((rule) =>
      wanted && totals.commands !== null
        ? check(rule, 'broken', 'not one event frame came')
        : check(rule, 'not judged', 'no event frame was due'),
    );
  }
  const lost = eventsDue - eventLag.count;
  return (
    [
      ['S4', sla.budgets.eventLagP50Ms, 0.5],
      ['S5', sla.budgets.eventLagP99Ms, 0.99],
    ] as const
  ).map(([rule, budget, quantile]) => {
    const disturbed = seconds.filter((_, second) => disturbance.appends[second]);
    const over = overIn(eventLag, budget.must) + lost;
    const overSeconds = disturbed.filter((second) => second.eventLagMaxMs > (budget.must ?? Infinity));
    return byCounts({
      rule,
      budget,
      quantile,
      value: quantileOfDue(eventLag, eventsDue, quantile),
      what: 'event frames',
      due: eventsDue,
      over,
      overDisturbedMost: Math.min(
        over,
        sumOf(overSeconds, (second) => second.events),
      ),
      dueUndisturbed: eventsDue - sumOf(disturbed, (second) => second.events),
    });
  });
}

function worstPlayer({ disturbance, sla, totals }: Case): Check {
  const { players } = totals;
  const { goal, must } = sla.budgets.tickLagWorstPlayerP99Ms;
  if (players.length === 0) return check('S6', 'not judged', 'nobody was measured');
  const value = players.some(({ p99Ms }) => p99Ms === null) ? null : Math.max(...players.map(({ p99Ms }) => p99Ms!));
  const figure = figureOf(value, 'ms', { must, goal });
  const broken = players.filter(({ framesDue, framesLate }) => framesLate > allowedOver(framesDue, 0.99));
  if (broken.length === 0) {
    return check('S6', 'held', `no player of ${players.length} had more than one frame in a hundred late`, figure);
  }
  const secondCount = disturbance.ticks.length;
  const leftShare = disturbance.ticks.filter((disturbed) => !disturbed).length / Math.max(1, secondCount);
  const still = broken.filter(({ framesDue, framesLate, lateSeconds }) => {
    const excused = sumOf(lateSeconds, ([second, late]) => (disturbance.ticks[second] ? late : 0));
    // Of a few seconds left, a p99 would be the single worst frame; one is always allowed.
    return leftShare > 0 && framesLate - excused > Math.max(1, allowedOver(Math.round(framesDue * leftShare), 0.99));
  });
  const named = (still.length > 0 ? still : broken)
    .toSorted((a, b) => b.framesLate - a.framesLate)
    .map(({ framesDue, framesLate, gameId, p99Ms, player, worstSecond, ...rest }) => {
      const gone = missingOf({ framesDue, framesLate, gameId, p99Ms, player, worstSecond, ...rest });
      return `player ${player} of game ${gameId} had ${framesLate} of ${framesDue} frames late${gone > 0 ? ` (${gone} never came)` : ''}, the worst in second ${worstSecond}`;
    });
  if (still.length > 0) {
    return check('S6', 'broken', `${counted(still.length, 'player')} over ${ms(must)}: ${firstOf(named, 2)}`, figure);
  }
  return check(
    'S6',
    'shaken',
    `${counted(broken.length, 'player')} over ${ms(must)}, but only by seconds in which the machine was disturbed: ${firstOf(named, 1)}`,
    figure,
  );
}

function allPlayers({ disturbance, sla, totals }: Case): Check {
  const { framesDue, framesMissing, seconds, tickLag } = totals;
  if (framesDue === 0) return check('S7', 'not judged', 'no frame was due');
  const budget = sla.budgets.tickLagP999Ms;
  const over = overIn(tickLag, budget.must) + framesMissing;
  const disturbed = seconds.filter((_, second) => disturbance.ticks[second]);
  // Late frames are counted by another budget; what is over a larger one is among them.
  const lateAreMore = (budget.must ?? 0) >= sla.budgets.tickLagWorstPlayerP99Ms.must;
  return byCounts({
    rule: 'S7',
    budget,
    quantile: 0.999,
    value: quantileOfDue(tickLag, framesDue, 0.999),
    what: 'frames',
    due: framesDue,
    over,
    overDisturbedMost: Math.min(
      over,
      sumOf(disturbed, (second) => (lateAreMore ? second.framesLate : second.framesDue)),
    ),
    dueUndisturbed: framesDue - sumOf(disturbed, (second) => second.framesDue),
  });
}

function missing({ disturbance, sla, totals }: Case): Check {
  const { framesDue, framesMissing, seconds } = totals;
  if (framesDue === 0) return check('S8', 'not judged', 'no frame was due');
  const budget = sla.budgets.framesMissingShare;
  const found = plain('S8', budget, framesMissing / framesDue, '', (share) =>
    framesMissing === 0
      ? 'none'
      : `${counted(framesMissing, 'frame')} of ${framesDue} never came, ${percent(share, budget.must)}`,
  );
  if (found.status !== 'broken') return found;
  const disturbed = seconds.filter((_, second) => disturbance.ticks[second]);
  const excused = sumOf(disturbed, (second) => second.framesLate);
  const left = framesDue - sumOf(disturbed, (second) => second.framesDue);
  const still = framesMissing - excused > (budget.must ?? Infinity) * left;
  return still
    ? found
    : { ...found, status: 'shaken', sentence: `${found.sentence}, but perhaps only in disturbed seconds` };
}

function appChecks(given: Case): readonly Check[] {
  const { evidence, sla } = given;
  const { budgets } = sla;
  const figures = (['gateway', 'command'] as const).flatMap((app) => {
    const found = evidence.apps.find((each) => each.app === app);
    const made = found === undefined ? null : appFigures(found);
    return made === null ? [] : [{ app, ...made }];
  });
  const of = (app: AppName): (typeof figures)[number] | undefined => figures.find((each) => each.app === app);
  const single = (rule: RuleId, app: AppName, budget: Budget, unit: string, value: 'cores' | 'rssMaxMb'): Check => {
    const found = of(app)?.[value];
    if (found === undefined) return check(rule, 'not judged', `nothing is known of the ${app}`);
    return plain(rule, budget, found, unit, (value) => figureTold(rule, value, unit, budget.must));
  };
  const worse = (
    rule: RuleId,
    budget: Budget,
    unit: string,
    value: 'majorGcsPerMinute' | 'gcPauseLongestMs',
  ): Check => {
    const [worst] = figures.toSorted((a, b) => b[value] - a[value]);
    if (worst === undefined || figures.length < 2)
      return check(rule, 'not judged', 'the counters of both apps are needed');
    return plain(
      rule,
      budget,
      worst[value],
      unit,
      (most) => `${figureTold(rule, most, unit, budget.must)} in the ${worst.app}`,
    );
  };
  return [
    single('S9', 'gateway', budgets.gatewayCores, 'cores', 'cores'),
    single('S10', 'command', budgets.commandCores, 'cores', 'cores'),
    single('S11', 'gateway', budgets.gatewayRssMb, 'MB', 'rssMaxMb'),
    single('S12', 'command', budgets.commandRssMb, 'MB', 'rssMaxMb'),
    worse('S13', budgets.majorGcsPerMinute, 'a minute', 'majorGcsPerMinute'),
    pauseWithoutDisturbance(worse('S14', budgets.gcPauseLongestMs, 'ms', 'gcPauseLongestMs'), given),
  ];
}

/**
 * A collection lasts as long as the kernel keeps its thread waiting. The counters tell the longest of the window; where that is too long, the traces of
 * single collections tell the longest of the undisturbed seconds.
 */
function pauseWithoutDisturbance(found: Check, { disturbance, evidence, sla }: Case): Check {
  if (found.status !== 'broken' || !disturbance.ticks.includes(true)) return found;
  const longest = longestUndisturbedPauseMs(evidence, disturbance);
  const { must } = sla.budgets.gcPauseLongestMs;
  if (longest !== null && longest > must!) {
    return { ...found, sentence: `${found.sentence}; ${ms(longest)} in an undisturbed second` };
  }
  const left = longest === null ? 'what lay in the others is not known' : `${ms(longest)} in the others`;
  return { ...found, status: 'shaken', sentence: `${found.sentence}, but perhaps only in disturbed seconds: ${left}` };
}

/** Null when an app's collections were not traced. A sample that reaches into a disturbed second is left out whole. */
function longestUndisturbedPauseMs({ apps, plan }: Evidence, { ticks }: Disturbance): number | null {
  let longest = 0;
  for (const { samples } of apps) {
    let fromMs = plan.windowFromMs;
    for (const { atMs, gcPauseLongestMs } of samples) {
      if (gcPauseLongestMs === null) return null;
      const first = Math.floor((fromMs - plan.windowFromMs) / 1_000);
      const last = Math.floor((atMs - plan.windowFromMs) / 1_000);
      fromMs = atMs;
      if (!ticks.slice(Math.max(0, first), last + 1).includes(true)) longest = Math.max(longest, gcPauseLongestMs);
    }
  }
  return longest;
}

function byCounts(counts: Counted): Check {
  const { budget, due, dueUndisturbed, over, overDisturbedMost, quantile, rule, value, what } = counts;
  const figure = figureOf(value, 'ms', budget);
  const { must } = budget;
  const told = `p${quantile * 100} ${ms(value, must)}`;
  if (must === null || over <= allowedOver(due, quantile))
    return check(rule, 'held', `${told} of ${due} ${what}`, figure);
  const sentence = `${told}, over ${ms(must)}: ${over} of ${due} ${what} were later or never came`;
  const left = over - overDisturbedMost;
  const still = dueUndisturbed > 0 && left > Math.max(1, allowedOver(dueUndisturbed, quantile));
  if (still) return check(rule, 'broken', sentence, figure);
  return check(rule, 'shaken', `${sentence}, as many as ${overDisturbedMost} of them in disturbed seconds`, figure);
}

function plain(rule: RuleId, budget: Budget, value: number, unit: string, told: (value: number) => string): Check {
  const broken = budget.must !== null && value > budget.must;
  const limit = broken ? `, over ${figureTold(rule, budget.must!, unit)}` : '';
  return check(rule, broken ? 'broken' : 'held', `${told(value)}${limit}`, figureOf(value, unit, budget));
}

function figureOf(value: number | null, unit: string, { goal, must }: Budget): CheckedFigure {
  const goalReached = goal === null ? null : value !== null && value <= goal;
  return { value, unit, must, goal, goalReached };
}

function overIn(histogram: LagHistogram, must: number | null): number {
  return must === null ? 0 : countOver(histogram.sparse(), must).most;
}
