import type { LagHistogram } from '../measure/lag-histogram.ts';
import type { Measurement, SparseHistogram } from '../measure/measurement.ts';
import type { Sla } from '../sla/sla.ts';
import { check, counted, heldUnless, ms, percent, shortNumber } from './check.ts';
import { coresOf, cpuOfWindow, meanOf, type Disturbance } from './disturbance.ts';
import type { CpuInterval, Evidence } from './evidence.ts';
import { merged, negativeCountOf } from './lags.ts';
import type { RuleId } from './rules.ts';
import { sumOf, type Totals } from './totals.ts';
import type { Check } from './verdict.ts';

/**
 * Rules V: whether the figures may be believed. V1 to V5 make a run INVALID also when all budgets hold; V6 to V8 only say who may be to blame
 * for a budget that does not (a late generator makes figures worse, never better: latency counts from the intended time).
 */

/** What a broken rule casts doubt upon. V4 on nothing: who breaks a budget under less than the planned load breaks it. */
const OF_TWO_CLOCKS: readonly RuleId[] = ['S4', 'S5', 'S6', 'S7'];
const OF_FRAMES: readonly RuleId[] = [...OF_TWO_CLOCKS, 'S8'];
/** Not S9 to S14: an app that takes the whole machine makes the generator late, and its own CPU tells. */
const OF_TIME: readonly RuleId[] = ['S1', 'S2', ...OF_FRAMES];
const OF_THE_MACHINE: readonly RuleId[] = [...OF_TIME, 'S3', 'S9', 'S10', 'S11', 'S12', 'S13', 'S14'];
export const SHAKES: Readonly<Partial<Record<RuleId, readonly RuleId[]>>> = {
  V1: OF_TWO_CLOCKS,
  V2: OF_THE_MACHINE,
  V3: OF_THE_MACHINE,
  V4: [],
  V5: OF_FRAMES,
  V6: OF_TIME,
  V7: OF_TIME,
};

export function validityChecks(
  sla: Sla,
  evidence: Evidence,
  totals: Totals,
  disturbance: Disturbance,
  budgets: readonly Check[],
): readonly Check[] {
  const broken = new Set(
    budgets.filter(({ status }) => status === 'broken' || status === 'shaken').map(({ rule }) => rule),
  );
  const onlyIfBroken = (found: Check): Check => {
    if (found.status !== 'broken' || SHAKES[found.rule]?.some((rule) => broken.has(rule))) return found;
    return { ...found, status: 'noted', sentence: `${found.sentence}; no figure is over its budget by it` };
  };
  return [
    clocks(totals),
    fit(sla, evidence),
    alone(sla, evidence),
    asked(sla, evidence, totals),
    agreeing(sla, totals, broken),
    onlyIfBroken(inTime(sla, totals)),
    onlyIfBroken(room(sla, evidence)),
    undisturbed(disturbance, budgets),
  ];
}

function clocks({ measurements }: Totals): Check {
  if (measurements.length === 0) return check('V1', 'not judged', 'nothing was measured');
  const faults = measurements.flatMap(({ eventLag, instrument, tickLag, witness }) => {
    const count = negativeCountOf(tickLag) + negativeCountOf(eventLag) + negativeCountOf(witness?.tickLag ?? []);
    if (count === 0) return [];
    return [
      `${instrument} got ${counted(count, 'frame')} before ${count === 1 ? 'it was' : 'they were'} due: the clocks differ, and may hide as much lag`,
    ];
  });
  return heldUnless('V1', faults, 'none');
}

function fit({ machine }: Sla, { instruments, preflight }: Evidence): Check {
  if (preflight === null) return check('V2', 'not judged', 'nobody looked');
  const { idleShare, openFilesMax, stealShare, timerLateP99Ms } = preflight;
  const faults: string[] = [];
  const { preflightIdleShareMin: idleMin, preflightTimerP99MaxMs: lateMax, stealShareMax } = machine;
  if (timerLateP99Ms > lateMax) {
    faults.push(`an idle timer was ${ms(timerLateP99Ms, lateMax)} late at p99, more than ${ms(lateMax)}`);
  }
  if (idleShare < idleMin) {
    faults.push(`only ${percent(idleShare, idleMin)} of the CPU was idle, less than ${percent(idleMin)}`);
  }
  if (stealShare > stealShareMax) faults.push(tookMore('the hypervisor', stealShare, stealShareMax));
  const sockets = sumOf(instruments, ({ measurement }) => measurement?.players.length ?? 0);
  if (openFilesMax < sockets)
    faults.push(`a process may open ${openFilesMax} files, and ${sockets} sockets are wanted`);
  return heldUnless('V2', faults, `idle ${percent(idleShare)}, timers ${ms(timerLateP99Ms)} late at p99`);
}

function alone({ machine }: Sla, evidence: Evidence): Check {
  const cpu = cpuOfWindow(evidence);
  if (cpu.length === 0) return check('V3', 'not judged', 'nobody looked');
  const others = meanShare(cpu, (each) => each.others);
  const steal = meanShare(cpu, (each) => each.steal);
  const faults: string[] = [];
  const { othersCpuShareMax, stealShareMax } = machine;
  if (others > othersCpuShareMax) faults.push(tookMore('other processes', others, othersCpuShareMax));
  if (steal > stealShareMax) faults.push(tookMore('the hypervisor', steal, stealShareMax));
  return heldUnless('V3', faults, `others took ${percent(others)}, the hypervisor ${percent(steal)} of the CPU`);
}

function tookMore(who: string, share: number, shareMax: number): string {
  return `${who} took ${percent(share, shareMax)} of the CPU, more than ${percent(shareMax)}`;
}

function asked({ samples }: Sla, { plan }: Evidence, { commands }: Totals): Check {
  const planned = (plan.commandsPerSecond * (plan.windowUntilMs - plan.windowFromMs)) / 1_000;
  if (planned === 0) return check('V4', 'not judged', 'the plan sends no commands');
  const intended = commands?.intended ?? 0;
  const told = `${intended.toLocaleString('en-US')} of ${counted(Math.round(planned), 'command')}`;
  return intended < planned * samples.commandsShareMin
    ? check('V4', 'broken', `${told} were meant to be sent, less than the planned load`)
    : check('V4', 'held', told);
}

/** Both hold sockets of the same server; what they feel is alike, or one of them is wrong. p95: one slow game may be a hundredth of the smaller one's. */
function agreeing(
  { instruments: { differenceMaxMs } }: Sla,
  { measurements }: Totals,
  broken: ReadonlySet<RuleId>,
): Check {
  const [one, other] = measurements;
  if (one === undefined || other === undefined) return check('V5', 'not judged', 'there is one instrument only');
  const between = (of: (measurement: Measurement) => SparseHistogram | null): number | null => {
    const [a, b] = [of(one), of(other)].map((histogram) => merged(histogram === null ? [] : [histogram]));
    return difference(a!, b!);
  };
  const felt = between(({ tickLag }) => tickLag);
  const witnessed = between(({ witness }) => witness?.tickLag ?? null);
  const names = `${one.instrument} and ${other.instrument}`;
  if (witnessed !== null && witnessed > differenceMaxMs) {
    return check('V5', 'broken', `${names} are ${ms(witnessed)} apart about the witness, which sends them the same`);
  }
  if (felt === null || felt <= differenceMaxMs) {
    return check('V5', 'held', felt === null ? 'one of them got no frame' : `${names} are ${ms(felt)} apart`);
  }
  const sentence = `${names} are ${ms(felt)} apart about the same server`;
  if (witnessed !== null && OF_FRAMES.some((rule) => broken.has(rule))) {
    return check('V5', 'noted', `${sentence}, but agree about the witness: it is the server that differs`);
  }
  return check('V5', 'broken', sentence);
}

function difference(a: LagHistogram, b: LagHistogram): number | null {
  if (a.count === 0 || b.count === 0) return null;
  return Math.max(...[0.5, 0.95].map((quantile) => Math.abs(a.quantile(quantile)! - b.quantile(quantile)!)));
}

function inTime({ generator }: Sla, { measurements }: Totals): Check {
  const faults: string[] = [];
  const told: string[] = [];
  for (const { generator: own, instrument } of measurements) {
    // Null of who sends no commands, or got no frame.
    const sent = merged([own.sendLateness]).quantile(0.99);
    const handled = merged([own.handlingDelay]).quantile(0.99);
    const late = sent === null ? null : `${instrument} sent commands ${ms(sent)} late at p99`;
    const waited = handled === null ? null : `frames waited ${ms(handled)} at p99 inside ${instrument}`;
    told.push(...[late, waited].filter((sentence) => sentence !== null));
    if (sent !== null && sent > generator.sendLatenessP99MaxMs) faults.push(late!);
    if (handled !== null && handled > generator.handlingDelayP99MaxMs) faults.push(waited!);
  }
  return heldUnless('V6', faults, told.length === 0 ? 'nothing was sent or handled' : told.join(', '));
}

function room({ generator }: Sla, evidence: Evidence): Check {
  const cpu = cpuOfWindow(evidence);
  if (cpu.length === 0) return check('V7', 'not judged', 'nobody looked');
  const used = 1 - meanShare(cpu, (each) => each.idle);
  const generators = meanShare(cpu, (each) => each.generators) * coresOf(cpu[0]!);
  const told = `${percent(used, generator.totalCpuShareMax)} of the CPU was in use, generators ${shortNumber(generators)} cores`;
  return used > generator.totalCpuShareMax
    ? check('V7', 'broken', `${told}: more than ${percent(generator.totalCpuShareMax)}`)
    : check('V7', 'held', told);
}

function undisturbed({ appends, ticks }: Disturbance, budgets: readonly Check[]): Check {
  const told = `${counted(ticks.filter(Boolean).length, 'second')} disturbed for ticks, ${appends.filter(Boolean).length} for commands`;
  const shaken = budgets.filter(({ status }) => status === 'shaken').map(({ rule }) => rule);
  if (shaken.length === 0) return check('V8', 'held', told);
  return check('V8', 'broken', `${told}, and without them ${shaken.join(' and ')} would hold`);
}

function meanShare(cpu: readonly CpuInterval[], of: (interval: CpuInterval) => number): number {
  return meanOf(cpu, (each) => of(each) / Math.max(coresOf(each), 1e-9));
}
