import {
  EVENT,
  EVENT_HAS_SENT_AT,
  EVENT_TYPE,
  FRAME_KIND,
  GAME_BLOCK,
  HEADER,
  PLAYER,
  writeHeader,
} from '@waymark/protocol';
import { FrameLedger } from './frame-ledger.ts';
import { NEGATIVE_BUCKET } from './lag-histogram.ts';
import type { MeasurementPart } from './measurement-part.ts';

const PERIOD_MS = 150;
const FROM_MS = 1_000_000;
const WINDOW = { fromMs: FROM_MS, untilMs: FROM_MS + 3_000, tickPeriodMs: PERIOD_MS, tickBudgetMs: 35 };
/** Of the game's first tick in the window. */
const PHASE_MS = 40;

describe('a frame ledger', () => {
  it('counts every tick of the window as due, once, with the lag from its due time', () => {
    const { part } = played((tick) => ({ lagMs: 1 + (tick % 4) }));
    const [player] = part.players;
    expect(player).toMatchObject({
      framesDue: 20,
      framesReceived: 20,
      framesLate: 0,
      minMs: 1,
      maxMs: 4,
      p50Ms: 2,
      p99Ms: 4,
    });
    expect(countOf(part.tickLag)).toBe(20);
    expect(part.seconds.map(({ framesDue }) => framesDue)).toEqual([7, 7, 6]);
  });

  it('counts a frame that never came as late, in its second, and has no p99 when it is one of those', () => {
    const { part } = played((tick) => (tick === 9 ? null : { lagMs: 2 }));
    expect(part.players[0]).toMatchObject({ framesDue: 20, framesReceived: 19, framesLate: 1, p50Ms: 2, p99Ms: null });
    expect(part.players[0]).toMatchObject({ worstSecond: 1, lateSeconds: [[1, 1]] });
    expect(part.seconds.map(({ framesLate }) => framesLate)).toEqual([0, 1, 0]);
    expect(countOf(part.tickLag)).toBe(19);
  });

  it('counts all frames of a player who never got one', () => {
    const ledger = new FrameLedger([{ player: 7, gameId: 'game' }]);
    ledger.openWindow(WINDOW);
    const part = ledger.finish();
    expect(part.players[0]).toMatchObject({
      framesDue: 20,
      framesReceived: 0,
      framesLate: 20,
      p50Ms: null,
      minMs: null,
    });
    expect(part.players[0]).toMatchObject({ finalRevision: null, finalScore: null });
  });

  it('counts as late what is over the budget, and names the second of the worst', () => {
    const { part } = played((tick) => ({ lagMs: tick === 16 ? 90 : tick === 3 ? 35.1 : 35 }));
    expect(part.players[0]).toMatchObject({ framesLate: 2, worstSecond: 2, maxMs: 90 });
    expect(part.players[0]!.lateSeconds).toEqual([
      [0, 1],
      [2, 1],
    ]);
  });

  it('counts from where a tick was due, also when the server moves its due times away', () => {
    const { ledger, deltaAt } = opened();
    for (let tick = -1; tick < 20; tick++) deltaAt(FROM_MS + PHASE_MS + tick * PERIOD_MS + (tick < 5 ? 0 : 60), 1);
    expect(ledger.finish().players[0]).toMatchObject({ framesReceived: 20, framesLate: 15, minMs: 1, maxMs: 61 });
  });

  it('finds due times that drift by little each tick', () => {
    const { ledger, deltaAt } = opened();
    for (let tick = -1; tick < 20; tick++) deltaAt(FROM_MS + PHASE_MS + tick * (PERIOD_MS + 3), 1);
    expect(ledger.finish().players[0]).toMatchObject({ framesLate: 9, maxMs: 61 });
  });

  it('takes the due times of a new connection as they are: its game may have another slot', () => {
    const { ledger, frames, deltaAt } = opened();
    for (let tick = -1; tick < 10; tick++) deltaAt(FROM_MS + PHASE_MS + tick * PERIOD_MS, 1);
    ledger.connected(0, 0, true);
    ledger.frame(0, frames.keyframe({}), 0, FROM_MS);
    for (let tick = 10; tick < 20; tick++) deltaAt(FROM_MS + PHASE_MS + tick * PERIOD_MS + 75, 1);
    expect(ledger.finish().players[0]).toMatchObject({
      framesLate: 1,
      framesReceived: 19,
      framesDuplicate: 0,
      maxMs: 1,
    });
  });

  it('counts a frame that came before it was due in a bucket of its own', () => {
    const { part } = played(() => ({ lagMs: -50 }));
    expect(part.tickLag).toEqual([[NEGATIVE_BUCKET, 20]]);
  });

  it('leaves out what is due before and after the window', () => {
    const { ledger, deltaAt } = opened();
    for (const due of [FROM_MS - 110, FROM_MS + 40, FROM_MS + 2_890, FROM_MS + 3_040]) deltaAt(due, 500);
    expect(ledger.finish().players[0]).toMatchObject({ framesDue: 20, framesReceived: 2 });
  });

  it('does not take a frame from after the window for one of another player', () => {
    const ledger = new FrameLedger([
      { player: 0, gameId: 'a' },
      { player: 1, gameId: 'b' },
    ]);
    const frames = new Frames();
    ledger.openWindow(WINDOW);
    ledger.connected(0, 0);
    ledger.frame(0, frames.keyframe({}), 0, FROM_MS);
    for (let tick = 0; tick < 60; tick++) {
      const dueAt = FROM_MS + PHASE_MS + tick * PERIOD_MS;
      ledger.frame(0, frames.delta({ dueAt }), 0, dueAt + 1);
    }
    expect(ledger.finish().players.map(({ framesReceived }) => framesReceived)).toEqual([20, 0]);
  });

  it('takes the first of two frames of one tick and counts the other', () => {
    const { ledger, deltaAt } = opened();
    deltaAt(FROM_MS + PHASE_MS, 3);
    deltaAt(FROM_MS + PHASE_MS, 9);
    expect(ledger.finish().players[0]).toMatchObject({ framesReceived: 1, framesDuplicate: 1, maxMs: 3 });
  });

  it('knows a frame whose sequence does not grow for one that was there before (FR7)', () => {
    const { ledger, frames } = opened();
    ledger.frame(0, frames.delta({ sequence: 0, dueAt: FROM_MS + PHASE_MS }), 0, FROM_MS + 41);
    expect(ledger.finish().players[0]).toMatchObject({ framesReceived: 0, framesDuplicate: 1 });
  });

  it('takes a keyframe made for one socket alone for no tick (FR7)', () => {
    const { ledger, frames, deltaAt } = opened();
    deltaAt(FROM_MS + PHASE_MS, 1);
    ledger.frame(0, frames.keyframe({ dueAt: FROM_MS + 190 }), 0, FROM_MS + 190.2);
    expect(ledger.finish().players[0]).toMatchObject({ framesReceived: 1, framesDuplicate: 0 });
  });

  it('finds a revision that is not the one after the last, in events and in state frames (FR8)', () => {
    const { ledger, frames } = opened();
    ledger.frame(0, frames.event({ revision: 6, score: 10 }), 0, FROM_MS);
    expect(ledger.finish().players[0]!.revisionHoles).toBe(0);
    ledger.frame(0, frames.event({ revision: 8, score: 20 }), 0, FROM_MS);
    expect(ledger.finish().players[0]!.revisionHoles).toBe(1);
    ledger.frame(0, frames.delta({ revision: 9, dueAt: FROM_MS + PHASE_MS }), 0, FROM_MS + 41);
    expect(ledger.finish().players[0]).toMatchObject({ revisionHoles: 2, finalRevision: 9, finalScore: 20 });
  });

  it('holds what events gave against what the next state frame says (EV1)', () => {
    const { ledger, frames } = opened();
    ledger.frame(0, frames.event({ revision: 6, score: 10 }), 0, FROM_MS);
    ledger.frame(0, frames.delta({ revision: 6, dueAt: FROM_MS + PHASE_MS, score: 10 }), 0, FROM_MS + 41);
    expect(ledger.finish().faultCount).toBe(0);
    ledger.frame(0, frames.delta({ revision: 6, dueAt: FROM_MS + 190, score: 11 }), 0, FROM_MS + 191);
    expect(ledger.finish().faults).toEqual(['player 7 holds 10 points by its events, its frame says 11']);
  });

  it('counts the lag of an event from when its command was meant to be sent, of commands of the window', () => {
    const { ledger, frames } = opened();
    ledger.frame(0, frames.event({ revision: 6, sentAt: FROM_MS - 1 }), 0, FROM_MS + 3);
    ledger.frame(0, frames.event({ revision: 7, sentAt: FROM_MS + 1_500 }), 0, FROM_MS + 1_504);
    ledger.frame(0, frames.event({ revision: 8, sentAt: FROM_MS + 3_000 }), 0, FROM_MS + 3_001);
    const part = ledger.finish();
    expect(countOf(part.eventLag)).toBe(1);
    expect(part.seconds.map(({ events }) => events)).toEqual([0, 1, 0]);
    expect(part.seconds[1]!.eventLagMaxMs).toBe(4);
  });

  it('knows no lag of an event that a resume replays', () => {
    const { ledger, frames } = opened();
    ledger.connected(0, 0, true);
    ledger.frame(0, frames.event({ revision: 6, score: 10, sentAt: FROM_MS + 100 }), 0, FROM_MS + 2_000);
    const part = ledger.finish();
    expect(part.eventLag).toEqual([]);
    expect(part.players[0]).toMatchObject({ finalRevision: 6, finalScore: 10 });
  });

  it('has nothing due for a player whom the instrument cut off', () => {
    const { ledger } = opened();
    ledger.absent(0, FROM_MS + 1_000, FROM_MS + 2_000);
    expect(ledger.finish().players[0]).toMatchObject({ framesDue: 13, framesLate: 13 });
  });

  it('goes on after a resume that recovered, and begins anew after one that did not', () => {
    const { ledger, frames } = opened();
    ledger.connected(0, 0, true);
    ledger.frame(0, frames.event({ revision: 6 }), 0, FROM_MS);
    ledger.frame(0, frames.keyframe({ revision: 6 }), 0, FROM_MS);
    expect(ledger.finish().players[0]!.revisionHoles).toBe(0);
    ledger.connected(0, 0, true);
    ledger.frame(0, frames.keyframe({ revision: 8 }), 0, FROM_MS);
    expect(ledger.finish().players[0]!.revisionHoles).toBe(1);
    ledger.connected(0, 0, false);
    ledger.frame(0, frames.keyframe({ revision: 20 }), 0, FROM_MS);
    expect(ledger.finish().players[0]!.revisionHoles).toBe(1);
  });

  it('reports what is no frame', () => {
    const { ledger } = opened();
    ledger.frame(0, new DataView(new ArrayBuffer(80)), 0, FROM_MS);
    expect(ledger.finish().faults).toEqual(['player 7 got a message that is no frame']);
  });
});

interface FrameFields {
  readonly revision?: number;
  readonly sequence?: number;
  readonly dueAt?: number;
  readonly score?: number;
  readonly sentAt?: number;
}

/** Frames of one player's game in row 0, each of the next sequence unless it says otherwise. */
class Frames {
  private sequence = 0;

  keyframe({ revision = 5, sequence = this.sequence, dueAt = FROM_MS - 1_000, score = 0 }: FrameFields): DataView {
    const view = frame(GAME_BLOCK.bytes + PLAYER.bytes);
    writeHeader(view, 0, FRAME_KIND.keyframe, 1, 1, 0, revision, sequence, dueAt, GAME_BLOCK.bytes + PLAYER.bytes);
    view.setUint32(HEADER.bytes + GAME_BLOCK.bytes + PLAYER.at.score, score, true);
    return view;
  }

  delta({ revision = 5, sequence = ++this.sequence, dueAt = 0, score }: FrameFields): DataView {
    const players = score === undefined ? 0 : 1;
    const view = frame(players * PLAYER.bytes);
    writeHeader(view, 0, FRAME_KIND.delta, 1, players, 0, revision, sequence, dueAt, players * PLAYER.bytes);
    if (score !== undefined) view.setUint32(HEADER.bytes + PLAYER.at.score, score, true);
    return view;
  }

  event({ revision = 6, sequence = ++this.sequence, score = 0, sentAt }: FrameFields): DataView {
    const view = frame(EVENT.bytes);
    writeHeader(view, 0, FRAME_KIND.event, 1, 0, 0, revision, sequence, FROM_MS, EVENT.bytes);
    view.setUint8(HEADER.bytes + EVENT.at.type, EVENT_TYPE.WaypointReached);
    view.setUint32(HEADER.bytes + EVENT.at.score, score, true);
    if (sentAt === undefined) return view;
    view.setUint8(HEADER.bytes + EVENT.at.flags, EVENT_HAS_SENT_AT);
    view.setFloat64(HEADER.bytes + EVENT.at.sentAt, sentAt, true);
    return view;
  }
}

function frame(payloadBytes: number): DataView {
  return new DataView(new ArrayBuffer(HEADER.bytes + payloadBytes));
}

/** A ledger whose one player, number 7 of the run, has its first keyframe and one tick before the window. */
function opened(): { ledger: FrameLedger; frames: Frames; deltaAt: (dueAt: number, lagMs: number) => void } {
  const ledger = new FrameLedger([{ player: 7, gameId: 'game' }]);
  const frames = new Frames();
  const deltaAt = (dueAt: number, lagMs: number): void => ledger.frame(0, frames.delta({ dueAt }), 0, dueAt + lagMs);
  ledger.openWindow(WINDOW);
  ledger.connected(0, 0);
  ledger.frame(0, frames.keyframe({}), 0, FROM_MS - 999);
  return { ledger, frames, deltaAt };
}

/** All twenty ticks of the window, each with a lag, or none. */
function played(of: (tick: number) => { lagMs: number } | null): { part: MeasurementPart } {
  const { ledger, deltaAt } = opened();
  for (let tick = -3; tick < 22; tick++) {
    const frame = tick < 0 || tick >= 20 ? { lagMs: 2 } : of(tick);
    if (frame !== null) deltaAt(FROM_MS + PHASE_MS + tick * PERIOD_MS, frame.lagMs);
  }
  return { part: ledger.finish() };
}

function countOf(histogram: MeasurementPart['tickLag']): number {
  return histogram.reduce((sum, [, count]) => sum + count, 0);
}
