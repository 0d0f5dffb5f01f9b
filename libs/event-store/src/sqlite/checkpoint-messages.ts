/** What the checkpoint thread is told at its start, and what it says after each look at the WAL that found something to do. */
export interface CheckpointSettings {
  readonly file: string;
  /** Of the log, to sync it. Opened and closed by the store, see Checkpointer. */
  readonly logDescriptor: number;
  readonly lookMs: number;
  /** Pages in the WAL from which it is copied into the log. */
  readonly walPagesMax: number;
}

export interface CheckpointReply {
  /** Pages in the WAL, and how many of them the log has now. */
  readonly walPages: number;
  readonly copiedPages: number;
  /** Time the copying took, off the commit path. */
  readonly ms: number;
}
