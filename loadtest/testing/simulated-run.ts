import type { AppEvidence, Evidence, Scrape } from '../judge/evidence.ts';
import { Random } from '../../tools/quest-generator/random.ts';
import { LagHistogram } from '../measure/lag-histogram.ts';
import {
  MEASUREMENT_VERSION,
  type Measurement,
  type PlayerMeasurement,
  type SecondMeasurement,
} from '../measure/measurement.ts';

/**
 * A run of the gate that never took place: what two instruments would have handed over of a server that behaves as told, frame by
 * frame. Seeded. For tests of the judge, the reports and the comparison.
 */
export interface SimulatedRun {
  readonly seed?: number;
  readonly games?: number;
  readonly seconds?: number;
  readonly commandsPerSecond?: number;
  /** Lag of a frame, from what it would be; null: it never comes. `tick` counts from the start of the window. */
  readonly frame?: (frame: SimulatedFrame) => number | null;
  /** Of a command's answer, and of its event frame. */
  readonly answer?: (command: SimulatedCommand) => number | null;
  readonly event?: (command: SimulatedCommand) => number | null;
  /** Lag of a frame of the witness. */
  readonly witness?: (frame: SimulatedFrame) => number | null;
  /** What the instruments count late against, when it is not sla.json's budget. */
  readonly lateMs?: number;
  /** How far the instruments' clock is behind the server's. */
  readonly skewMs?: number;
}

export interface SimulatedFrame {
  readonly player: number;
  readonly tick: number;
  readonly second: number;
  readonly lagMs: number;
}

export interface SimulatedCommand {
  readonly command: number;
  readonly second: number;
  readonly lagMs: number;
}

/** Taken out once: inside a test's own context each look at a global costs more than the arithmetic. */
const { ceil, floor, log, max, min } = Math;

export const WINDOW_FROM_MS = Date.UTC(2026, 0, 2, 12);
export const TICK_MS = 150;
/** Of sla.json as committed. */
const LATE_MS = 35;
/** Of ten sockets, k6 holds one. */
const K6_SHARE = 0.1;
const WITNESS_SOCKETS = 2;

export function simulatedRun(run: SimulatedRun = {}): Evidence {
  const { commandsPerSecond = 100, games = 60, seconds = 60, seed = 1 } = run;
  const random = new Random(seed);
  const k6Count = max(1, Math.round(games * K6_SHARE));
  const players = Array.from({ length: games }, (_, player) => player);
  const k6 = new Recorder('k6', run, random, seconds);
  const companion = new Recorder('companion', run, random, seconds);
  for (const player of players) (player < k6Count ? k6 : companion).play(player);
  for (let command = 0; command < commandsPerSecond * seconds; command++) {
    companion.command(command, commandsPerSecond, random.fraction() < K6_SHARE ? k6 : companion);
  }
  const windowUntilMs = WINDOW_FROM_MS + seconds * 1_000;
  const each = <T>(make: (fromMs: number, second: number) => T): T[] =>
    Array.from({ length: seconds }, (_, second) => make(WINDOW_FROM_MS + second * 1_000, second));
  return {
    plan: {
      runId: `run-${seed}`,
      scenario: 'sla',
      seed,
      target: 'embedded',
      windowFromMs: WINDOW_FROM_MS,
      windowUntilMs,
      tickMs: TICK_MS,
      gameCount: games,
      commandsPerSecond,
      eventFramesPerCommand: commandsPerSecond === 0 ? null : 1,
      excusedMsMax: 0,
      instruments: [
        { instrument: 'k6', playerCount: k6Count },
        { instrument: 'companion', playerCount: games - k6Count },
      ],
    },
    instruments: [k6, companion].map((recorder) => ({
      instrument: recorder.instrument,
      measurement: recorder.measurement(`run-${seed}`, recorder === companion && commandsPerSecond > 0 ? games : null),
      unreadable: null,
    })),
    witness: each((fromMs) => ({
      fromMs,
      untilMs: fromMs + 1_000,
      tickLateMaxMs: 1 + 3 * random.fraction(),
      diskMaxMs: 2 + 5 * random.fraction(),
    })),
    preflight: { coreCount: 2, timerLateP99Ms: 1.2, idleShare: 0.97, stealShare: 0, openFilesMax: 65_536 },
    cpu: each((fromMs) => ({
      fromMs,
      untilMs: fromMs + 1_000,
      gateway: 0.3 + 0.05 * random.fraction(),
      command: 0.4 + 0.05 * random.fraction(),
      generators: 0.6,
      others: 0.02,
      steal: 0,
      idle: 0.58,
    })),
    apps: [
      simulatedApp('gateway', seconds, { cores: 0.32, rssMb: 145, random }),
      simulatedApp('command', seconds, { cores: 0.42, rssMb: 160, random }),
    ],
    states: players.map((player) => ({ player, gameId: gameOf(player), revision: 40 + player, score: player * 10 })),
    endings: (['gateway', 'command', 'k6', 'companion', 'witness'] as const).map((process) => ({
      process,
      endedAtMs: null,
      asked: false,
      code: null,
      signal: null,
    })),
    counters: { bytesAFrame: 42, framesAPlayerAndSecond: 6.67, allocationsATick: null, eventsACommand: 1 },
  };
}

export function gameOf(player: number): string {
  return `g-${String(player).padStart(4, '0')}`;
}

export function simulatedApp(
  app: AppEvidence['app'],
  seconds: number,
  of: { readonly cores: number; readonly rssMb: number; readonly random: Random },
): AppEvidence {
  const scrape = (second: number): Scrape => ({
    takenAtMs: WINDOW_FROM_MS + second * 1_000,
    series: {
      process_cpu_seconds_total: 12 + of.cores * second,
      process_resident_memory_bytes: of.rssMb * 1e6,
      process_start_time_seconds: WINDOW_FROM_MS / 1_000 - 40,
      'waymark_gc_collections_total{kind="major"}': 4,
      'waymark_gc_collections_total{kind="minor"}': 20 + 2 * second,
      waymark_gc_pause_longest_seconds: 0.0028,
      'waymark_gc_pause_seconds_bucket{le="0.0005"}': 10 + second,
      'waymark_gc_pause_seconds_bucket{le="0.001"}': 12 + 2 * second,
      'waymark_gc_pause_seconds_bucket{le="0.002"}': 24 + 2 * second,
      'waymark_gc_pause_seconds_bucket{le="0.01"}': 24 + 2 * second,
      'waymark_gc_pause_seconds_bucket{le="+Inf"}': 24 + 2 * second,
      waymark_frame_bytes_sent_total: 1_000 + 42 * second,
      waymark_frames_sent_total: 25 + second,
    },
  });
  return {
    app,
    before: scrape(0),
    after: scrape(seconds),
    samples: Array.from({ length: seconds }, (_, second) => ({
      atMs: WINDOW_FROM_MS + second * 1_000 + 500,
      rssBytes: (of.rssMb - 4 * of.random.fraction()) * 1e6,
      gcPauseMs: 1.2 + of.random.fraction(),
      gcPauseLongestMs: 0.9,
    })),
  };
}

class Recorder {
  readonly instrument: Measurement['instrument'];
  private readonly run: SimulatedRun;
  private readonly random: Random;
  private readonly seconds: { -readonly [K in keyof SecondMeasurement]: SecondMeasurement[K] }[];
  private readonly lagsOfSecond: number[][];
  private readonly players: PlayerMeasurement[] = [];
  private readonly tickLag = new LagHistogram();
  private readonly eventLag = new LagHistogram();
  private readonly latency = new LagHistogram();
  private readonly sendLateness = new LagHistogram();
  private readonly handlingDelay = new LagHistogram();
  private readonly lateMs: number;
  private answered = 0;
  private late = 0;

  constructor(instrument: Measurement['instrument'], run: SimulatedRun, random: Random, seconds: number) {
    this.instrument = instrument;
    this.run = run;
    this.lateMs = run.lateMs ?? LATE_MS;
    this.random = random;
    this.lagsOfSecond = Array.from({ length: seconds }, () => []);
    this.seconds = Array.from({ length: seconds }, () => ({
      framesDue: 0,
      framesLate: 0,
      tickLagMaxMs: 0,
      tickLagP99Ms: 0,
      events: 0,
      eventLagMaxMs: 0,
      commands: 0,
      commandsLate: 0,
      commandMaxMs: 0,
    }));
  }

  play(player: number): void {
    const felt = this.frames(player, this.run.frame, this.tickLag, (second, lagMs, late) => {
      const seconds = this.seconds[second]!;
      seconds.framesDue += 1;
      if (late) seconds.framesLate += 1;
      if (lagMs === null) return;
      this.lagsOfSecond[second]!.push(lagMs);
      seconds.tickLagMaxMs = max(seconds.tickLagMaxMs, lagMs);
      this.handlingDelay.record(0.1 + 0.3 * this.random.fraction());
    });
    this.players.push(felt);
  }

  /** Sent by this instrument, its event felt by the one that holds the socket. */
  command(command: number, perSecond: number, holder: Recorder): void {
    const second = floor(command / perSecond);
    const lagMs = 0.5 + exponential(this.random, 0.9);
    const answer = this.run.answer === undefined ? lagMs : this.run.answer({ command, second, lagMs });
    const seconds = this.seconds[second]!;
    seconds.commands += 1;
    this.sendLateness.record(0.2 + exponential(this.random, 0.3));
    if (answer === null || answer > this.lateMs) {
      this.late += 1;
      seconds.commandsLate += 1;
    }
    if (answer === null) return;
    this.answered += 1;
    this.latency.record(answer);
    seconds.commandMaxMs = max(seconds.commandMaxMs, answer);
    const event =
      this.run.event === undefined ? answer + 0.2 : this.run.event({ command, second, lagMs: answer + 0.2 });
    if (event === null) return;
    const skewed = event - (this.run.skewMs ?? 0);
    holder.eventLag.record(skewed);
    const held = holder.seconds[second]!;
    held.events += 1;
    held.eventLagMaxMs = max(held.eventLagMaxMs, skewed);
  }

  /** `commandsTo`: how many players it sends commands to; null: it sends none. */
  measurement(runId: string, commandsTo: number | null): Measurement {
    this.seconds.forEach((second, index) => {
      second.tickLagP99Ms =
        nearestRank(this.lagsOfSecond[index]!.sort(ascending), this.lagsOfSecond[index]!.length, 0.99) ?? 0;
    });
    const witnessLag = new LagHistogram();
    const witness = Array.from({ length: WITNESS_SOCKETS }, (_, player) =>
      this.frames(player, this.run.witness, witnessLag, () => {}),
    );
    return {
      version: MEASUREMENT_VERSION,
      instrument: this.instrument,
      runId,
      windowFromMs: WINDOW_FROM_MS,
      windowUntilMs: WINDOW_FROM_MS + this.seconds.length * 1_000,
      players: this.players,
      tickLag: this.tickLag.sparse(),
      eventLag: this.eventLag.sparse(),
      seconds: this.seconds,
      commands:
        commandsTo === null
          ? null
          : {
              intended: this.sendLateness.count,
              answered: this.answered,
              failed: 0,
              failures: [],
              late: this.late,
              latency: this.latency.sparse(),
              acknowledged: Array.from({ length: commandsTo }, (_, player) => [player, player * 10] as const),
            },
      witness: { players: witness, tickLag: witnessLag.sparse() },
      generator: {
        cores: 0.3,
        rssBytes: 2e8,
        sendLateness: this.sendLateness.sparse(),
        handlingDelay: this.handlingDelay.sparse(),
      },
      faults: [],
      faultCount: 0,
    };
  }

  private frames(
    player: number,
    bend: ((frame: SimulatedFrame) => number | null) | undefined,
    histogram: LagHistogram,
    each: (second: number, lagMs: number | null, late: boolean) => void,
  ): PlayerMeasurement {
    const due = floor((this.seconds.length * 1_000) / TICK_MS);
    const phaseMs = floor(TICK_MS * this.random.fraction());
    const lags: number[] = [];
    const lateSeconds = new Map<number, number>();
    let worst = { lagMs: -Infinity, second: 0 };
    for (let tick = 0; tick < due; tick++) {
      const second = floor((tick * TICK_MS + phaseMs) / 1_000);
      const base = 0.6 + exponential(this.random, 0.5);
      const bent = bend === undefined ? base : bend({ player, tick, second, lagMs: base });
      const lagMs = bent === null ? null : bent - (this.run.skewMs ?? 0);
      const late = lagMs === null || lagMs > this.lateMs;
      if (late) lateSeconds.set(second, (lateSeconds.get(second) ?? 0) + 1);
      if (lagMs !== null) {
        lags.push(lagMs);
        histogram.record(lagMs);
      }
      if ((lagMs ?? Infinity) > worst.lagMs) worst = { lagMs: lagMs ?? Infinity, second };
      each(second, lagMs, late);
    }
    lags.sort(ascending);
    return {
      player,
      gameId: gameOf(player),
      framesDue: due,
      framesReceived: lags.length,
      framesLate: [...lateSeconds.values()].reduce((sum, late) => sum + late, 0),
      framesDuplicate: 0,
      revisionHoles: 0,
      p50Ms: nearestRank(lags, due, 0.5),
      p99Ms: nearestRank(lags, due, 0.99),
      minMs: lags[0] ?? null,
      maxMs: lags.at(-1) ?? null,
      worstSecond: worst.second,
      lateSeconds: [...lateSeconds],
      finalRevision: 40 + player,
      finalScore: player * 10,
      closedWith: null,
    };
  }
}

function nearestRank(sorted: readonly number[], due: number, quantile: number): number | null {
  return sorted[ceil(quantile * due) - 1] ?? null;
}

function ascending(a: number, b: number): number {
  return a - b;
}

/** Seldom more than ten times the mean, and never: a budget must not hang on one draw. */
function exponential(random: Random, meanMs: number): number {
  return min(10 * meanMs, -log(1 - random.fraction()) * meanMs);
}
