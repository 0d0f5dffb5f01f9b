import { setImmediate as nextTurn } from 'node:timers/promises';
import { READ_PAGE_EVENTS, type Clock } from '@waymark/base';
import { gameDeadline, type GameDeadline } from '@waymark/domain';
import type { EventStore, RecordedEvent } from '@waymark/event-store';
import type { Alarm } from './alarm.ts';
import { DueHeap } from './due-heap.ts';
import type { LiveGames } from './live-games.ts';

/**
 * Starts games at `startsAt` and ends them at their time limit. It keeps nothing of its own: deadlines follow from the log (rebuild at
 * start, observe after it), one timer waits for the earliest, and what is due becomes a command like any other, which the domain may
 * refuse and whose expected revision makes it happen once. What fell due while the process was down is caught up at start.
 */
export interface SchedulerParts {
  readonly liveGames: LiveGames;
  readonly clock: Clock;
  readonly alarm: Alarm;
  /** Gives the command. Rejects when it could not be decided now; it is given again later. */
  readonly act: (gameId: string, deadline: GameDeadline) => Promise<void>;
  /** For the log. */
  readonly onFault: (gameId: string, error: unknown) => void;
}

/** Commands at a time: after a long stop thousands can be due at once, and callers should still get their turn. */
const ACTIONS_AT_ONCE_MAX = 64;
const RETRY_AFTER_MS = 1_000;
/** Entries that no longer hold are thrown out when they outnumber the live games so much. */
const STALE_FACTOR = 2;
const STALE_FLOOR = 1_024;

export class Scheduler {
  private readonly parts: SchedulerParts;
  private readonly heap = new DueHeap();
  private running = false;
  private stopped = false;
  private acting: Promise<void> | null = null;
  /** Commands given, and those that have to be given again. */
  readonly counts = { acted: 0, retried: 0 };

  constructor(parts: SchedulerParts) {
    this.parts = parts;
  }

  /** Deadlines waiting, some of which may no longer hold. */
  get waiting(): number {
    return this.heap.size;
  }

  /** One pass over the log; the position that it came to. Before start(). */
  async rebuild(store: Pick<EventStore, 'readAll'>): Promise<bigint> {
    let after = 0n;
    for (;;) {
      const page = await store.readAll({ after, maxCount: READ_PAGE_EVENTS });
      if (page.length === 0) break;
      for (const event of page) this.parts.liveGames.observe(event);
      after = page.at(-1)!.position;
      await nextTurn();
    }
    this.refill();
    return after;
  }

  /** To be called with every commit, in order. */
  observe(events: readonly RecordedEvent[]): void {
    let earliest = this.heap.nextAt;
    for (const event of events) {
      const gameId = this.parts.liveGames.observe(event);
      if (gameId !== null) this.plan(gameId);
    }
    if (this.heap.size > STALE_FLOOR + STALE_FACTOR * this.parts.liveGames.gameCount) {
      this.refill();
      earliest = Infinity;
    }
    if (this.running && this.heap.nextAt < earliest) this.arm();
  }

  start(): void {
    this.running = true;
    this.arm();
  }

  /** Gives no more commands; resolves when those under way are done. */
  async stop(): Promise<void> {
    this.running = false;
    this.stopped = true;
    this.parts.alarm.clear();
    await this.acting;
  }

  /** Gives the commands of all that is due now. Resolves when they have been given. */
  async actOnDue(): Promise<void> {
    const now = this.parts.clock.now();
    while (!this.stopped && this.heap.nextAt <= now) {
      const batch: Promise<void>[] = [];
      while (this.heap.nextAt <= now && batch.length < ACTIONS_AT_ONCE_MAX)
        batch.push(this.act(this.heap.pop()!.gameId));
      await Promise.all(batch);
    }
  }

  private async act(gameId: string): Promise<void> {
    const game = this.parts.liveGames.get(gameId);
    const deadline = game === undefined ? null : gameDeadline(game.life);
    if (deadline === null || deadline.dueAt > this.parts.clock.now()) return;
    try {
      await this.parts.act(gameId, deadline);
      this.counts.acted += 1;
    } catch (error) {
      this.parts.onFault(gameId, error);
    }
    // The commit was observed before this line: where the deadline still stands, nothing has happened yet.
    if (this.parts.liveGames.get(gameId) !== game || gameDeadline(game!.life)?.dueAt !== deadline.dueAt) return;
    this.counts.retried += 1;
    this.heap.push({ at: this.parts.clock.now() + RETRY_AFTER_MS, gameId });
  }

  private plan(gameId: string): void {
    const game = this.parts.liveGames.get(gameId);
    const deadline = game === undefined ? null : gameDeadline(game.life);
    if (deadline !== null) this.heap.push({ at: deadline.dueAt, gameId });
  }

  private refill(): void {
    this.heap.clear();
    for (const gameId of this.parts.liveGames.ids()) this.plan(gameId);
  }

  private arm(): void {
    if (this.heap.nextAt === Infinity) return;
    this.parts.alarm.set(this.heap.nextAt, () => {
      if (this.acting !== null) return;
      this.acting = this.actOnDue().finally(() => {
        this.acting = null;
        if (this.running) this.arm();
      });
    });
  }
}
