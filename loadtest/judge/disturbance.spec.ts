import { loadSla } from '../sla/load-sla.ts';
import { simulatedRun } from '../testing/simulated-run.ts';
import { changeWitness } from '../testing/tampering.ts';
import { disturbanceOf, type Disturbance } from './disturbance.ts';
import type { Evidence } from './evidence.ts';

const sla = loadSla();
const quiet = simulatedRun({ games: 2, seconds: 20, commandsPerSecond: 1 });

function seconds(evidence: Evidence, of: keyof Disturbance): number[] {
  return disturbanceOf(sla, evidence)[of].flatMap((disturbed, second) => (disturbed ? [second] : []));
}

describe('the seconds that the machine spoilt', () => {
  it('are none while the witness is in time', () => {
    expect(seconds(quiet, 'appends')).toEqual([]);
  });

  it('are that of a late witness and its neighbours, for ticks and appends', () => {
    const late = changeWitness(quiet, [7], { tickLateMaxMs: 16 });
    expect(seconds(late, 'ticks')).toEqual([6, 7, 8]);
    expect(seconds(late, 'appends')).toEqual([6, 7, 8]);
  });

  it('of a slow disk are so for appends only', () => {
    const slow = changeWitness(quiet, [0], { diskMaxMs: 21 });
    expect(seconds(slow, 'ticks')).toEqual([]);
    expect(seconds(slow, 'appends')).toEqual([0, 1]);
  });

  it('are those in which others took the CPU', () => {
    const cpu = quiet.cpu.with(12, { ...quiet.cpu[12]!, others: 0.5, steal: 0.2, idle: 0 });
    expect(seconds({ ...quiet, cpu }, 'ticks')).toEqual([11, 12, 13]);
  });

  it('are those in which frames of the witness came late', () => {
    const late = simulatedRun({
      games: 2,
      seconds: 20,
      commandsPerSecond: 1,
      witness: ({ lagMs, tick }) => (tick === 50 ? 40 : lagMs),
    });
    expect(seconds(late, 'ticks')).toEqual([7]);
  });
});
