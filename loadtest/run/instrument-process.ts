import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { InstrumentError } from '../instrument-error.ts';

/**
 * A Node process of the gate with a channel of typed messages. Waiting for one of them ends in a typed error when the process ends first, says that
 * it failed, or takes too long. It ends with this process, whatever happens to this one.
 */
interface Message {
  readonly type: string;
}

const KEPT_CHARS = 2_000;
const STOP_WITHIN_MS = 3_000;
const LAST_WORDS_MS = 200;

export class InstrumentProcess<To extends Message, From extends Message> {
  readonly name: string;
  readonly pid: number;
  private readonly child: ChildProcess;
  private readonly listeners = new Set<(message: From) => void>();
  private readonly kept: From[] = [];
  private stderr = '';
  private readonly closed: Promise<unknown>;
  private readonly kill = (): void => void this.child.kill('SIGKILL');

  constructor(name: string, script: URL, nodeFlags: readonly string[] = []) {
    this.name = name;
    this.child = spawn(process.execPath, ['--conditions=waymark-source', ...nodeFlags, fileURLToPath(script)], {
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    this.pid = this.child.pid!;
    process.on('exit', this.kill);
    // Not 'close': it does not come after a disconnect from this side (Node 24). What was said last is waited for a moment.
    this.closed = once(this.child, 'exit').then(() =>
      Promise.race([once(this.child.stderr!, 'close'), sleep(LAST_WORDS_MS)]),
    );
    this.child.stderr!.on(
      'data',
      (chunk: Buffer) => (this.stderr = (this.stderr + chunk.toString()).slice(-KEPT_CHARS)),
    );
    this.child.on('message', (message: From) => {
      this.kept.push(message);
      for (const listener of this.listeners) listener(message);
    });
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Both null while it lives. */
  get ending(): { readonly code: number | null; readonly signal: string | null } {
    return { code: this.child.exitCode, signal: this.child.signalCode };
  }

  send(message: To): void {
    if (this.child.connected) this.child.send(message);
  }

  on(listener: (message: From) => void): void {
    this.listeners.add(listener);
  }

  /** The first message of that type, from now on or already here. */
  async expect<T extends From['type']>(type: T, withinMs: number): Promise<Extract<From, { type: T }>> {
    const is = (message: From): message is Extract<From, { type: T }> => message.type === type;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve, reject) => {
        const look = (message: From): void => {
          if (is(message)) resolve(message);
          else if (message.type === 'failed')
            reject(this.error((message as { message?: string }).message ?? 'it failed'));
        };
        this.listeners.add(look);
        for (const message of this.kept) look(message);
        void this.closed.then(() => reject(this.ended()));
        timer = setTimeout(
          () => reject(new InstrumentError('timed-out', `the ${this.name} took more than ${withinMs} ms (${type})`)),
          withinMs,
        );
      });
    } finally {
      clearTimeout(timer);
    }
  }

  async stop(): Promise<void> {
    process.off('exit', this.kill);
    if (!this.running) return;
    // Losing its parent is what it ends by itself for; a process that hangs is killed.
    if (this.child.connected) this.child.disconnect();
    const late = setTimeout(this.kill, STOP_WITHIN_MS);
    await this.closed;
    clearTimeout(late);
  }

  private ended(): InstrumentError {
    const { exitCode, signalCode } = this.child;
    const how = signalCode === null ? `with code ${exitCode}` : `by ${signalCode}`;
    const said = this.stderr
      .trim()
      .split('\n')
      .findLast((line) => /\w/.test(line) && !/^\s+at |^Node\.js /.test(line));
    return this.error(`it ended ${how} before it had measured${said === undefined ? '' : `: ${said}`}`);
  }

  private error(what: string): InstrumentError {
    return new InstrumentError('instrument-ended', `the ${this.name} did not measure: ${what}`);
  }
}
