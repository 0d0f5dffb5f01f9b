import type { LagHistogram } from '../measure/lag-histogram.ts';
import type { Measurement, PlayerMeasurement, SecondMeasurement, SparseHistogram } from '../measure/measurement.ts';
import type { Evidence } from './evidence.ts';
import { merged } from './lags.ts';
import type { Worst } from './verdict.ts';

/** What all instruments felt together. */
export interface Totals {
  readonly measurements: readonly Measurement[];
  readonly players: readonly PlayerMeasurement[];
  readonly seconds: readonly SecondMeasurement[];
  readonly framesDue: number;
  readonly framesLate: number;
  readonly framesMissing: number;
  readonly tickLag: LagHistogram;
  readonly eventLag: LagHistogram;
  /** Event frames that the answered commands should have brought, at least those that came. */
  readonly eventsDue: number;
  readonly commands: CommandTotals | null;
}

export interface CommandTotals {
  readonly intended: number;
  readonly answered: number;
  readonly failed: number;
  readonly failures: readonly string[];
  readonly late: number;
  readonly latency: LagHistogram;
  /** By player, the points that its answers gave. */
  readonly acknowledged: ReadonlyMap<number, number>;
}

export function totalsOf({ instruments, plan }: Evidence): Totals {
  const measurements = instruments.flatMap(({ measurement }) => measurement ?? []);
  const players = measurements.flatMap((measurement) => measurement.players);
  const lag = (of: (measurement: Measurement) => SparseHistogram): LagHistogram => merged(measurements.map(of));
  const eventLag = lag((measurement) => measurement.eventLag);
  const commands = commandTotals(measurements);
  const right = commands === null ? 0 : Math.max(0, commands.answered - commands.failed);
  return {
    measurements,
    players,
    seconds: secondTotals(measurements),
    framesDue: sumOf(players, (player) => player.framesDue),
    framesLate: sumOf(players, (player) => player.framesLate),
    framesMissing: sumOf(players, missingOf),
    tickLag: lag((measurement) => measurement.tickLag),
    eventLag,
    eventsDue: Math.max(eventLag.count, Math.round(right * (plan.eventFramesPerCommand ?? 0))),
    commands,
  };
}

export function missingOf({ framesDue, framesReceived }: PlayerMeasurement): number {
  return Math.max(0, framesDue - framesReceived);
}

export function sumOf<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}

/** The player who waited longest, by the share of late frames, then p99, then the longest lag; and the worst second of all. */
export function worstOf({ players, seconds }: Totals): Worst | null {
  const [worst] = [...players].sort((a, b) => badness(b) - badness(a) || longest(b) - longest(a));
  if (worst === undefined) return null;
  const second = seconds.reduce((found, { framesLate, tickLagMaxMs }, index) => {
    const other = seconds[found]!;
    const worse = framesLate - other.framesLate || tickLagMaxMs - other.tickLagMaxMs;
    return worse > 0 ? index : found;
  }, 0);
  return {
    player: worst.player,
    gameId: worst.gameId,
    p99Ms: worst.p99Ms,
    framesDue: worst.framesDue,
    framesLate: worst.framesLate,
    framesMissing: missingOf(worst),
    playerSecond: worst.worstSecond,
    second,
    secondLate: seconds[second]?.framesLate ?? 0,
    secondMaxMs: seconds[second]?.tickLagMaxMs ?? 0,
  };
}

function badness({ framesDue, framesLate }: PlayerMeasurement): number {
  return framesDue === 0 ? 1 : framesLate / framesDue;
}

function longest({ p99Ms, maxMs }: PlayerMeasurement): number {
  return p99Ms === null ? Number.MAX_SAFE_INTEGER : p99Ms + (maxMs ?? 0) / 1e6;
}

function commandTotals(measurements: readonly Measurement[]): CommandTotals | null {
  const commands = measurements.flatMap((measurement) => measurement.commands ?? []);
  if (commands.length === 0) return null;
  return {
    intended: sumOf(commands, (each) => each.intended),
    answered: sumOf(commands, (each) => each.answered),
    failed: sumOf(commands, (each) => each.failed),
    failures: commands.flatMap((each) => each.failures),
    late: sumOf(commands, (each) => each.late),
    latency: merged(commands.map((each) => each.latency)),
    acknowledged: new Map(commands.flatMap((each) => each.acknowledged)),
  };
}

function secondTotals(measurements: readonly Measurement[]): readonly SecondMeasurement[] {
  const count = Math.max(0, ...measurements.map(({ seconds }) => seconds.length));
  return Array.from({ length: count }, (_, index) => {
    const each = measurements.flatMap(({ seconds }) => seconds[index] ?? []);
    const sum = (of: (second: SecondMeasurement) => number): number => sumOf(each, of);
    const max = (of: (second: SecondMeasurement) => number): number => Math.max(0, ...each.map(of));
    return {
      framesDue: sum((second) => second.framesDue),
      framesLate: sum((second) => second.framesLate),
      tickLagMaxMs: max((second) => second.tickLagMaxMs),
      // Quantiles do not add up: the worse of the instruments'.
      tickLagP99Ms: max((second) => second.tickLagP99Ms),
      events: sum((second) => second.events),
      eventLagMaxMs: max((second) => second.eventLagMaxMs),
      commands: sum((second) => second.commands),
      commandsLate: sum((second) => second.commandsLate),
      commandMaxMs: max((second) => second.commandMaxMs),
    };
  });
}
