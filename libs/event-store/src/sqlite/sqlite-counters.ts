/** Plain numbers since the store was opened, for whoever scrapes metrics. Sums and counts, so that rates are the reader's business. */
export interface SqliteCounters {
  readonly appends: number;
  readonly events: number;
  /** Transactions that wrote something; appends / commits is the mean group. */
  readonly commits: number;
  readonly groupAppendsMax: number;
  readonly conflicts: number;
  readonly repeats: number;
  readonly idsReused: number;
  readonly unavailable: number;
  readonly unknown: number;
  /** Appends that wait for an answer now. */
  readonly pending: number;
  readonly checkpoints: number;
  /** Looks at the WAL that ended in a fault of the disk; each is tried again. */
  readonly checkpointFailures: number;
  /** Time in checkpoints: beside the commits, and between them (that is what commits wait for). */
  readonly checkpointMs: number;
  readonly checkpointBlockedMs: number;
  readonly checkpointBlockedMsMax: number;
  /** Size of the WAL when it was last copied, and what of it was left. A rest that stays is a reader that does not let go. */
  readonly walBytes: number;
  readonly walRestBytes: number;
}

export type MutableCounters = { -readonly [Name in keyof SqliteCounters]: number };

export const zeroCounters = (): MutableCounters => ({
  appends: 0,
  events: 0,
  commits: 0,
  groupAppendsMax: 0,
  conflicts: 0,
  repeats: 0,
  idsReused: 0,
  unavailable: 0,
  unknown: 0,
  pending: 0,
  checkpoints: 0,
  checkpointFailures: 0,
  checkpointMs: 0,
  checkpointBlockedMs: 0,
  checkpointBlockedMsMax: 0,
  walBytes: 0,
  walRestBytes: 0,
});
