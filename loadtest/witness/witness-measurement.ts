/**
 * What the witness saw of the machine while the servers were measured, by second of the window: its own ticks, which nothing in Waymark can delay,
 * and small writes to the disk of the data directory. The instruments measure its frames beside those of the servers.
 */
export interface WitnessMeasurement {
  readonly runId: string;
  readonly windowFromMs: number;
  readonly windowUntilMs: number;
  readonly seconds: readonly WitnessSecond[];
  /** Null when no directory was named: the servers run elsewhere. */
  readonly disk: { readonly directory: string; readonly writeBytes: number } | null;
}

export interface WitnessSecond {
  /** How late its ticks were sent, at most. */
  readonly tickLateMaxMs: number;
  readonly ticks: number;
  /** Of a write and fdatasync that was under way in this second, to its end; 0 where none was. */
  readonly syncMaxMs: number;
  readonly syncs: number;
}
