import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteEventStore } from './sqlite-event-store.ts';
import type { SqliteEventStore, SqliteEventStoreOptions } from './sqlite-event-store.ts';

/** What the tests of the SQLite store share: a directory that goes away, and other processes that write the same log. */
export class StoreSandbox {
  readonly directory = mkdtempSync(join(tmpdir(), 'waymark-store-'));
  readonly file = join(this.directory, 'events.db');
  private readonly cleanups: (() => unknown)[] = [];

  async open(options: Partial<SqliteEventStoreOptions> = {}): Promise<SqliteEventStore> {
    const store = await openSqliteEventStore({ file: this.file, walBytes: 1024 * 1024, ...options });
    this.cleanups.push(() => store.close());
    return store;
  }

  /**
   * Another process with this store open as `store`, running `body`; `event(n)` makes events, `say(text)` writes a line to the test.
   * It is killed at the end of the test at the latest.
   */
  process(body: string): ChildProcessWithoutNullStreams {
    const script = `
      import { writeSync } from 'node:fs';
      import { openSqliteEventStore } from ${JSON.stringify(new URL('./sqlite-event-store.ts', import.meta.url).href)};
      import { event } from ${JSON.stringify(new URL('../contract/contract-kit.ts', import.meta.url).href)};
      const say = (text) => writeSync(1, text + '\\n');
      const file = ${JSON.stringify(this.file)};
      ${body}`;
    const args = ['--conditions=waymark-source', '--input-type=module', '-e', script];
    const child = spawn(process.execPath, args, { env: { ...process.env, NODE_OPTIONS: '' } });
    this.cleanups.push(() => child.kill('SIGKILL'));
    return child;
  }

  onCleanup(cleanup: () => unknown): void {
    this.cleanups.push(cleanup);
  }

  async dispose(): Promise<void> {
    for (const cleanup of this.cleanups.toReversed()) await cleanup();
    rmSync(this.directory, { recursive: true });
  }
}

/** Calls `onLine` with each whole line that the process says. */
export function onLines(child: ChildProcessWithoutNullStreams, onLine: (line: string) => void): void {
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) onLine(line);
  });
}

/** Gives the lines that the process says, one a call; rejects with its errors when it ends without another. */
export function linesOf(child: ChildProcessWithoutNullStreams): () => Promise<string> {
  const lines: string[] = [];
  let errors = '';
  let end: Error | undefined;
  let wake: () => void = () => {};
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  onLines(child, (line) => {
    lines.push(line);
    wake();
  });
  child.once('close', (code, signal) => {
    end = new Error(`the process ended with ${code ?? signal}: ${errors}`);
    wake();
  });
  return async () => {
    while (lines.length === 0) {
      if (end !== undefined) throw end;
      await new Promise<void>((resolve) => (wake = resolve));
    }
    return lines.shift()!;
  };
}

export const firstLine = (child: ChildProcessWithoutNullStreams): Promise<string> => linesOf(child)();

export function ended(child: ChildProcessWithoutNullStreams): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('close', () => resolve());
  });
}
