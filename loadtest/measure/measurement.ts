/**
 * What an instrument of the SLA gate felt in one measuring window, as the JSON that it hands over when the window is closed. Two instruments
 * write it (k6 and the companion, each for the sockets it holds), the judge reads it, the receipt keeps it. Times are milliseconds,
 * of the wall clock where they are points in time. No Node and no npm: k6 runs this too.
 *
 * A frame is due at each tick of a player's game inside the window; one that never came is late, whatever came instead. So every figure
 * here counts what was due, not what arrived.
 */

export const MEASUREMENT_VERSION = 1;

/** A histogram as [bucket, count] pairs, ascending, without the empty ones (lag-histogram.ts says what a bucket is). */
export type SparseHistogram = readonly (readonly [bucket: number, count: number])[];

export interface Measurement {
  readonly version: typeof MEASUREMENT_VERSION;
  readonly instrument: 'k6' | 'companion';
  /** Of the run that asked for it: a file left over from another run is told by it. */
  readonly runId: string;
  /** Epoch ms. Due times in [from, until) count. */
  readonly windowFromMs: number;
  readonly windowUntilMs: number;
  /** One entry a player socket. */
  readonly players: readonly PlayerMeasurement[];
  /** Lag of the state frames that came, of all players together: from when the tick was due to the frame in hand. */
  readonly tickLag: SparseHistogram;
  /** Lag of event frames: from the command's intended send time to the frame in hand; without those that a resume replays. */
  readonly eventLag: SparseHistogram;
  /** One entry a second of the window, from its start; the last may be short. */
  readonly seconds: readonly SecondMeasurement[];
  /** Null for an instrument that sends no commands. */
  readonly commands: CommandMeasurement | null;
  /** Sockets to the witness, a ticker in a process of its own that does nothing else; same rules, no games. */
  readonly witness: { readonly players: readonly PlayerMeasurement[]; readonly tickLag: SparseHistogram } | null;
  readonly generator: GeneratorMeasurement;
  /** What should not have happened at all, in sentences, the first few; `faultCount` says how many. Script exceptions, sockets lost, answers nobody asked for. */
  readonly faults: readonly string[];
  readonly faultCount: number;
}

export interface PlayerMeasurement {
  /** Number of the player in the run, from 0. */
  readonly player: number;
  readonly gameId: string;
  /** State frames that were due in the window, and those that came at all. */
  readonly framesDue: number;
  readonly framesReceived: number;
  /** Frames over the budget (sla.json's tickLagMs), missing ones included: the p99 holds when this is at most 1 % of framesDue. */
  readonly framesLate: number;
  readonly framesDuplicate: number;
  /** Event frames whose revision is not the one after the last. */
  readonly revisionHoles: number;
  readonly p50Ms: number | null;
  /** Null when so many are missing that it is one of those. */
  readonly p99Ms: number | null;
  readonly minMs: number | null;
  readonly maxMs: number | null;
  /** Second of the window, from 0, in which the worst frame was due; a missing one is the worst. */
  readonly worstSecond: number;
  /** Seconds of the window with late frames, and how many: the judge holds them against the witness. */
  readonly lateSeconds: readonly (readonly [second: number, late: number])[];
  /** The client's own fold of its game at the end, to be compared with the read API; null when it never had a keyframe. */
  readonly finalRevision: number | null;
  readonly finalScore: number | null;
  /** Close code of a socket that ended before the window did. */
  readonly closedWith: number | null;
}

export interface SecondMeasurement {
  readonly framesDue: number;
  readonly framesLate: number;
  readonly tickLagMaxMs: number;
  readonly tickLagP99Ms: number;
  readonly events: number;
  readonly eventLagMaxMs: number;
  readonly commands: number;
  readonly commandsLate: number;
  readonly commandMaxMs: number;
}

export interface CommandMeasurement {
  /** Commands whose intended send time lies in the window. */
  readonly intended: number;
  readonly answered: number;
  /** Any answer but the one that was asked for (status, or the connection broke); the first few in sentences. */
  readonly failed: number;
  readonly failures: readonly string[];
  /** Over the budget, the unanswered included. */
  readonly late: number;
  /** From the intended send time to the answer in hand. */
  readonly latency: SparseHistogram;
  /** By player of the run, the points that the answers to its reaches gave, from the first command on, not only in the window: what was acknowledged is there at the end. */
  readonly acknowledged: readonly (readonly [player: number, points: number])[];
}

export interface GeneratorMeasurement {
  /** Of this instrument's own process. */
  readonly cores: number;
  readonly rssBytes: number;
  /** How late commands were sent after they were meant to be; empty when it sends none. */
  readonly sendLateness: SparseHistogram;
  /** How long what arrived waited inside the instrument until it was looked at, at most; a sample. k6 knows whole milliseconds of it. */
  readonly handlingDelay: SparseHistogram;
}
