import { loadSla } from '../sla/load-sla.ts';
import type { Sla } from '../sla/sla.ts';
import { simulatedRun, type SimulatedRun } from '../testing/simulated-run.ts';
import {
  changeCpu,
  changeMeasurement,
  changeSeries,
  changeWitness,
  fewerCommands,
  lateGenerator,
} from '../testing/tampering.ts';
import type { Evidence } from './evidence.ts';
import { judge } from './judge.ts';
import type { RuleId } from './rules.ts';
import type { Outcome } from './verdict.ts';

/**
 * Every number of sla.json that gates does: the same evidence has another verdict when that number alone is another. A threshold that nobody reads, or
 * that is read where another is meant, is a gate that its team only believes in.
 */
interface Case {
  /** What the number becomes. */
  readonly to: number;
  /** With sla.json as committed, and with the other number. */
  readonly outcomes: readonly [Outcome, Outcome];
  /** Broken or shaken under one of the two and not under the other. */
  readonly rule: RuleId;
  readonly run?: SimulatedRun;
  readonly tamper?: (evidence: Evidence) => Evidence;
}

const committed = loadSla();
const good = simulatedRun();

const stalls: SimulatedRun = { frame: ({ lagMs, tick }) => (tick % 10 === 0 ? lagMs + 40 : lagMs) };
const slowSeconds: SimulatedRun = { frame: ({ lagMs, second }) => (second >= 10 && second < 12 ? lagMs + 60 : lagMs) };
const PASS_THEN_FAIL = ['PASS', 'FAIL'] as const;
const PASS_THEN_INVALID = ['PASS', 'INVALID'] as const;
const FAIL_THEN_INVALID = ['FAIL', 'INVALID'] as const;

const CASES: Readonly<Record<string, Case>> = {
  'budgets/commandP50Ms': { to: 0.1, outcomes: PASS_THEN_FAIL, rule: 'S1' },
  // What is late the instruments count: against this number it is judged, against any other it is no evidence.
  'budgets/commandP99Ms': {
    to: 0.1,
    outcomes: ['ERROR', 'FAIL'],
    rule: 'E3',
    run: { lateMs: 0.1, frame: () => 0.01, witness: () => 0.01 },
  },
  'budgets/commandErrors': {
    to: 1,
    outcomes: ['FAIL', 'PASS'],
    rule: 'S3',
    tamper: (e) =>
      changeMeasurement(e, 'companion', (m) => ({ commands: { ...m.commands!, failed: 1, failures: ['503'] } })),
  },
  'budgets/eventLagP50Ms': { to: 0.1, outcomes: PASS_THEN_FAIL, rule: 'S4' },
  'budgets/eventLagP99Ms': { to: 0.1, outcomes: PASS_THEN_FAIL, rule: 'S5' },
  'budgets/tickLagWorstPlayerP99Ms': {
    to: 0.1,
    outcomes: ['ERROR', 'FAIL'],
    rule: 'E3',
    run: { lateMs: 0.1, commandsPerSecond: 0, witness: () => 0.01 },
  },
  'budgets/tickLagP999Ms': { to: 0.1, outcomes: PASS_THEN_FAIL, rule: 'S7' },
  'budgets/framesMissingShare': {
    to: 0.0001,
    outcomes: PASS_THEN_FAIL,
    rule: 'S8',
    run: { frame: ({ lagMs, player, tick }) => ((player * 97 + tick) % 2_000 === 0 ? null : lagMs) },
  },
  'budgets/gatewayCores': { to: 0.1, outcomes: PASS_THEN_FAIL, rule: 'S9' },
  'budgets/commandCores': { to: 0.1, outcomes: PASS_THEN_FAIL, rule: 'S10' },
  'budgets/gatewayRssMb': { to: 100, outcomes: PASS_THEN_FAIL, rule: 'S11' },
  'budgets/commandRssMb': { to: 100, outcomes: PASS_THEN_FAIL, rule: 'S12' },
  'budgets/majorGcsPerMinute': {
    to: 0.5,
    outcomes: PASS_THEN_FAIL,
    rule: 'S13',
    tamper: (e) => changeSeries(e, { 'waymark_gc_collections_total{kind="major"}': 5 }),
  },
  'budgets/gcPauseLongestMs': {
    to: 10,
    outcomes: PASS_THEN_FAIL,
    rule: 'S14',
    tamper: (e) => changeSeries(e, { waymark_gc_pause_longest_seconds: 0.012 }),
  },
  'samples/framesPerPlayerMin': { to: 401, outcomes: ['PASS', 'ERROR'], rule: 'E9' },
  'samples/commandsShareMin': { to: 0.4, outcomes: ['INVALID', 'PASS'], rule: 'V4', tamper: fewerCommands },
  'generator/sendLatenessP99MaxMs': {
    to: 1_000,
    outcomes: ['INVALID', 'FAIL'],
    rule: 'V6',
    run: { answer: ({ command, lagMs }) => lagMs + (command % 50 === 0 ? 50 : 0) },
    tamper: lateGenerator,
  },
  'generator/handlingDelayP99MaxMs': { to: 0, outcomes: FAIL_THEN_INVALID, rule: 'V6', run: stalls },
  'generator/totalCpuShareMax': { to: 0.5, outcomes: FAIL_THEN_INVALID, rule: 'V7', run: stalls },
  'machine/othersCpuShareMax': { to: 0.005, outcomes: PASS_THEN_INVALID, rule: 'V3' },
  'machine/stealShareMax': {
    to: 0.01,
    outcomes: PASS_THEN_INVALID,
    rule: 'V3',
    tamper: (e) => changeCpu(e, ({ idle }) => ({ idle: idle - 0.1, steal: 0.1 })),
  },
  'machine/disturbedSecondShareMax': {
    to: 0.2,
    outcomes: FAIL_THEN_INVALID,
    rule: 'V8',
    run: slowSeconds,
    tamper: (e) => ({
      ...e,
      cpu: e.cpu.map((each, second) => (second === 10 || second === 11 ? { ...each, idle: 0.1, others: 0.5 } : each)),
    }),
  },
  'machine/preflightTimerP99MaxMs': { to: 1, outcomes: PASS_THEN_INVALID, rule: 'V2' },
  'machine/preflightIdleShareMin': { to: 0.99, outcomes: PASS_THEN_INVALID, rule: 'V2' },
  'witness/tickLateMaxMs': {
    to: 10,
    outcomes: FAIL_THEN_INVALID,
    rule: 'V8',
    run: slowSeconds,
    tamper: (e) => changeWitness(e, [10, 11], { tickLateMaxMs: 12 }),
  },
  'witness/diskMaxMs': {
    to: 10,
    outcomes: FAIL_THEN_INVALID,
    rule: 'V8',
    run: { answer: ({ lagMs, second }) => (second === 10 ? lagMs + 130 : lagMs) },
    tamper: (e) => changeWitness(e, [10], { diskMaxMs: 15 }),
  },
  'instruments/differenceMaxMs': {
    to: 20,
    outcomes: ['INVALID', 'PASS'],
    rule: 'V5',
    run: { frame: ({ lagMs, player }) => (player < 6 ? lagMs + 15 : lagMs) },
  },
};

/** Of the comparison of two commits: baseline/compare.spec.ts has these. */
const OF_COMPARISONS = 'baseline';

describe('each threshold of sla.json', () => {
  it('has a case', () => {
    const { $schema: _, version: __, ...sections } = committed;
    const places = Object.entries(sections).flatMap(([section, numbers]) =>
      section === OF_COMPARISONS ? [] : Object.keys(numbers).map((name) => `${section}/${name}`),
    );
    expect(Object.keys(CASES)).toEqual(places);
  });

  it.each(Object.entries(CASES))('decides: %s', (place, { outcomes, rule, run, tamper = (same) => same, to }) => {
    const evidence = tamper(run === undefined ? good : simulatedRun(run));
    const verdicts = [committed, withOther(place, to)].map((sla) => judge(sla, evidence));
    expect(verdicts.map(({ outcome }) => outcome)).toEqual(outcomes);
    const bad = verdicts.map(({ checks }) =>
      ['broken', 'shaken'].includes(checks.find((check) => check.rule === rule)!.status),
    );
    expect(bad.filter(Boolean)).toHaveLength(1);
  });
});

/** sla.json with one number changed; of a budget, the one that gates. */
function withOther(place: string, to: number): Sla {
  const [section, name] = place.split('/') as ['budgets', keyof Sla['budgets']];
  const was = committed[section][name];
  return {
    ...committed,
    [section]: { ...committed[section], [name]: section === 'budgets' ? { ...was, must: to } : to },
  };
}
