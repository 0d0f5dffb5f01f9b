import { encodeFrame, FLAG_NOT_RECOVERED, readFrame, type Frame, type PlayerRecord } from '@waymark/protocol';
import { ArenaFixture, lineQuest } from '@waymark/testing';

import { disconnectPlayer, markDirty, playerAt } from './arena.ts';
import {
  clearDirty,
  encodeDelta,
  encodeEvent,
  encodeFull,
  encodeKeyframe,
  nextFrameSequence,
  stampSentAfter,
} from './frames.ts';

const OFFSET_M = 1.5;

/** A game of three players, in the tick 42; the clean state after its first delta. */
class Ticking {
  readonly fixture = new ArenaFixture(lineQuest(100));
  readonly game = this.fixture.play('game', 3);
  readonly context = this.fixture.context;

  constructor() {
    this.context.tick = 42;
    clearDirty(this.fixture.arena, this.game);
  }

  player(row: number): number {
    return playerAt(this.fixture.arena, this.game, row);
  }

  place(row: number): void {
    const player = this.player(row);
    const { players } = this.fixture.arena;
    players.x[player] = row + OFFSET_M;
    players.flags[player]! |= 0b100;
    markDirty(this.fixture.arena, player);
  }

  /** The bytes of a frame that is encoded by `encode`, without the WebSocket header. */
  bytes(encode: (slab: number) => number): Uint8Array {
    const { pool } = this.fixture;
    const slab = pool.claim();
    const frameBytes = encode(slab);
    const message = pool.message(slab).slice();
    pool.release(slab);
    return message.subarray(message.length - frameBytes);
  }

  delta(): Frame {
    const { arena, pool } = this.fixture;
    return readFrame(this.bytes((slab) => encodeDelta(arena, this.game, this.context, pool, slab)));
  }

  keyframe(): Uint8Array {
    const { arena, pool } = this.fixture;
    return this.bytes((slab) => encodeKeyframe(arena, this.game, this.context, pool, slab));
  }

  full(player: number): Uint8Array {
    const { arena, pool } = this.fixture;
    return this.bytes((slab) => encodeFull(arena, this.game, player, this.context, pool, slab));
  }
}

function record(row: number, fields: Partial<PlayerRecord> = {}): PlayerRecord {
  const standing = { present: true, connected: true, placed: false, x: 0, y: 0, z: 0 };
  return { row, ...standing, score: 0, reachedCount: 0, nextWaypoint: 0, moveSequence: 0, ...fields };
}

describe('deltas', () => {
  it('FR3: hold the rows that changed since the one before, and an empty one is 40 bytes', () => {
    const ticking = new Ticking();
    ticking.place(2);
    ticking.place(0);
    expect(ticking.delta()).toMatchObject({
      kind: 'delta',
      header: { tick: 42, revision: 4, sequence: 4, dueAt: ticking.fixture.now, playerCount: 2, skipped: 0 },
      players: [record(0, { placed: true, x: OFFSET_M }), record(2, { placed: true, x: 2 + OFFSET_M })],
    });
    expect(ticking.delta()).toMatchObject({ header: { payloadBytes: 0 }, players: [] });
  });

  it('FR3: leave what changed for the next one when a keyframe or a full frame comes between', () => {
    const ticking = new Ticking();
    ticking.place(1);
    ticking.keyframe();
    ticking.full(ticking.player(1));
    expect(ticking.delta()).toMatchObject({ players: [{ row: 1 }] });
  });

  it('forget what changed when nobody would get them', () => {
    const ticking = new Ticking();
    ticking.place(1);
    clearDirty(ticking.fixture.arena, ticking.game);
    expect(ticking.delta()).toMatchObject({ players: [] });
    ticking.place(1);
    expect(ticking.delta()).toMatchObject({ players: [{ row: 1 }] });
  });

  it('say so when a player has reached, gone, or lost the connection', () => {
    const ticking = new Ticking();
    const { fixture } = ticking;
    fixture.reach('game', 0, 0, 30);
    fixture.project('game', { type: 'PlayerLeft', data: { playerId: 'player-1', row: 1, at: 0 } });
    disconnectPlayer(fixture.arena, ticking.player(2));
    expect(ticking.delta()).toMatchObject({
      players: [
        record(0, { score: 30, reachedCount: 1, nextWaypoint: 1 }),
        record(1, { present: false, connected: false }),
        record(2, { connected: false }),
      ],
    });
  });
});

describe('keyframes', () => {
  it('FR2: are byte for byte what the protocol says', () => {
    const ticking = new Ticking();
    ticking.place(1);
    ticking.context.skipped = 3;
    ticking.context.flags = FLAG_NOT_RECOVERED;
    const { now } = ticking.fixture;
    const meta = { tick: 42, revision: 4, dueAt: now, sequence: 4, skipped: 3 };
    const game = { startedAt: now, endsAt: now + 3_600_000, windowRow: null, waypointCount: 100 };
    const players = [record(0), record(1, { placed: true, x: 1 + OFFSET_M }), record(2)];
    const wanted = encodeFrame(meta, { kind: 'keyframe', notRecovered: true, game, players });
    expect(ticking.keyframe()).toEqual(wanted);
  });

  it('RV1: of the full profile hold the 64 waypoints ahead of the player, and no others', () => {
    const ticking = new Ticking();
    ticking.fixture.reach('game', 1, 0);
    ticking.fixture.reach('game', 1, 1);
    const frame = readFrame(ticking.full(ticking.player(1)));
    if (frame.kind !== 'keyframe') throw new Error('a full frame is a keyframe');
    expect(frame).toMatchObject({ header: { full: true }, game: { windowRow: 1 } });
    expect(frame.window.map(({ index }) => index)).toEqual(Array.from({ length: 64 }, (_, i) => i + 2));
    expect(frame.window[0]).toEqual({ index: 2, x: 20, y: 0, z: 0, radius: 2, points: 10, treasure: false });
    expect(readFrame(ticking.full(-1))).toMatchObject({
      header: { full: true },
      game: { windowRow: null },
      window: [],
    });
  });

  it('of 64 players with the whole window fit one frame', () => {
    const fixture = new ArenaFixture(lineQuest(100));
    const game = fixture.play('game', 64);
    const { arena, pool, context } = fixture;
    const slab = pool.claim();
    expect(encodeFull(arena, game, playerAt(arena, game, 0), context, pool, slab)).toBe(40 + 24 + 64 * 32 + 64 * 24);
  });

  it('say that no waypoint is left when all are reached', () => {
    const fixture = new ArenaFixture(lineQuest(1));
    const game = fixture.play('game');
    fixture.reach('game', 0, 0);
    const { arena, pool, context } = fixture;
    const slab = pool.claim();
    const bytes = encodeKeyframe(arena, game, context, pool, slab);
    expect(readFrame(pool.message(slab).slice(-bytes))).toMatchObject({
      players: [{ nextWaypoint: null, reachedCount: 1 }],
    });
  });
});

describe('event frames', () => {
  it('FR5: are byte for byte what the protocol says', () => {
    const ticking = new Ticking();
    const { fixture, context } = ticking;
    fixture.reach('game', 2, 0, 30);
    const { arena, pool } = fixture;
    const meta = { tick: 42, revision: 5, dueAt: fixture.now, sequence: 5 };
    const wanted = encodeFrame(meta, { kind: 'event', event: arena.applied.payload });
    expect(ticking.bytes((slab) => encodeEvent(arena, arena.applied, context, pool, slab))).toEqual(wanted);
  });

  it('are never made of a creation', () => {
    const fixture = new ArenaFixture(lineQuest(1));
    fixture.create('game');
    const { arena, pool, context } = fixture;
    expect(() => encodeEvent(arena, arena.applied, context, pool, pool.claim())).toThrow('before it is created');
  });
});

describe('every frame', () => {
  it('FR7: of one tick carries the same sequence, and the next tick the next', () => {
    const ticking = new Ticking();
    const sequences = [1, 2].map(() => {
      nextFrameSequence(ticking.fixture.arena, ticking.game);
      const frames = [ticking.delta(), readFrame(ticking.keyframe()), readFrame(ticking.full(-1))];
      return frames.map(({ header }) => header.sequence);
    });
    expect(sequences).toEqual([
      [5, 5, 5],
      [6, 6, 6],
    ]);
  });

  it('says how long after its due time it was written', () => {
    const ticking = new Ticking();
    const { arena, pool } = ticking.fixture;
    ticking.context.now = ticking.context.dueAt + 2.5;
    const bytes = ticking.bytes((slab) => {
      const frameBytes = encodeDelta(arena, ticking.game, ticking.context, pool, slab);
      stampSentAfter(pool, slab, ticking.context);
      return frameBytes;
    });
    expect(readFrame(bytes).header.sentAfterMs).toBe(2.5);
  });

  it('needs a slab that somebody owns', () => {
    const ticking = new Ticking();
    const { arena, pool } = ticking.fixture;
    const slab = pool.claim();
    pool.release(slab);
    expect(() => encodeDelta(arena, ticking.game, ticking.context, pool, slab)).toThrow('while somebody owns its slab');
  });
});
