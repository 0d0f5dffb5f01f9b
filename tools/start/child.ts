import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parseLogLine, prettyLine, type StartFault } from '@waymark/platform';
import type { LogFile } from './log-file.ts';
import type { Program } from './programs.ts';

/**
 * One process under the supervisor: its output goes to its log file, warnings and errors of it to the terminal too. It has an IPC
 * channel, whose end tells it that the supervisor is gone, and by which it knows that a terminal's Ctrl-C is the supervisor's to answer (shutdown.ts), which stops things
 * in order. It stays in the supervisor's session: Linux shares the CPU by sessions first (autogroup), and in one of its own the gateway was
 * interrupted two to five times as often, and frames came up to 300 ms late (docs/performance.md).
 */
export interface ChildOptions {
  readonly program: Program;
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: LogFile;
  /** Shows a line to people. */
  readonly show: (line: string) => void;
  readonly onMessage?: (message: unknown) => void;
}

const WARN = 40;
/** More than so many lines a second are left to the log file. */
const SHOWN_A_SECOND_MAX = 20;
/** Of what a dying process wrote to standard error, kept for the sentence about its death. */
const LAST_LINES_MAX = 30;

export class Child {
  readonly program: Program;
  /** Settles when the process is gone and all it wrote is read. Never rejects. */
  readonly ended: Promise<void>;
  running = true;
  private readonly options: ChildOptions;
  private readonly child: ChildProcess;
  private readonly lastErrors: string[] = [];
  private startFault: string | undefined;
  private started = false;
  private shownInSecond = 0;
  private second = 0;

  constructor(options: ChildOptions) {
    this.options = options;
    this.program = options.program;
    this.child = spawn(process.execPath, options.program.args, {
      cwd: options.root,
      env: options.env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.child.on('message', (message) => this.messageCame(message));
    const read = [this.child.stdout!, this.child.stderr!].map((stream, index) => {
      const lines = createInterface({ input: stream });
      lines.on('line', (line) => this.lineCame(line, index === 1));
      return new Promise<void>((resolve) => lines.once('close', resolve));
    });
    const exited = new Promise<void>((resolve) => {
      this.child.once('exit', () => resolve());
      this.child.once('error', (error) => {
        this.lastErrors.push(error.message);
        resolve();
      });
    });
    this.ended = Promise.all([exited, ...read]).then(() => {
      this.running = false;
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** What it said so far was kept, in case the start failed; that is shown now, and from now on everything as it comes. */
  markStarted(): void {
    this.started = true;
    for (const line of this.lastErrors.splice(0)) this.showBounded(line);
  }

  /** Why it ended, for people; empty when it gave no reason. */
  get lastWords(): string {
    if (this.startFault !== undefined) return this.startFault;
    const { exitCode, signalCode } = this.child;
    const how = signalCode === null ? `with exit code ${exitCode}` : `by signal ${signalCode}`;
    const what = this.started ? 'ended' : 'could not start: it ended';
    const sentence = `The ${this.program.title} ${what} ${how}, so everything was stopped. Its log: ${this.options.log.path}`;
    return [sentence, ...this.lastErrors].join('\n');
  }

  /** Tells it to stop, and kills it when it has not within its time. False when it had to be killed. */
  async stop(): Promise<boolean> {
    if (!this.running) return true;
    this.child.kill('SIGTERM');
    let killed = false;
    const late = setTimeout(() => {
      killed = true;
      this.child.kill('SIGKILL');
    }, this.program.stopMs);
    await this.ended;
    clearTimeout(late);
    return !killed;
  }

  private messageCame(message: unknown): void {
    const { sentence, type } = message as Partial<StartFault>;
    if (type === 'start-fault' && typeof sentence === 'string') this.startFault = sentence;
    else this.options.onMessage?.(message);
  }

  private lineCame(line: string, isError: boolean): void {
    this.options.log.write(line);
    const entry = parseLogLine(line);
    if (entry !== undefined ? entry.level < WARN : !isError) return;
    const shown = entry === undefined ? `${this.program.name}: ${line}` : prettyLine(line);
    if (this.started) this.showBounded(shown);
    else if (this.lastErrors.push(shown) > LAST_LINES_MAX) this.lastErrors.shift();
  }

  private showBounded(line: string): void {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.second) this.shownInSecond = 0;
    this.second = second;
    this.shownInSecond += 1;
    if (this.shownInSecond < SHOWN_A_SECOND_MAX) this.options.show(line);
    else if (this.shownInSecond === SHOWN_A_SECOND_MAX) this.options.show(`... and more in ${this.options.log.path}`);
  }
}
