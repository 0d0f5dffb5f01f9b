import { Worker } from 'node:worker_threads';
import { Problem } from '@waymark/platform';
import type { QuestJob, QuestJobDone, QuestReport } from './quest-messages.ts';

/**
 * Hands quest documents to a thread of their own, so that the event loop never waits for 8,500 waypoints to be parsed. One thread, jobs in
 * order, a bounded queue. A thread that dies fails the jobs it had; one that had nothing to do for a while is ended, because it holds some
 * 30 MB; the next job starts another (about 50 ms).
 */
const JOBS_MAX = 64;
/** Two megabytes of JSON parsed take some 30 MB; a document that needs more than this is not a quest. */
const THREAD_HEAP_MB = 128;
const IDLE_MS = 30_000;

interface Job {
  readonly resolve: (report: QuestReport) => void;
  readonly reject: (error: Error) => void;
}

export class QuestWorker {
  private thread: Worker | null = null;
  private readonly jobs = new Map<number, Job>();
  private lastJobId = 0;
  private idleTimer: NodeJS.Timeout | undefined;
  private closed = false;
  readonly counts = { checked: 0, refused: 0, threadsStarted: 0 };
  private readonly idleMs: number;

  constructor(options: { readonly idleMs?: number } = {}) {
    this.idleMs = options.idleMs ?? IDLE_MS;
  }

  get pending(): number {
    return this.jobs.size;
  }

  /** Whether a thread stands ready. */
  get isWarm(): boolean {
    return this.thread !== null;
  }

  /** Starts the thread ahead of the first document, which would otherwise wait for it. */
  warmUp(): void {
    this.thread ??= this.startThread();
    this.endWhenIdle();
  }

  /** Takes `bytes` over: the caller must not use them any more. Rejects with a Problem when too many documents wait. */
  async check(bytes: Uint8Array, options: { readonly lint: boolean }): Promise<QuestReport> {
    if (this.closed) throw new Problem('shutting-down', 'the process is stopping', { retryAfterSeconds: 1 });
    if (this.jobs.size >= JOBS_MAX) {
      throw new Problem('overloaded', `${JOBS_MAX} quest documents are waiting`, { retryAfterSeconds: 1 });
    }
    this.warmUp();
    const own = ownBuffer(bytes);
    this.lastJobId += 1;
    const job: QuestJob = { jobId: this.lastJobId, bytes: own, lint: options.lint };
    const report = await new Promise<QuestReport>((resolve, reject) => {
      this.jobs.set(job.jobId, { resolve, reject });
      this.thread!.postMessage(job, [own.buffer as ArrayBuffer]);
    });
    if (report.kind === 'fault') throw new Error(`the quest check failed: ${report.message}`);
    this.counts.checked += 1;
    if (report.kind !== 'checked' || !report.check.valid) this.counts.refused += 1;
    return report;
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.idleTimer);
    await this.thread?.terminate();
  }

  private startThread(): Worker {
    const isSource = import.meta.url.endsWith('.ts');
    const thread = new Worker(new URL(isSource ? './quest-thread.ts' : './quest-thread.js', import.meta.url), {
      execArgv: isSource ? ['--conditions=waymark-source'] : [],
      resourceLimits: { maxOldGenerationSizeMb: THREAD_HEAP_MB },
      name: 'waymark-quest-thread',
    });
    this.counts.threadsStarted += 1;
    thread.unref();
    thread.on('message', ({ jobId, report }: QuestJobDone) => {
      this.jobs.get(jobId)?.resolve(report);
      this.jobs.delete(jobId);
    });
    thread.on('error', (error) => this.lose(thread, error as Error));
    thread.on('exit', () => this.lose(thread, new Error('the quest thread has ended')));
    return thread;
  }

  /** Counts anew from each job. */
  private endWhenIdle(): void {
    clearTimeout(this.idleTimer);
    this.idleTimer = setTimeout(() => {
      if (this.jobs.size > 0) return this.endWhenIdle();
      const idle = this.thread;
      this.thread = null;
      void idle?.terminate();
    }, this.idleMs).unref();
  }

  private lose(thread: Worker, error: Error): void {
    if (this.thread !== thread) return;
    this.thread = null;
    const lost = [...this.jobs.values()];
    this.jobs.clear();
    for (const job of lost) {
      job.reject(
        this.closed
          ? new Problem('shutting-down', 'the process is stopping', { retryAfterSeconds: 1, cause: error })
          : error,
      );
    }
  }
}

/** The bytes alone in their buffer, which can then be handed over without a copy. */
function ownBuffer(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
}
