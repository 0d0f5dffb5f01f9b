import { closeSync, openSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import type { CheckpointReply, CheckpointSettings } from './checkpoint-messages.ts';
import type { MutableCounters } from './sqlite-counters.ts';
import { startThread } from './start-thread.ts';

/** The store's side of the checkpoint thread: counts, and asks the writer to finish. Owned by the SQLite store. */

const PAGE_BYTES = 4096;
const LOOK_MS = 250;
/** There is nothing to copy yet when a store opens, and its app has better things to start. */
const START_AFTER_MS = 1_000;
/** Share of the WAL that fills before it is copied; the rest takes the commits of the copying and of the time to the next look. */
const COPY_AT = 0.75;

export interface CheckpointerHooks {
  /** Asks the writer to copy what is left. */
  readonly finish: () => void;
  readonly onFault: (error: Error) => void;
}

export class Checkpointer {
  private readonly log: { readonly file: string; readonly walBytes: number };
  private readonly counters: MutableCounters;
  private readonly hooks: CheckpointerHooks;
  private readonly timer: NodeJS.Timeout;
  private worker: Worker | undefined;
  private exited: Promise<void> | undefined;
  private logDescriptor = -1;
  private isClosing = false;

  constructor(
    log: { readonly file: string; readonly walBytes: number },
    counters: MutableCounters,
    hooks: CheckpointerHooks,
  ) {
    this.log = log;
    this.counters = counters;
    this.hooks = hooks;
    this.timer = setTimeout(() => this.start(), START_AFTER_MS);
  }

  /** Before the writer closes: the last connection to close empties the WAL. */
  async close(): Promise<void> {
    this.isClosing = true;
    clearTimeout(this.timer);
    this.worker?.postMessage('close');
    await this.exited;
  }

  /**
   * Closes the descriptor of the log, when every connection of the store is closed and not before: closing any descriptor of a file
   * lets go of all locks that the process has on it, SQLite's too (sqlite.org/howtocorrupt.html).
   */
  closeLog(): void {
    if (this.logDescriptor >= 0) closeSync(this.logDescriptor);
    this.logDescriptor = -1;
  }

  private start(): void {
    const { file, walBytes } = this.log;
    this.logDescriptor = openSync(file, 'r');
    const walPagesMax = Math.ceil((walBytes * COPY_AT) / PAGE_BYTES);
    const settings: CheckpointSettings = { file, logDescriptor: this.logDescriptor, lookMs: LOOK_MS, walPagesMax };
    const worker = startThread('checkpoint-thread', settings);
    this.worker = worker;
    this.exited = new Promise((resolve) => worker.once('exit', () => resolve()));
    worker.on('message', (reply: CheckpointReply | 'failed' | 'closed') => {
      if (reply === 'failed') this.counters.checkpointFailures += 1;
      else if (reply !== 'closed') this.count(reply);
    });
    worker.on('error', (error: Error) => {
      if (this.isClosing) return;
      this.hooks.onFault(
        new Error(`the checkpoints of the event store have failed: ${error.message}`, { cause: error }),
      );
    });
  }

  private count(reply: CheckpointReply): void {
    this.counters.checkpoints += 1;
    this.counters.checkpointMs += reply.ms;
    this.counters.walBytes = reply.walPages * PAGE_BYTES;
    this.counters.walRestBytes = (reply.walPages - reply.copiedPages) * PAGE_BYTES;
    this.hooks.finish();
  }
}
