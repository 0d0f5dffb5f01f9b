import { LagHistogram } from './lag-histogram.ts';
import {
  MEASUREMENT_VERSION,
  type CommandMeasurement,
  type GeneratorMeasurement,
  type Measurement,
  type PlayerMeasurement,
  type SparseHistogram,
} from './measurement.ts';

/** What one thread of an instrument measured; k6 has many, which share nothing. Put together here, without loss: histograms add up. */
export interface MeasurementPart {
  readonly players: readonly PlayerMeasurement[];
  readonly tickLag: SparseHistogram;
  readonly eventLag: SparseHistogram;
  readonly seconds: readonly SecondPart[];
  readonly handlingDelay: SparseHistogram;
  readonly faults: readonly string[];
  readonly faultCount: number;
}

export interface SecondPart {
  readonly framesDue: number;
  readonly framesLate: number;
  readonly tickLag: SparseHistogram;
  readonly events: number;
  readonly eventLagMaxMs: number;
}

/** What the thread that sends commands measured. */
export interface CommandPart extends CommandMeasurement {
  readonly sendLateness: SparseHistogram;
  /** By second of the window. */
  readonly seconds: readonly { readonly commands: number; readonly late: number; readonly maxMs: number }[];
}

export interface PartsOfRun {
  readonly instrument: Measurement['instrument'];
  readonly runId: string;
  readonly windowFromMs: number;
  readonly windowUntilMs: number;
  readonly players: readonly MeasurementPart[];
  /** Of sockets to the witness; null when there were none. */
  readonly witness: readonly MeasurementPart[] | null;
  readonly commands: CommandPart | null;
  readonly usage: Pick<GeneratorMeasurement, 'cores' | 'rssBytes'>;
}

const FAULTS_TOLD = 20;

export function assembleMeasurement(run: PartsOfRun): Measurement {
  const parts = [...run.players, ...(run.witness ?? [])];
  const { commands } = run;
  return {
    version: MEASUREMENT_VERSION,
    instrument: run.instrument,
    runId: run.runId,
    windowFromMs: run.windowFromMs,
    windowUntilMs: run.windowUntilMs,
    players: playersOf(run.players),
    tickLag: sum(run.players.map(({ tickLag }) => tickLag)).sparse(),
    eventLag: sum(run.players.map(({ eventLag }) => eventLag)).sparse(),
    seconds: Array.from({ length: Math.ceil((run.windowUntilMs - run.windowFromMs) / 1_000) }, (_, second) => {
      const here = run.players.flatMap(({ seconds }) => seconds[second] ?? []);
      const lag = sum(here.map(({ tickLag }) => tickLag));
      const sent = commands?.seconds[second];
      return {
        framesDue: total(here.map(({ framesDue }) => framesDue)),
        framesLate: total(here.map(({ framesLate }) => framesLate)),
        tickLagMaxMs: lag.quantile(1) ?? 0,
        tickLagP99Ms: lag.quantile(0.99) ?? 0,
        events: total(here.map(({ events }) => events)),
        eventLagMaxMs: Math.max(0, ...here.map(({ eventLagMaxMs }) => eventLagMaxMs)),
        commands: sent?.commands ?? 0,
        commandsLate: sent?.late ?? 0,
        commandMaxMs: sent?.maxMs ?? 0,
      };
    }),
    commands: commands && {
      intended: commands.intended,
      answered: commands.answered,
      failed: commands.failed,
      failures: commands.failures,
      late: commands.late,
      latency: commands.latency,
      acknowledged: commands.acknowledged,
    },
    witness: run.witness && {
      players: playersOf(run.witness),
      tickLag: sum(run.witness.map(({ tickLag }) => tickLag)).sparse(),
    },
    generator: {
      ...run.usage,
      sendLateness: commands?.sendLateness ?? [],
      handlingDelay: sum(parts.map(({ handlingDelay }) => handlingDelay)).sparse(),
    },
    faults: parts.flatMap(({ faults }) => faults).slice(0, FAULTS_TOLD),
    faultCount: total(parts.map(({ faultCount }) => faultCount)),
  };
}

function playersOf(parts: readonly MeasurementPart[]): PlayerMeasurement[] {
  return parts.flatMap(({ players }) => players).sort((a, b) => a.player - b.player);
}

function sum(histograms: readonly SparseHistogram[]): LagHistogram {
  const whole = new LagHistogram();
  for (const histogram of histograms) whole.add(histogram);
  return whole;
}

function total(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0);
}
