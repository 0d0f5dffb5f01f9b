import { assert } from '@waymark/base';

/**
 * When each game ticks. The period is cut into slots, a game sits in one of them for its whole life, and a slot's games are due together:
 *
 *   due(n) = startedAt + period(n) * periodMs + offset(n),  period(n) = floor(n / slotCount), offset(n) = (n mod slotCount) * periodMs / slotCount
 *
 * multiplied out for each n, never added up, so the schedule does not drift. A new game goes to the slot with the fewest games. When
 * collectDue comes late by more than a period, ticks are skipped and counted: a game is due at most once in each call, with its latest
 * due time. The members of a slot are a doubly linked list inside two Int32Arrays. Called by the gateway's ticker.
 */
export interface TickScheduleOptions {
  readonly gamesMax: number;
  readonly periodMs: number;
  /** Width wanted; the period is cut into equal slots of about this much. */
  readonly slotWidthMs?: number;
}

export const SLOT_WIDTH_MS_DEFAULT = 1;

const NONE = -1;

export class TickSchedule {
  readonly gamesMax: number;
  readonly periodMs: number;
  readonly slotCount: number;

  /** What the last collectDue found, in due order: game, when it was due (epoch ms), and the number of that period since the start. */
  readonly due: Int32Array;
  readonly dueAt: Float64Array;
  readonly dueTick: Uint32Array;

  gameCount = 0;
  /** Ticks of games that were left out because the ticker came more than a period late. */
  skippedCount = 0;

  private readonly slotOf: Int32Array;
  private readonly next: Int32Array;
  private readonly previous: Int32Array;
  private readonly first: Int32Array;
  private readonly load: Int32Array;
  private readonly offsetMs: Float64Array;
  private startedAt = Number.NaN;
  /** The slot turn that is due next, counted from the start through all periods: the n of due(n). */
  private turn = 0;

  constructor({ gamesMax, periodMs, slotWidthMs = SLOT_WIDTH_MS_DEFAULT }: TickScheduleOptions) {
    assert(gamesMax > 0, 'a schedule has room for a game');
    assert(periodMs > 0 && slotWidthMs > 0, 'a period and a slot take time');
    this.gamesMax = gamesMax;
    this.periodMs = periodMs;
    this.slotCount = Math.max(1, Math.round(periodMs / slotWidthMs));
    this.due = new Int32Array(gamesMax);
    this.dueAt = new Float64Array(gamesMax);
    this.dueTick = new Uint32Array(gamesMax);
    this.slotOf = new Int32Array(gamesMax).fill(NONE);
    this.next = new Int32Array(gamesMax).fill(NONE);
    this.previous = new Int32Array(gamesMax).fill(NONE);
    this.first = new Int32Array(this.slotCount).fill(NONE);
    this.load = new Int32Array(this.slotCount);
    this.offsetMs = new Float64Array(this.slotCount);
    for (let slot = 0; slot < this.slotCount; slot++) this.offsetMs[slot] = (slot * periodMs) / this.slotCount;
  }

  /** Counts periods from `now`. Games may be added before and after. */
  start(now: number): void {
    assert(Number.isNaN(this.startedAt), 'a schedule starts once');
    this.startedAt = now;
  }

  /** The period that `now` is in, from 0: the tick number of a frame that no tick made (an event, a keyframe at joining). */
  tickAt(now: number): number {
    if (!(now >= this.startedAt)) return 0;
    return Math.floor(this.latestTurn(now) / this.slotCount);
  }

  /** Gives the game the least loaded slot. Its first tick is the next one of that slot. */
  add(game: number): void {
    assert(this.slotOf[game] === NONE, 'a game is scheduled once');
    const slot = this.leastLoaded();
    const head = this.first[slot];
    this.slotOf[game] = slot;
    this.previous[game] = NONE;
    this.next[game] = head;
    if (head !== NONE) this.previous[head] = game;
    this.first[slot] = game;
    this.load[slot] += 1;
    this.gameCount += 1;
  }

  remove(game: number): void {
    const slot = this.slotOf[game];
    assert(slot !== NONE, 'a game is removed while it is scheduled');
    const before = this.previous[game];
    const after = this.next[game];
    if (before === NONE) this.first[slot] = after;
    else this.next[before] = after;
    if (after !== NONE) this.previous[after] = before;
    this.slotOf[game] = NONE;
    this.next[game] = NONE;
    this.previous[game] = NONE;
    this.load[slot] -= 1;
    this.gameCount -= 1;
  }

  /** Whether a game is in the schedule. */
  has(game: number): boolean {
    return this.slotOf[game] !== NONE;
  }

  /** The slot of a game, for metrics and tests; -1 when it is not scheduled. */
  slot(game: number): number {
    return this.slotOf[game];
  }

  slotLoad(slot: number): number {
    return this.load[slot];
  }

  /** Writes the games that are due by `now` to the due columns, earliest first, and returns how many. */
  collectDue(now: number): number {
    const { slotCount, first, next, due, dueAt, dueTick } = this;
    if (!(now >= this.startedAt)) return 0;
    const latest = this.latestTurn(now);
    if (latest - this.turn >= slotCount) this.skipTo(latest - slotCount + 1);
    let count = 0;
    for (let turn = this.turn; turn <= latest; turn++) {
      const period = Math.floor(turn / slotCount);
      const slot = turn - period * slotCount;
      let game = first[slot];
      if (game === NONE) continue;
      const at = this.startedAt + period * this.periodMs + this.offsetMs[slot];
      for (; game !== NONE; game = next[game]) {
        due[count] = game;
        dueAt[count] = at;
        dueTick[count] = period;
        count += 1;
      }
    }
    if (latest >= this.turn) this.turn = latest + 1;
    return count;
  }

  /** When the next tick of any game is due, epoch ms: in the past when it is late, infinity when there is none. */
  nextDueAt(): number {
    if (this.gameCount === 0 || Number.isNaN(this.startedAt)) return Number.POSITIVE_INFINITY;
    const { slotCount, load } = this;
    let turn = this.turn;
    while (load[turn % slotCount] === 0) turn += 1;
    const period = Math.floor(turn / slotCount);
    return this.startedAt + period * this.periodMs + this.offsetMs[turn - period * slotCount];
  }

  /**
   * The last turn due by `now`. A division rounds, so it only says where to begin: one before, from where the due times themselves decide. They
   * are worked out here and not in a function that returns them: where V8 does not inline that, each is a number on the heap.
   */
  private latestTurn(now: number): number {
    const { startedAt, periodMs, slotCount, offsetMs } = this;
    let turn = Math.floor(((now - startedAt) / periodMs) * slotCount) - 1;
    for (;;) {
      const period = Math.floor((turn + 1) / slotCount);
      const dueAt = startedAt + period * periodMs + offsetMs[turn + 1 - period * slotCount];
      if (!(dueAt <= now)) return turn;
      turn += 1;
    }
  }

  /** Leaves out every turn before `turn` and counts the ticks of the games in them. */
  private skipTo(turn: number): void {
    const { slotCount, load } = this;
    const turns = turn - this.turn;
    const wholePeriods = Math.floor(turns / slotCount);
    this.skippedCount += wholePeriods * this.gameCount;
    for (let left = this.turn + wholePeriods * slotCount; left < turn; left++)
      this.skippedCount += load[left % slotCount];
    this.turn = turn;
  }

  private leastLoaded(): number {
    const { slotCount, load } = this;
    let least = 0;
    for (let slot = 1; slot < slotCount; slot++) if (load[slot] < load[least]) least = slot;
    return least;
  }
}
