import { BucketTally, type Clock } from '@waymark/base';
import type { FrameContext, TickSchedule } from '@waymark/tick-engine';
import type { FanOut } from './fan-out.ts';

/**
 * The heart beat: wakes up when the next slot of the schedule is due and serves every game of it. Node's timers count whole milliseconds
 * and may be early by a part of one: what is not due yet is left for the next turn. Measured: Node allocates about 240 bytes to wake up for a
 * timer, however it is armed, so sleeping to the next slot (200 wake-ups a second at slots of 5 ms) and not for 1 ms at a time saves
 * 12 MB of garbage a minute.
 */
export interface TickLoopParts {
  readonly schedule: TickSchedule;
  readonly fanOut: FanOut;
  readonly clock: Clock;
  readonly context: FrameContext;
  /** Upper edges of the two histograms, seconds, ascending. */
  readonly latenessEdgesSeconds: readonly number[];
  readonly turnEdgesSeconds: readonly number[];
}

export class TickLoop {
  /** Game ticks served. A double from the start (frame-counts.ts says why): at 13,333 a second it passes 2^31 within two days. */
  tickCount = -0;
  wakeUpCount = 0;
  /** Epoch ms of the last time that games were looked for. */
  lastTurnAt = 0;
  /** Of each tick, from when it was due to when its frames were handed to the sockets. */
  readonly lateness: BucketTally;
  /** Of each turn that had ticks to serve, from its start to its end: what encoding and writing took. */
  readonly turns: BucketTally;
  private readonly parts: TickLoopParts;
  private timer: NodeJS.Timeout | null = null;

  constructor(parts: TickLoopParts) {
    this.parts = parts;
    this.lateness = new BucketTally(parts.latenessEdgesSeconds);
    this.turns = new BucketTally(parts.turnEdgesSeconds);
  }

  start(): void {
    this.lastTurnAt = this.parts.clock.now();
    this.timer = setTimeout(this.turn, SLEEP_MS_MIN);
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private readonly turn = (): void => {
    const { schedule, fanOut, clock, context } = this.parts;
    const now = clock.now();
    this.wakeUpCount += 1;
    this.lastTurnAt = now;
    const count = schedule.collectDue(now);
    const { due, dueAt, dueTick } = schedule;
    context.now = now;
    for (let i = 0; i < count; i++) {
      context.dueAt = dueAt[i]!;
      context.tick = dueTick[i]!;
      fanOut.tickGame(due[i]!, context);
    }
    if (count > 0) this.account(count, now);
    this.sleep();
  };

  private sleep(): void {
    if (this.timer === null) return;
    const { schedule, clock } = this.parts;
    const untilDueMs = Math.ceil(schedule.nextDueAt() - clock.now());
    this.timer = setTimeout(this.turn, Math.min(Math.max(untilDueMs, SLEEP_MS_MIN), SLEEP_MS_MAX));
  }

  /** The whole turn's ticks are counted as late as the turn's end: the last of them was. One clock reading a turn. */
  private account(count: number, startedAt: number): void {
    const { schedule, clock } = this.parts;
    const { lateness } = this;
    const { dueAt } = schedule;
    const endedAt = clock.now();
    this.tickCount += count;
    this.turns.add((endedAt - startedAt) / 1_000);
    for (let i = 0; i < count; i++) lateness.add((endedAt - dueAt[i]!) / 1_000);
  }
}

const SLEEP_MS_MIN = 1;
/** So that a game that is added to an idle gateway does not wait, and readiness sees that the ticker lives. */
const SLEEP_MS_MAX = 20;
