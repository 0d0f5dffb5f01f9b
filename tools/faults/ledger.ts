import { closeSync, fdatasync, openSync, readFileSync, writeSync } from 'node:fs';

/**
 * What was asked and what was answered, in a file of the run's own process: no app can lose it. A line is on the disk before what it says is acted upon:
 * a command is noted before it is sent first, and counts as acknowledged once its answer is noted. Lines that wait share one sync.
 */
export interface Asked {
  readonly kind: 'asked';
  /** The Idempotency-Key, unique in a run. */
  readonly key: string;
  /** In words: draft, reach, ... */
  readonly command: string;
  readonly method: 'POST' | 'DELETE';
  readonly path: string;
  /** Null: none is sent. */
  readonly body: object | null;
  /** The stream that it writes; null where only the answer tells (what a command makes). */
  readonly stream: string | null;
}

export interface Answered {
  readonly kind: 'answered';
  readonly key: string;
  readonly status: number;
  /** Less what is told as it is now: a ticket is used once, and the gateway is one that lives (with Redis the directory names it). */
  readonly body: Readonly<Record<string, unknown>>;
  /** Times it was sent until somebody answered. */
  readonly attempts: number;
}

export interface Entry {
  readonly asked: Asked;
  /** Null: nobody ever gave a definite answer. */
  answered: Answered | null;
}

export class Ledger {
  readonly file: string;
  private readonly handle: number;
  private waiting: (() => void)[] = [];
  private syncing = false;

  constructor(file: string) {
    this.file = file;
    this.handle = openSync(file, 'a');
  }

  /** Resolves when the line is on the disk. */
  note(line: Asked | Answered): Promise<void> {
    writeSync(this.handle, `${JSON.stringify(line)}\n`);
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.sync();
    });
  }

  close(): void {
    closeSync(this.handle);
  }

  private sync(): void {
    if (this.syncing || this.waiting.length === 0) return;
    const served = this.waiting;
    this.waiting = [];
    this.syncing = true;
    fdatasync(this.handle, (error) => {
      if (error !== null) throw error;
      this.syncing = false;
      for (const resolve of served) resolve();
      this.sync();
    });
  }
}

/** By key, from the file. Throws when a key was asked twice as two commands, or answered without having been asked. */
export function readLedger(file: string): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const text of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const line = JSON.parse(text) as Asked | Answered;
    const entry = entries.get(line.key);
    if (line.kind === 'asked') {
      if (entry !== undefined) throw new Error(`the ledger has ${line.key} twice`);
      entries.set(line.key, { asked: line, answered: null });
    } else {
      if (entry === undefined || entry.answered !== null) throw new Error(`the ledger answers ${line.key} out of turn`);
      entry.answered = line;
    }
  }
  return entries;
}
