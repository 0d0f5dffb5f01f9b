import { APPENDS_PENDING_MAX, assert } from '@waymark/base';
import type { Worker } from 'node:worker_threads';
import { notJson } from '../append-check.ts';
import { CommitListeners } from '../commit-listeners.ts';
import { StoreClosedError } from '../event-store.ts';
import type { AppendResult, ExpectedRevision, NewEvent, RecordedEvent } from '../event-store.ts';
import type { MutableCounters } from './sqlite-counters.ts';
import { StoreOpenError } from '../store-open-error.ts';
import type { StoreOpenFailure } from '../store-open-error.ts';
import { PACE_MS, SendPace } from './send-pace.ts';
import { startThread } from './start-thread.ts';
import { ANSWER, ANSWER_ITEMS, encodeExpected } from './writer-messages.ts';
import type { AppendMessage, WriterReply, WriterSettings } from './writer-messages.ts';

/**
 * The store's side of the writer thread: sends the appends of a turn of the event loop as one message, or those of a few turns while there are many, keeps what
 * was asked in order, and matches the answers to it. This is the hottest path of the command app. Owned by the SQLite store.
 */

export interface AskedAppend {
  readonly stream: string;
  readonly events: readonly NewEvent[];
  readonly expected: ExpectedRevision;
  readonly metadataTexts: readonly string[];
  readonly created: number;
}

interface PendingAppend {
  readonly asked: AskedAppend;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: Error) => void;
}

export class WriterClient {
  readonly listeners = new CommitListeners();
  private readonly worker: Worker;
  private readonly counters: MutableCounters;
  private readonly onFault: (error: Error) => void;
  private pending: PendingAppend[] = [];
  private outbox: AppendMessage = [];
  private readonly pace = new SendPace();
  /** Made when first needed, and used again: one timer, not one a message. */
  private timer: NodeJS.Timeout | undefined;
  private fault: Error | undefined;
  private closing: PromiseWithResolvers<void> | undefined;

  private constructor(worker: Worker, counters: MutableCounters, onFault: (error: Error) => void) {
    this.worker = worker;
    this.counters = counters;
    this.onFault = onFault;
    worker.on('message', (reply: WriterReply | number[]) => this.receive(reply));
    worker.on('error', (error: unknown) => this.fail(error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', (code) => this.fail(new Error(`it ended with code ${code}`)));
  }

  /** Starts the thread and waits until it has the log. Rejects with StoreOpenError. */
  static async open(
    settings: WriterSettings,
    counters: MutableCounters,
    onFault: (error: Error) => void,
  ): Promise<{ readonly writer: WriterClient; readonly logId: string }> {
    const worker = startThread('writer-thread', settings);
    const reply = await new Promise<WriterReply>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    // By name: without one, Node's own listeners go too, and messages stop.
    worker.removeAllListeners('message');
    worker.removeAllListeners('error');
    if (reply.kind === 'refused') throw new StoreOpenError(reply.failure as StoreOpenFailure, reply.message);
    assert(reply.kind === 'opened', 'a writer thread first says whether it has the log');
    return { writer: new WriterClient(worker, counters, onFault), logId: reply.logId };
  }

  append(asked: AskedAppend): Promise<AppendResult> {
    if (this.fault !== undefined) {
      this.counters.unavailable += 1;
      return Promise.resolve({ outcome: 'unavailable', reason: `the writer has failed: ${this.fault.message}` });
    }
    if (this.pending.length >= APPENDS_PENDING_MAX) {
      this.counters.unavailable += 1;
      return Promise.resolve({ outcome: 'unavailable', reason: `${APPENDS_PENDING_MAX} appends wait already` });
    }
    return new Promise((resolve, reject) => {
      this.pending.push({ asked, resolve, reject });
      const { outbox } = this;
      const now = performance.now();
      if (outbox.length === 0) this.planFlush(now);
      this.pace.asked(now);
      outbox.push(asked.stream, encodeExpected(asked.expected), asked.created, asked.events.length);
      for (let index = 0; index < asked.events.length; index++) {
        const event = asked.events[index]!;
        outbox.push(event.id, event.type, event.data, asked.metadataTexts[index]!);
      }
    });
  }

  get pendingCount(): number {
    return this.pending.length;
  }

  /** Asks the writer to copy the rest of the WAL between two groups. */
  finishCheckpoint(): void {
    if (this.fault === undefined && this.closing === undefined) this.worker.postMessage('checkpoint');
  }

  close(): Promise<void> {
    if (this.closing !== undefined) return this.closing.promise;
    this.closing = Promise.withResolvers<void>();
    if (this.fault !== undefined) this.closing.resolve();
    else {
      this.flush();
      this.worker.postMessage('close');
    }
    return this.closing.promise;
  }

  private planFlush(now: number): void {
    if (this.pace.mayGo(now)) queueMicrotask(this.flush);
    else if (this.timer === undefined) this.timer = setTimeout(this.flush, PACE_MS);
    else this.timer.refresh();
  }

  private readonly flush = (): void => {
    if (this.outbox.length === 0 || this.fault !== undefined) return;
    this.worker.postMessage(this.outbox);
    this.outbox = [];
    this.pace.sent(performance.now());
  };

  private receive(reply: WriterReply | number[]): void {
    if (Array.isArray(reply)) this.answerGroup(reply);
    else if (reply.kind === 'failed') {
      const { outcome, reason } = reply;
      this.counters[outcome] += reply.count;
      for (const { resolve } of this.pending.splice(0, reply.count)) resolve({ outcome, reason });
    } else if (reply.kind === 'checkpoint_failed') this.counters.checkpointFailures += 1;
    else if (reply.kind === 'checkpointed') {
      this.counters.checkpointBlockedMs += reply.ms;
      this.counters.checkpointBlockedMsMax = Math.max(this.counters.checkpointBlockedMsMax, reply.ms);
    }
  }

  /** The group is durable: its events are handed to the listeners, then its appends are answered. */
  private answerGroup(answers: readonly number[]): void {
    const group = this.pending.splice(0, answers.length / ANSWER_ITEMS);
    const committed: RecordedEvent[] = [];
    const isHeard = !this.listeners.isEmpty;
    let eventCount = 0;
    for (let index = 0; index < group.length; index++) {
      if (answers[index * ANSWER_ITEMS] !== ANSWER.COMMITTED) continue;
      const { asked } = group[index]!;
      eventCount += asked.events.length;
      if (isHeard) record(asked, answers[index * ANSWER_ITEMS + 1]!, answers[index * ANSWER_ITEMS + 2]!, committed);
    }
    const { counters } = this;
    counters.appends += group.length;
    counters.events += eventCount;
    if (eventCount > 0) counters.commits += 1;
    if (group.length > counters.groupAppendsMax) counters.groupAppendsMax = group.length;
    if (committed.length > 0) this.listeners.call(committed);
    for (let index = 0; index < group.length; index++) {
      const { asked, reject, resolve } = group[index]!;
      const offset = index * ANSWER_ITEMS;
      if (answers[offset] === ANSWER.NOT_JSON) reject(notJson(asked.events[answers[offset + 1]!]!));
      else resolve(this.resultOf(asked, answers[offset]!, answers[offset + 1]!, answers[offset + 2]!));
    }
  }

  private resultOf(asked: AskedAppend, answer: number, first: number, second: number): AppendResult {
    if (answer === ANSWER.CONFLICT) {
      this.counters.conflicts += 1;
      return { outcome: 'conflict', expected: asked.expected, actual: first === -1 ? 'no_stream' : BigInt(first) };
    }
    if (answer === ANSWER.ID_REUSED) {
      this.counters.idsReused += 1;
      return { outcome: 'id_reused', eventId: asked.events[first]!.id };
    }
    const repeated = answer === ANSWER.REPEATED;
    if (repeated) this.counters.repeats += 1;
    return { outcome: 'committed', revision: BigInt(first), position: BigInt(second), repeated };
  }

  /** The thread is gone. What it was asked may have happened: its callers settle that by asking again, of another process. */
  private fail(error: Error): void {
    if (this.fault !== undefined) return;
    this.fault = this.closing === undefined ? error : new StoreClosedError();
    const lost = this.pending.splice(0);
    this.counters.unknown += lost.length;
    for (const { resolve } of lost) resolve({ outcome: 'unknown', reason: `the writer has failed: ${error.message}` });
    if (this.closing === undefined)
      this.onFault(new Error(`the writer of the event store has failed: ${error.message}`, { cause: error }));
    else this.closing.resolve();
  }
}

function record(asked: AskedAppend, lastRevision: number, lastPosition: number, into: RecordedEvent[]): void {
  const { stream, events, created } = asked;
  for (let index = 0; index < events.length; index++) {
    const event = events[index]!;
    const before = events.length - 1 - index;
    into.push({
      id: event.id,
      type: event.type,
      data: event.data,
      metadata: event.metadata,
      stream,
      revision: BigInt(lastRevision - before),
      position: BigInt(lastPosition - before),
      created,
    });
  }
}
