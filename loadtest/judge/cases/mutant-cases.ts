import { simulatedRun, WINDOW_FROM_MS } from '../../testing/simulated-run.ts';
import { changeApp, changeCpu, changeMeasurement, endProcess, hog } from '../../testing/tampering.ts';
import type { Evidence } from '../evidence.ts';
import type { Case } from './case.ts';

/** The mutants that `sla:prove` will run for real, and what the judge must say of each. */
export const MUTANTS: readonly Case[] = [
  { what: 'nothing wrong', rule: null, outcome: 'PASS' },
  { what: 'nothing wrong, another seed', rule: null, outcome: 'PASS', run: { seed: 2 } },
  {
    what: '+5 ms everywhere',
    rule: null,
    outcome: 'PASS',
    run: { frame: ({ lagMs }) => lagMs + 5, event: ({ lagMs }) => lagMs + 5 },
  },
  {
    what: 'a stall of 40 ms every tenth tick',
    rule: 'S6',
    outcome: 'FAIL',
    run: { frame: ({ lagMs, tick }) => (tick % 10 === 0 ? lagMs + 40 : lagMs) },
    says: /60 players over 35 ms/,
  },
  {
    what: 'one slow game of 2,000',
    rule: 'S6',
    outcome: 'FAIL',
    run: {
      games: 2_000,
      seconds: 20,
      commandsPerSecond: 20,
      frame: ({ lagMs, player, tick }) => (player === 1_234 && tick % 30 === 0 ? lagMs + 60 : lagMs),
    },
    says: /1 player over 35 ms: player 1234 of game g-1234 had 5 of 133 frames late, the worst in second/,
  },
  {
    what: '2 % of the frames dropped',
    rule: 'S8',
    outcome: 'FAIL',
    run: { frame: ({ lagMs, player, tick }) => ((player * 7 + tick) % 50 === 0 ? null : lagMs) },
  },
  {
    what: 'a frozen socket',
    rule: 'S6',
    outcome: 'FAIL',
    run: { frame: ({ lagMs, player, tick }) => (player === 47 && tick > 100 ? null : lagMs) },
    says: /player 47 of game g-0047 had 299 of 400 frames late \(299 never came\)/,
  },
  {
    what: 'no frames at all',
    rule: 'C5',
    outcome: 'FAIL',
    run: { frame: () => null },
    says: /no player got a single frame/,
  },
  { what: 'a clock 50 ms ahead', rule: 'V1', outcome: 'INVALID', run: { skewMs: 50 }, says: /the clocks differ/ },
  { what: 'a clock 1.5 ms ahead', rule: 'V1', outcome: 'INVALID', run: { skewMs: 1.5 } },
  {
    what: 'a clock that is set back and at once forward again, of which one state frame tells',
    rule: 'V1',
    outcome: 'INVALID',
    run: { frame: ({ lagMs, player, tick }) => (player === 7 && tick === 200 ? -2 : lagMs) },
    says: /companion got 1 frame before it was due/,
  },
  {
    what: 'the same, of which one event frame tells',
    rule: 'V1',
    outcome: 'INVALID',
    run: { event: ({ command, lagMs }) => (command === 1_000 ? -2 : lagMs) },
    says: /got 1 frame before it was due/,
  },
  {
    what: 'the same, of which one frame of the witness tells',
    rule: 'V1',
    outcome: 'INVALID',
    run: { witness: ({ lagMs, player, tick }) => (player === 0 && tick === 200 ? -2 : lagMs) },
    says: /got \d frames? before (it was|they were) due/,
  },
  {
    what: 'clocks that differ by the half millisecond to which they are compared',
    rule: null,
    outcome: 'PASS',
    run: { frame: ({ lagMs, player, tick }) => (player === 7 && tick === 200 ? -0.4 : lagMs) },
  },
  {
    what: "a wall clock, which is k6's, that is set 500 ms ahead in the middle",
    rule: 'V5',
    outcome: 'INVALID',
    tamper: (evidence) => k6Jumps(evidence, 30),
    says: /apart about the witness, which sends them the same/,
  },
  {
    what: 'the same two seconds before the end, which no p95 shows',
    rule: 'V8',
    outcome: 'INVALID',
    tamper: (evidence) => k6Jumps(evidence, 58),
  },
  {
    what: 'a wall clock that is set back',
    rule: 'V1',
    outcome: 'INVALID',
    tamper: (evidence) => k6Jumps(evidence, 58, -500),
  },
  {
    what: 'a hog on the machine, figures good',
    rule: 'V3',
    outcome: 'INVALID',
    tamper: hog,
    says: /other processes took 51\.4 % of the CPU/,
  },
  {
    what: 'a hog on the machine, figures bad',
    rule: 'V3',
    outcome: 'INVALID',
    run: { frame: ({ lagMs, tick }) => (tick % 10 === 0 ? lagMs + 40 : lagMs) },
    tamper: hog,
  },
  {
    what: 'others that take a fifth of the machine all the time, and no second more than allowed, figures bad',
    rule: 'V3',
    outcome: 'INVALID',
    run: { frame: ({ lagMs, tick }) => (tick % 10 === 0 ? lagMs + 40 : lagMs) },
    tamper: (evidence) => changeCpu(evidence, ({ idle }) => ({ others: 0.4, idle: idle - 0.38 })),
    says: /V3, .*\nS6, /,
  },
  {
    what: 'the server stopped halfway',
    rule: 'C1',
    outcome: 'FAIL',
    run: {
      frame: ({ lagMs, second }) => (second >= 30 ? null : lagMs),
      answer: ({ lagMs, second }) => (second >= 30 ? null : lagMs),
    },
    tamper: (evidence) =>
      changeApp(
        changeMeasurement(
          {
            ...endProcess(evidence, 'gateway', { endedAtMs: WINDOW_FROM_MS + 30_000, signal: 'SIGKILL' }),
            states: null,
          },
          'companion',
          { faultCount: 180, faults: ['socket of player 20 broke: ECONNRESET'] },
        ),
        'gateway',
        { after: null },
      ),
    says: /the gateway ended by SIGKILL in second 30 of the window/,
  },
  {
    what: 'a deployment that is gone halfway',
    rule: 'C6',
    outcome: 'FAIL',
    run: { frame: ({ lagMs, second }) => (second >= 30 ? null : lagMs) },
    tamper: (evidence) => goneDeployment(evidence, () => true),
    says: /closed with 1006/,
  },
  {
    what: 'a deployment of which nobody asked how it ended, though sockets lived',
    rule: 'E8',
    outcome: 'ERROR',
    run: { frame: ({ lagMs, second }) => (second >= 30 ? null : lagMs) },
    tamper: (evidence) => goneDeployment(evidence, (player) => player !== 7),
  },
];

/** The other instrument and the apps keep a clock that nobody sets (libs/platform, clock-origin.ts). */
function k6Jumps(evidence: Evidence, fromSecond: number, byMs = 500): Evidence {
  const jumped = ({ lagMs, second }: { lagMs: number; second: number }): number =>
    second >= fromSecond ? lagMs + byMs : lagMs;
  const [k6] = simulatedRun({ frame: jumped, event: jumped, witness: jumped }).instruments;
  return { ...evidence, instruments: [k6!, evidence.instruments[1]!] };
}

function goneDeployment(evidence: Evidence, isClosed: (player: number) => boolean): Evidence {
  return {
    ...evidence,
    plan: { ...evidence.plan, target: 'deployment' },
    apps: [],
    states: null,
    instruments: evidence.instruments.map(({ measurement, ...rest }) => ({
      ...rest,
      measurement: {
        ...measurement!,
        players: measurement!.players.map((was) => (isClosed(was.player) ? { ...was, closedWith: 1006 } : was)),
      },
    })),
  };
}
