import { loadSla } from '../sla/load-sla.ts';
import { SCENARIOS, excusedMsMax } from '../scenarios.ts';
import { simulatedRun } from '../testing/simulated-run.ts';
import { changePlayer } from '../testing/tampering.ts';
import { incoherences } from './coherence.ts';
import type { Evidence } from './evidence.ts';

const sla = loadSla();
const run = simulatedRun({ games: 4, seconds: 60, commandsPerSecond: 4 });
const STORM_MS = excusedMsMax(SCENARIOS['reconnect-storm']);

/** A run of which one player was due fewer frames than the window has ticks. */
function withDue(framesDue: number, excused: number): Evidence {
  const short = changePlayer(run, 3, () => ({ framesDue, framesReceived: framesDue, framesLate: 0, lateSeconds: [] }));
  return { ...short, plan: { ...short.plan, excusedMsMax: excused } };
}

const aboutPlayer3 = (evidence: Evidence): boolean =>
  incoherences(sla, evidence).some((fault) => fault.includes('player 3 was due'));

describe('frames that were due to a player', () => {
  it('are those of the window, but for what the scenario itself cut off', () => {
    expect(excusedMsMax(SCENARIOS.sla)).toBe(0);
    expect([398, 397, 350].map((due) => aboutPlayer3(withDue(due, 0)))).toEqual([false, true, true]);
    // 2 s until the last tries to come back, 5 s for that, and what was under way.
    expect(STORM_MS).toBe(7_400);
    expect([397, 348, 347].map((due) => aboutPlayer3(withDue(due, STORM_MS)))).toEqual([false, false, true]);
  });
});
