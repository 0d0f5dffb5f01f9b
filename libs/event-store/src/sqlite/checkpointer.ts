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
/** 16 MiB, half of what the WAL is given at the start: the other half takes the commits of the copying and of the next look. */
const WAL_PAGES_MAX = 4_096;

export interface CheckpointerHooks {
  /** Asks the writer to copy what is left. */
  readonly finish: () => void;
  readonly onFault: (error: Error) => void;
}

export class Checkpointer {
  private readonly file: string;
  private readonly counters: MutableCounters;
  private readonly hooks: CheckpointerHooks;
  private readonly timer: NodeJS.Timeout;
  private worker: Worker | undefined;
  private exited: Promise<void> | undefined;
  private logDescriptor = -1;
  private isClosing = false;

  constructor(file: string, counters: MutableCounters, hooks: CheckpointerHooks) {
    this.file = file;
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
    this.logDescriptor = openSync(this.file, 'r');
    const { file, logDescriptor } = this;
    const settings: CheckpointSettings = { file, logDescriptor, lookMs: LOOK_MS, walPagesMax: WAL_PAGES_MAX };
    const worker = startThread('checkpoint-thread', settings);
    this.worker = worker;
    this.exited = new Promise((resolve) => worker.once('exit', () => resolve()));
    worker.on('message', (reply: CheckpointReply | 'closed') => {
      if (reply !== 'closed') this.count(reply);
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
