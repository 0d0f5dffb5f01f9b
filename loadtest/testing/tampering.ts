import type { AppEvidence, CpuInterval, Evidence, ProcessEnding, WitnessInterval } from '../judge/evidence.ts';
import type { Measurement, PlayerMeasurement } from '../measure/measurement.ts';

/** Ways to make something else of a simulated run's evidence. */
type Change<T> = Partial<T> | ((was: T) => Partial<T>);

export function changeMeasurement(
  evidence: Evidence,
  of: Measurement['instrument'],
  change: Change<Measurement>,
): Evidence {
  return {
    ...evidence,
    instruments: evidence.instruments.map((each) =>
      each.instrument === of ? { ...each, measurement: changed(each.measurement!, change) } : each,
    ),
  };
}

export function changePlayer(evidence: Evidence, player: number, change: Change<PlayerMeasurement>): Evidence {
  return {
    ...evidence,
    instruments: evidence.instruments.map((each) => ({
      ...each,
      measurement: {
        ...each.measurement!,
        players: each.measurement!.players.map((was) => (was.player === player ? changed(was, change) : was)),
      },
    })),
  };
}

export function changeApp(evidence: Evidence, app: AppEvidence['app'], change: Change<AppEvidence>): Evidence {
  return { ...evidence, apps: evidence.apps.map((each) => (each.app === app ? changed(each, change) : each)) };
}

export function changeCpu(evidence: Evidence, change: Change<CpuInterval>): Evidence {
  return { ...evidence, cpu: evidence.cpu.map((each) => changed(each, change)) };
}

export function changeWitness(
  evidence: Evidence,
  seconds: readonly number[],
  change: Change<WitnessInterval>,
): Evidence {
  return {
    ...evidence,
    witness: evidence.witness!.map((each, second) => (seconds.includes(second) ? changed(each, change) : each)),
  };
}

export function endProcess(
  evidence: Evidence,
  process: ProcessEnding['process'],
  ending: Partial<ProcessEnding>,
): Evidence {
  return {
    ...evidence,
    endings: evidence.endings.map((each) => (each.process === process ? { ...each, ...ending } : each)),
  };
}

/** One core of two is somebody else's. */
export function hog(evidence: Evidence): Evidence {
  return changeCpu(evidence, ({ idle, others }) => ({ others: others + idle + 0.4, idle: 0, generators: 0.2 }));
}

/** Half of the commands were never meant to be sent. */
export function fewerCommands(evidence: Evidence): Evidence {
  return { ...evidence, plan: { ...evidence.plan, commandsPerSecond: 2 * evidence.plan.commandsPerSecond } };
}

/** Two commands in a hundred went off 20 ms after they were meant to. */
export function lateGenerator(evidence: Evidence): Evidence {
  return changeMeasurement(evidence, 'companion', ({ generator }) => ({
    generator: {
      ...generator,
      sendLateness: [
        [400, 5_880],
        [1_500, 120],
      ],
    },
  }));
}

export function changeInstrument(evidence: Evidence, change: Partial<Evidence['instruments'][number]>): Evidence {
  const [first, ...rest] = evidence.instruments;
  return { ...evidence, instruments: [{ ...first!, ...change }, ...rest] };
}

export function changeSeries(
  evidence: Evidence,
  series: Record<string, number>,
  app: 'gateway' | 'command' = 'gateway',
): Evidence {
  return changeApp(evidence, app, ({ after }) => ({ after: { ...after!, series: { ...after!.series, ...series } } }));
}

function changed<T>(was: T, change: Change<T>): T {
  return { ...was, ...(typeof change === 'function' ? change(was) : change) };
}
