import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InstrumentError } from '../instrument-error.ts';
import type { GeneratorMeasurement, Measurement } from '../measure/measurement.ts';
import { bundleScript } from './bundle.ts';
import { readK6Output } from './k6-output.ts';
import type { K6Plan } from './k6-plan.ts';

/** One run of k6: a process in a directory of its own, which holds its plan, its script, what it logged and what it measured. */
export interface K6Options {
  /** Path of the program. */
  readonly binary: string;
  /** Empty, for this run alone: what lies there afterwards is of this run. */
  readonly directory: string;
  readonly plan: K6Plan;
  /** GOGC, GOMAXPROCS and the like. */
  readonly env?: NodeJS.ProcessEnv;
}

const EXIT_THRESHOLDS = 99;
const STOP_WITHIN_MS = 3_000;

export class K6Run {
  readonly pid: number;
  private readonly options: K6Options;
  private readonly child: ChildProcess;
  private readonly closed: Promise<unknown>;
  private readonly kill = (): void => void this.child.kill('SIGKILL');

  private constructor(options: K6Options) {
    const { binary, directory, env } = options;
    this.options = options;
    this.child = spawn(
      binary,
      [
        ...['run', '--quiet', '--no-usage-report', '--no-color', '--summary-mode=disabled', '--log-format=raw'],
        ...['--console-output', join(directory, OUTPUT), join(directory, SCRIPT)],
      ],
      {
        cwd: directory,
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, ...env, WAYMARK_K6_PLAN: join(directory, PLAN), K6_WEB_DASHBOARD: 'false' },
      },
    );
    process.on('exit', this.kill);
    this.pid = this.child.pid ?? 0;
    if (this.pid !== 0) endWithThisProcess(this.child);
    const log = createWriteStream(join(directory, LOG));
    // A full disk is told by the run; k6 must not wait for its log.
    log.on('error', () => this.child.stderr!.resume());
    this.child.stderr!.pipe(log);
    this.closed = new Promise((resolve) => {
      this.child.once('close', resolve);
      this.child.once('error', resolve);
    });
  }

  static async start(options: K6Options): Promise<K6Run> {
    writeFileSync(join(options.directory, PLAN), JSON.stringify(options.plan), { mode: 0o600 });
    bundleScript(join(options.directory, SCRIPT));
    const run = new K6Run(options);
    if (run.pid === 0) await Promise.race([run.closed, once(run.child, 'spawn')]);
    return run;
  }

  /** Settles once k6 is gone, whole or not. */
  async ended(): Promise<void> {
    await this.closed;
  }

  /** Its thresholds are on counts that the judge has too: 99 is a whole measurement. Both null while it lives. */
  get ending(): { readonly code: number | null; readonly signal: string | null } {
    const { exitCode, signalCode } = this.child;
    return { code: exitCode === EXIT_THRESHOLDS ? 0 : exitCode, signal: signalCode };
  }

  /** What it measured; to be called after ended(). */
  measurement(usage: Pick<GeneratorMeasurement, 'cores' | 'rssBytes'>): Measurement {
    const { exitCode, signalCode } = this.child;
    // Its own thresholds are on counts that the judge has too, with the evidence.
    if (exitCode !== 0 && exitCode !== EXIT_THRESHOLDS) {
      const how = signalCode === null ? `with code ${exitCode}` : `by ${signalCode}`;
      throw new InstrumentError('instrument-ended', `k6 ended ${how} before it had measured${this.lastWords()}`);
    }
    let text: string;
    try {
      text = readFileSync(join(this.options.directory, OUTPUT), 'utf8');
    } catch {
      throw new InstrumentError('output-unusable', `k6 left no output behind${this.lastWords()}`);
    }
    return readK6Output(text, this.options.plan, usage);
  }

  async stop(): Promise<void> {
    process.off('exit', this.kill);
    if (this.child.exitCode !== null || this.child.signalCode !== null || this.pid === 0) return;
    this.child.kill('SIGTERM');
    const late = setTimeout(this.kill, STOP_WITHIN_MS);
    await this.closed;
    clearTimeout(late);
  }

  private lastWords(): string {
    try {
      const line = readFileSync(join(this.options.directory, LOG), 'utf8').trim().split('\n').at(-1);
      return line === undefined || line === '' ? '' : `: ${line}`;
    } catch {
      return '';
    }
  }
}

/** Also when this process is killed, and can do nothing about it: k6 has no channel, so a shell waits for the end of one and passes that on. */
function endWithThisProcess(child: ChildProcess): void {
  const watcher = spawn('sh', ['-c', 'read -r _; kill -KILL "$0"', String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watcher.once('error', () => undefined);
  watcher.stdin.on('error', () => undefined);
  watcher.unref();
  child.once('exit', () => watcher.kill('SIGKILL'));
}

const PLAN = 'plan.json';
const SCRIPT = 'players.js';
const OUTPUT = 'measured.jsonl';
const LOG = 'k6.log';
