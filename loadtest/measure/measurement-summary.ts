import { LagHistogram } from './lag-histogram.ts';
import type { CommandMeasurement, Measurement, PlayerMeasurement, SparseHistogram } from './measurement.ts';

/** A measurement in a few figures, for a terminal or a table of docs/performance.md. Verdicts come from the whole of it, not from here. */
export function measurementSummary(measurement: Measurement): object {
  const { instrument, players, tickLag, eventLag, commands, witness, generator, faults, faultCount } = measurement;
  const sumOf = (of: (player: PlayerMeasurement) => number): number =>
    players.reduce((sum, player) => sum + of(player), 0);
  const worstOf = (of: (player: PlayerMeasurement) => number | null): number | null => {
    const values = players.map(of);
    return values.length === 0 || values.includes(null) ? null : Math.max(...(values as number[]));
  };
  return {
    instrument,
    ...(commands !== null && { command: commandSummary(commands) }),
    tickLag: lagSummary(tickLag),
    eventLag: lagSummary(eventLag),
    frames: {
      players: players.length,
      due: sumOf(({ framesDue }) => framesDue),
      received: sumOf(({ framesReceived }) => framesReceived),
      late: sumOf(({ framesLate }) => framesLate),
      duplicate: sumOf(({ framesDuplicate }) => framesDuplicate),
      revisionHoles: sumOf(({ revisionHoles }) => revisionHoles),
      worstPlayerP99: worstOf(({ p99Ms }) => p99Ms),
      worstPlayerMax: worstOf(({ maxMs }) => maxMs),
    },
    ...(witness !== null && { witnessTickLag: lagSummary(witness.tickLag) }),
    generator: {
      cores: rounded(generator.cores),
      rssMb: rounded(generator.rssBytes / 1e6),
      sendLateness: lagSummary(generator.sendLateness),
      handlingDelay: lagSummary(generator.handlingDelay),
    },
    faultCount,
    faults,
  };
}

function commandSummary({ answered, failed, failures, intended, late, latency }: CommandMeasurement): object {
  return { intended, answered, failed, failures, late, latency: lagSummary(latency) };
}

/** In milliseconds; null when nothing was recorded. */
export function lagSummary(sparse: SparseHistogram): object | null {
  const histogram = new LagHistogram();
  histogram.add(sparse);
  if (histogram.count === 0) return null;
  return {
    count: histogram.count,
    p50: histogram.quantile(0.5),
    p99: histogram.quantile(0.99),
    p999: histogram.quantile(0.999),
    max: histogram.quantile(1),
  };
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
