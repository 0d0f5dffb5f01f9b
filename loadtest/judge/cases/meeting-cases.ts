import { simulatedRun } from '../../testing/simulated-run.ts';
import {
  changeApp,
  changeCpu,
  changeMeasurement,
  changeWitness,
  fewerCommands,
  lateGenerator,
  changeSeries,
} from '../../testing/tampering.ts';
import type { CpuInterval, Evidence } from '../evidence.ts';
import type { Case } from './case.ts';

/** The CPU is watched from before the set-up: two minutes of it, as an interval a second. */
function afterSetUp(evidence: Evidence, of: Partial<CpuInterval>): Evidence {
  const { windowFromMs } = evidence.plan;
  const setUp = Array.from({ length: 120 }, (_, n) => ({
    ...{ fromMs: windowFromMs - 1_000 * (n + 1), untilMs: windowFromMs - 1_000 * n },
    ...{ gateway: 0, command: 0, generators: 0, others: 0, steal: 0, idle: 0 },
    ...of,
  }));
  return { ...evidence, cpu: [...setUp.toReversed(), ...evidence.cpu] };
}

/** 12 ms by the gateway's own counters, and in the trace of one second. */
function longPause(evidence: Evidence, second: number, traced: number | null = 12): Evidence {
  return changeApp(changeSeries(evidence, { waymark_gc_pause_longest_seconds: 0.012 }), 'gateway', ({ samples }) => ({
    samples: samples.with(second, { ...samples[second]!, gcPauseLongestMs: traced }),
  }));
}

/** Where two rules meet, and who wins. */
export const MEETING: readonly Case[] = [
  {
    what: 'frames late in more seconds than the witness',
    rule: 'S6',
    outcome: 'FAIL',
    run: { frame: ({ lagMs, second }) => ([10, 30, 40].includes(second) ? lagMs + 60 : lagMs) },
    tamper: (e) => changeWitness(e, [10], { tickLateMaxMs: 60 }),
  },
  {
    what: 'frames late while only the disk was slow: ticks do not touch it',
    rule: 'S6',
    outcome: 'FAIL',
    run: { frame: ({ lagMs, second }) => (second === 10 ? lagMs + 60 : lagMs) },
    tamper: (e) => changeWitness(e, [10], { diskMaxMs: 130 }),
  },
  {
    what: 'a stall of every tenth tick beside a witness that is late now and then',
    rule: 'S6',
    outcome: 'FAIL',
    run: { frame: ({ lagMs, tick }) => (tick % 10 === 0 ? lagMs + 40 : lagMs) },
    tamper: (e) => changeWitness(e, [5, 6, 20, 33, 34, 50], { tickLateMaxMs: 60 }),
  },
  {
    what: 'a witness that is late all the time, figures good',
    rule: null,
    outcome: 'PASS',
    tamper: (e) =>
      changeWitness(
        e,
        Array.from({ length: 60 }, (_, second) => second),
        { tickLateMaxMs: 60 },
      ),
  },
  {
    what: 'frames of the witness late in the same seconds',
    rule: 'V8',
    outcome: 'INVALID',
    run: {
      frame: ({ lagMs, second }) => (second === 10 ? lagMs + 60 : lagMs),
      witness: ({ lagMs, second }) => (second === 10 ? lagMs + 60 : lagMs),
    },
  },
  {
    what: 'a long pause, in a disturbed second only',
    rule: 'V8',
    outcome: 'INVALID',
    tamper: (e) => changeWitness(longPause(e, 20), [20], { tickLateMaxMs: 60 }),
    says: /12 ms in the gateway, over 10 ms, but perhaps only in disturbed seconds: 0\.9 ms in the others/,
  },
  {
    what: 'a long pause beside disturbed seconds',
    rule: 'S14',
    outcome: 'FAIL',
    tamper: (e) => changeWitness(longPause(e, 20), [10, 30], { tickLateMaxMs: 60 }),
    says: /12 ms in an undisturbed second/,
  },
  {
    what: 'a long pause, a disturbed second, and collections that nobody traced',
    rule: 'V8',
    outcome: 'INVALID',
    tamper: (e) => changeWitness(longPause(e, 20, null), [40], { tickLateMaxMs: 60 }),
    says: /what lay in the others is not known/,
  },
  {
    what: 'a machine that was busy before the window, when k6 was built',
    rule: null,
    outcome: 'PASS',
    tamper: (e) => afterSetUp(e, { others: 2 }),
  },
  {
    what: 'a hog in the window alone, after a quiet set-up',
    rule: 'V3',
    outcome: 'INVALID',
    tamper: (e) => afterSetUp(changeCpu(e, { others: 0.6, idle: 0 }), { idle: 2 }),
    says: /other processes took 3\d(\.\d)? % of the CPU/,
  },
  {
    what: 'a machine that is full in the window alone, and frames late',
    rule: 'V7',
    outcome: 'INVALID',
    run: { frame: ({ lagMs, tick }) => (tick % 10 === 0 ? lagMs + 40 : lagMs) },
    tamper: (e) => afterSetUp(changeCpu(e, { generators: 1.1, idle: 0.08 }), { idle: 2 }),
  },
  { what: 'a late generator, figures good', rule: null, outcome: 'PASS', tamper: lateGenerator },
  {
    what: 'an app that takes the machine and makes the generator late',
    rule: 'S9',
    outcome: 'FAIL',
    run: { frame: ({ lagMs }) => lagMs + 50 },
    tamper: (e) =>
      lateGenerator(
        changeSeries(
          changeCpu(e, () => ({ gateway: 0.9, idle: 0.02 })),
          { process_cpu_seconds_total: 12 + 54 },
        ),
      ),
  },
  {
    what: 'a server that is slow to the sockets of one instrument',
    rule: 'S6',
    outcome: 'FAIL',
    run: { frame: ({ lagMs, player }) => (player < 6 ? lagMs + 50 : lagMs) },
    says: /6 players over 35 ms/,
  },
  {
    what: 'an instrument that is slow to all its sockets',
    rule: 'V5',
    outcome: 'INVALID',
    run: { frame: ({ lagMs, player }) => (player < 6 ? lagMs + 50 : lagMs) },
    tamper: (e) => {
      const slow = simulatedRun({ witness: ({ lagMs }) => lagMs + 50 }).instruments[0]!.measurement!.witness;
      return changeMeasurement(e, 'k6', { witness: slow });
    },
  },
  {
    what: 'a clock ahead, and missing frames',
    rule: 'S8',
    outcome: 'FAIL',
    run: { skewMs: 50, frame: ({ lagMs, player, tick }) => ((player * 7 + tick) % 50 === 0 ? null : lagMs) },
  },
  {
    what: 'less load than planned, and frames late',
    rule: 'S6',
    outcome: 'FAIL',
    run: { frame: ({ lagMs, tick }) => (tick % 10 === 0 ? lagMs + 40 : lagMs) },
    tamper: fewerCommands,
  },
  {
    what: 'a fault in a script, and frames late',
    rule: 'S6',
    outcome: 'FAIL',
    run: { frame: ({ lagMs, tick }) => (tick % 10 === 0 ? lagMs + 40 : lagMs) },
    tamper: (e) => changeMeasurement(e, 'k6', { faultCount: 1, faults: ['x'] }),
  },
  {
    what: 'a deployment whose counters are out of reach',
    rule: null,
    outcome: 'PASS',
    tamper: (e) => ({ ...e, apps: [], endings: e.endings.slice(2), plan: { ...e.plan, target: 'deployment' } }),
  },
  { what: 'ticks alone, without commands', rule: null, outcome: 'PASS', run: { commandsPerSecond: 0 } },
];
