import {
  EVENT,
  EVENT_HAS_SENT_AT,
  EVENT_TYPE,
  FRAME_KIND,
  GAME_BLOCK,
  HEADER,
  PLAYER,
  headerDueAt,
  headerKind,
  headerRevision,
  headerSequence,
  isFrame,
} from '@waymark/protocol';
import { LagHistogram } from './lag-histogram.ts';
import type { MeasurementPart, SecondPart } from './measurement-part.ts';
import type { PlayerMeasurement } from './measurement.ts';

/**
 * What a set of players was sent in the measuring window: one lag a tick and player in one preallocated column, found by the time when the tick
 * was due, so that a frame that never came is a hole in the column and not an absence. Sorting and counting wait until the window is over.
 * Beside it the leanest fold of a game that can be held against the read API: revision and own score. Both instruments and the witness's
 * sockets use it; it knows no Node, because k6 runs it.
 */
export interface LedgerWindow {
  /** Epoch ms; frames due in [fromMs, untilMs) count. */
  readonly fromMs: number;
  readonly untilMs: number;
  readonly tickPeriodMs: number;
  /** A frame later than this is late. */
  readonly tickBudgetMs: number;
}

export interface PlayerIdentity {
  readonly player: number;
  readonly gameId: string;
}

const MISSING = Number.NaN;
const UNKNOWN = -1;
const FAULTS_TOLD = 20;
/** Two due times closer than this are the same. */
const SAME_MS = 0.001;

export class FrameLedger {
  private readonly identities: readonly PlayerIdentity[];
  private window: LedgerWindow = { fromMs: Infinity, untilMs: Infinity, tickPeriodMs: 1, tickBudgetMs: 0 };
  private slotCount = 0;
  private secondCount = 0;
  /** By player and tick of the window: lag in ms. */
  private lags = new Float32Array(0);
  /** When a player's first tick of the window is due; NaN until a tick tells. */
  private readonly firstDueAt: Float64Array;
  /** How far a connection's ticks lie off those times (its game may have had another slot before), ms; NaN until a tick tells. */
  private readonly offMs: Float64Array;
  private readonly revision: Float64Array;
  private readonly sequence: Float64Array;
  private readonly row: Float64Array;
  private readonly score: Float64Array;
  private readonly duplicates: Uint32Array;
  private readonly holes: Uint32Array;
  private readonly closeCode: Int32Array;
  private readonly eventLag = new LagHistogram();
  private readonly handlingDelay = new LagHistogram();
  private events = new Uint32Array(0);
  private eventLagMaxMs = new Float64Array(0);
  private readonly absences: { player: number; fromMs: number; untilMs: number }[] = [];
  private readonly faults: string[] = [];
  private faultCount = 0;
  /** State frames, in the window or not: for progress only. */
  frameCount = 0;

  constructor(identities: readonly PlayerIdentity[]) {
    const players = identities.length;
    this.identities = identities;
    this.firstDueAt = new Float64Array(players).fill(Number.NaN);
    this.offMs = new Float64Array(players).fill(Number.NaN);
    this.revision = new Float64Array(players).fill(UNKNOWN);
    this.sequence = new Float64Array(players).fill(UNKNOWN);
    this.row = new Float64Array(players).fill(UNKNOWN);
    this.score = new Float64Array(players).fill(UNKNOWN);
    this.duplicates = new Uint32Array(players);
    this.holes = new Uint32Array(players);
    this.closeCode = new Int32Array(players).fill(UNKNOWN);
  }

  /** To be called before the window begins; until then frames are only folded. */
  openWindow(window: LedgerWindow): void {
    const windowMs = window.untilMs - window.fromMs;
    this.window = window;
    this.slotCount = Math.ceil(windowMs / window.tickPeriodMs) + 1;
    this.secondCount = Math.ceil(windowMs / 1_000);
    this.lags = new Float32Array(this.identities.length * this.slotCount).fill(MISSING);
    this.events = new Uint32Array(this.secondCount);
    this.eventLagMaxMs = new Float64Array(this.secondCount);
  }

  /** A socket of the player is welcome; `row` is its own, null where there are no rows. `recovered`: what was held goes on. */
  connected(player: number, row: number | null, recovered = false): void {
    this.row[player] = row ?? UNKNOWN;
    this.sequence[player] = UNKNOWN;
    this.offMs[player] = Number.NaN;
    this.closeCode[player] = UNKNOWN;
    if (!recovered) this.revision[player] = UNKNOWN;
  }

  /** The instrument itself cut the player off for that time: what was due then is nobody's. */
  absent(player: number, fromMs: number, untilMs: number): void {
    this.absences.push({ player, fromMs, untilMs });
  }

  closed(player: number, code: number): void {
    this.closeCode[player] = code;
  }

  fault(sentence: string): void {
    this.faultCount += 1;
    if (this.faults.length < FAULTS_TOLD) this.faults.push(sentence);
  }

  /** How long something waited inside the instrument until it was looked at. */
  handled(delayMs: number): void {
    this.handlingDelay.record(Math.max(0, delayMs));
  }

  revisionOf(player: number): number {
    return this.revision[player]!;
  }

  /** One binary message, at `offset` of `view`; `receivedAtMs` is when it was read from its socket. */
  frame(player: number, view: DataView, offset: number, receivedAtMs: number): void {
    if (!isFrame(view, offset)) {
      this.fault(`player ${this.identities[player]!.player} got a message that is no frame`);
      return;
    }
    const kind = headerKind(view, offset);
    if (kind === FRAME_KIND.event) this.event(player, view, offset, receivedAtMs);
    else if (kind !== FRAME_KIND.reveal) this.state(player, view, offset, kind === FRAME_KIND.keyframe, receivedAtMs);
  }

  private event(player: number, view: DataView, offset: number, receivedAtMs: number): void {
    const revision = headerRevision(view, offset);
    const held = this.revision[player]!;
    if (held !== UNKNOWN && revision !== held + 1) this.holes[player]! += 1;
    this.revision[player] = revision;
    // Replayed by a resume (RS3): it comes when the player comes back, and its sequence means nothing.
    const replayed = this.sequence[player] === UNKNOWN;
    if (!replayed) this.sequence[player] = headerSequence(view, offset);
    const payload = offset + HEADER.bytes;
    if (
      view.getUint8(payload + EVENT.at.type) === EVENT_TYPE.WaypointReached &&
      view.getUint16(payload + EVENT.at.row, true) === this.row[player]
    ) {
      this.score[player] = view.getUint32(payload + EVENT.at.score, true);
    }
    if (replayed || (view.getUint8(payload + EVENT.at.flags) & EVENT_HAS_SENT_AT) === 0) return;
    const sentAt = view.getFloat64(payload + EVENT.at.sentAt, true);
    if (sentAt < this.window.fromMs || sentAt >= this.window.untilMs) return;
    const lagMs = receivedAtMs - sentAt;
    const second = Math.floor((sentAt - this.window.fromMs) / 1_000);
    this.eventLag.record(lagMs);
    this.events[second]! += 1;
    if (lagMs > this.eventLagMaxMs[second]!) this.eventLagMaxMs[second] = lagMs;
  }

  private state(player: number, view: DataView, offset: number, keyframe: boolean, receivedAtMs: number): void {
    this.frameCount += 1;
    const revision = headerRevision(view, offset);
    const held = this.revision[player]!;
    if (held !== UNKNOWN && revision !== held) this.holes[player]! += 1;
    this.revision[player] = revision;
    this.ownScore(player, view, offset, keyframe, held === revision);

    // A keyframe made for one socket alone carries the sequence of the frame before it (FR7) and is no tick; the first of a connection may be one.
    const sequence = headerSequence(view, offset);
    const heldSequence = this.sequence[player]!;
    this.sequence[player] = sequence;
    if (heldSequence === UNKNOWN || (keyframe && sequence === heldSequence)) return;
    if (sequence <= heldSequence) {
      this.duplicates[player]! += 1;
      return;
    }
    const { fromMs, untilMs, tickPeriodMs } = this.window;
    if (this.slotCount === 0) return;
    const dueAt = headerDueAt(view, offset);
    let firstDueAt = this.firstDueAt[player]!;
    if (Number.isNaN(firstDueAt)) {
      firstDueAt = dueAt + Math.ceil((fromMs - dueAt) / tickPeriodMs - SAME_MS / tickPeriodMs) * tickPeriodMs;
      this.firstDueAt[player] = firstDueAt;
    }
    const slot = Math.round((dueAt - firstDueAt) / tickPeriodMs);
    const lateByMs = receivedAtMs - dueAt + this.movedMs(player, dueAt - firstDueAt - slot * tickPeriodMs);
    if (slot < 0 || firstDueAt + slot * tickPeriodMs >= untilMs) return;
    const place = player * this.slotCount + slot;
    if (Number.isNaN(this.lags[place]!)) this.lags[place] = lateByMs;
    else this.duplicates[player]! += 1;
  }

  /** A game keeps its slot (tick-schedule.ts): a server that puts due times off would be late and never say so. They count from where they were. */
  private movedMs(player: number, offMs: number): number {
    const { tickPeriodMs } = this.window;
    if (Number.isNaN(this.offMs[player]!)) this.offMs[player] = offMs;
    const movedMs = offMs - this.offMs[player]!;
    const withinPeriodMs = movedMs - Math.round(movedMs / tickPeriodMs) * tickPeriodMs;
    return withinPeriodMs > SAME_MS ? withinPeriodMs : 0;
  }

  /** A record replaces what the events gave (ST3), and must say the same (EV1). */
  private ownScore(player: number, view: DataView, offset: number, keyframe: boolean, follows: boolean): void {
    const row = this.row[player]!;
    if (row === UNKNOWN) return;
    let place = offset + HEADER.bytes + (keyframe ? GAME_BLOCK.bytes : 0);
    for (let left = view.getUint16(offset + HEADER.at.playerCount, true); left > 0; left--, place += PLAYER.bytes) {
      if (view.getUint16(place + PLAYER.at.row, true) !== row) continue;
      const score = view.getUint32(place + PLAYER.at.score, true);
      const held = this.score[player]!;
      if (follows && held !== UNKNOWN && held !== score) {
        this.fault(
          `player ${this.identities[player]!.player} holds ${held} points by its events, its frame says ${score}`,
        );
      }
      this.score[player] = score;
      return;
    }
  }

  /** Everything, once the window is over and late frames have had their time. */
  finish(): MeasurementPart {
    const tickLag = new LagHistogram();
    const seconds = Array.from({ length: this.secondCount }, () => ({ due: 0, late: 0, lag: new LagHistogram() }));
    const players = this.identities.map((_, player) => this.finishPlayer(player, tickLag, seconds));
    return {
      players,
      tickLag: tickLag.sparse(),
      eventLag: this.eventLag.sparse(),
      seconds: seconds.map(({ due, late, lag }, second): SecondPart => ({
        framesDue: due,
        framesLate: late,
        tickLag: lag.sparse(),
        events: this.events[second]!,
        eventLagMaxMs: rounded(this.eventLagMaxMs[second]!),
      })),
      handlingDelay: this.handlingDelay.sparse(),
      faults: this.faults,
      faultCount: this.faultCount,
    };
  }

  private finishPlayer(
    player: number,
    tickLag: LagHistogram,
    seconds: { due: number; late: number; lag: LagHistogram }[],
  ): PlayerMeasurement {
    const { fromMs, untilMs, tickPeriodMs, tickBudgetMs } = this.window;
    const firstDueAt = Number.isNaN(this.firstDueAt[player]!) ? fromMs : this.firstDueAt[player]!;
    const slots = Math.max(0, Math.ceil((untilMs - firstDueAt) / tickPeriodMs));
    const column = this.lags.subarray(player * this.slotCount, player * this.slotCount + slots);
    const absences = this.absences.filter((absence) => absence.player === player);
    let framesDue = 0;
    const received: number[] = [];
    const lateBySecond: number[] = seconds.map(() => 0);
    let late = 0;
    let worst = Number.NEGATIVE_INFINITY;
    let worstSecond = 0;
    /** When the state after a missing frame was in hand at last. */
    let nextInHandAt = untilMs;
    for (let slot = slots - 1; slot >= 0; slot--) {
      const dueAt = firstDueAt + slot * tickPeriodMs;
      if (absences.some((absence) => dueAt >= absence.fromMs && dueAt < absence.untilMs)) continue;
      framesDue += 1;
      const second = Math.min(seconds.length - 1, Math.floor((dueAt - fromMs) / 1_000));
      const missing = Number.isNaN(column[slot]!);
      const lag = missing ? Math.max(tickPeriodMs, nextInHandAt - dueAt) : column[slot]!;
      if (!missing) {
        received.push(lag);
        nextInHandAt = dueAt + lag;
      }
      const judged = missing ? Number.POSITIVE_INFINITY : lag;
      if (judged >= worst) {
        worst = judged;
        worstSecond = second;
      }
      // What never came has no lag; it is told by framesDue and framesLate.
      if (!missing) tickLag.record(lag);
      const of = seconds[second]!;
      of.due += 1;
      of.lag.record(lag);
      if (judged <= tickBudgetMs) continue;
      late += 1;
      of.late += 1;
      lateBySecond[second]! += 1;
    }
    const sorted = Float64Array.from(received).sort();
    const quantile = (q: number): number | null => {
      const rank = Math.max(1, Math.ceil(q * framesDue));
      return rank > sorted.length ? null : rounded(sorted[rank - 1]!);
    };
    return {
      ...this.identities[player]!,
      framesDue,
      framesReceived: sorted.length,
      framesLate: late,
      framesDuplicate: this.duplicates[player]!,
      revisionHoles: this.holes[player]!,
      p50Ms: quantile(0.5),
      p99Ms: quantile(0.99),
      minMs: sorted.length === 0 ? null : rounded(sorted[0]!),
      maxMs: sorted.length === 0 ? null : rounded(sorted[sorted.length - 1]!),
      worstSecond,
      lateSeconds: lateBySecond.flatMap((count, second) => (count === 0 ? [] : [[second, count] as const])),
      finalRevision: known(this.revision[player]!),
      finalScore: known(this.score[player]!),
      closedWith: known(this.closeCode[player]!),
    };
  }
}

function known(value: number): number | null {
  return value === UNKNOWN ? null : value;
}

/** To a microsecond: what a histogram tells, and short in JSON. */
function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
