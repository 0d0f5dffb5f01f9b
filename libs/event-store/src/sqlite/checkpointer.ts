import type { Worker } from 'node:worker_threads';
import type { CheckpointReply, CheckpointSettings } from './checkpoint-messages.ts';
import type { MutableCounters } from './sqlite-counters.ts';
import { startThread } from './start-thread.ts';

/** The store's side of the checkpoint thread: counts, and asks the writer to finish. Owned by the SQLite store. */

const PAGE_BYTES = 4096;
const LOOK_MS = 250;
/** 16 MiB, half of what the WAL is given at the start: the other half takes the commits of the copying and of the next look. */
const WAL_PAGES_MAX = 4_096;

export class Checkpointer {
  private readonly worker: Worker;
  private readonly exited: Promise<void>;
  private isClosing = false;

  constructor(
    file: string,
    counters: MutableCounters,
    hooks: { readonly finish: () => void; readonly onFault: (error: Error) => void },
  ) {
    const settings: CheckpointSettings = { file, lookMs: LOOK_MS, walPagesMax: WAL_PAGES_MAX };
    this.worker = startThread('checkpoint-thread', settings);
    this.exited = new Promise((resolve) => this.worker.once('exit', () => resolve()));
    this.worker.on('message', (reply: CheckpointReply | 'closed') => {
      if (reply === 'closed') return;
      counters.checkpoints += 1;
      counters.checkpointMs += reply.ms;
      counters.walBytes = reply.walPages * PAGE_BYTES;
      counters.walRestBytes = (reply.walPages - reply.copiedPages) * PAGE_BYTES;
      hooks.finish();
    });
    this.worker.on('error', (error: Error) => {
      if (!this.isClosing)
        hooks.onFault(new Error(`the checkpoints of the event store have failed: ${error.message}`, { cause: error }));
    });
  }

  /** Before the writer closes: the last connection to close empties the WAL. */
  close(): Promise<void> {
    this.isClosing = true;
    this.worker.postMessage('close');
    return this.exited;
  }
}
