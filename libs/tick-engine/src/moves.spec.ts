import { moveDistanceMaxM, PLAYER_PLACED } from '@waymark/protocol';
import { ArenaFixture, lineQuest } from '@waymark/testing';

import { playerAt } from './arena.ts';
import {
  acceptMove,
  findReach,
  MOVE_ACCEPTED,
  MOVE_NOT_RUNNING,
  MOVE_OUT_OF_BOUNDS,
  MOVE_STALE,
  MOVE_TOO_FAST,
} from './moves.ts';

/** Of lineQuest, metres a second. */
const MAX_SPEED = 10;

class Walker {
  readonly fixture: ArenaFixture;
  readonly game: number;
  readonly player: number;
  now: number;
  private sequence = 0;

  constructor(order: 'sequential' | 'free' = 'sequential') {
    this.fixture = new ArenaFixture(lineQuest(100, order));
    this.game = this.fixture.play('game');
    this.player = playerAt(this.fixture.arena, this.game, 0);
    this.now = this.fixture.now;
  }

  /** Moves to x, `afterMs` after the last time. */
  to(x: number, afterMs: number, move: { sequence?: number; y?: number } = {}): number {
    this.now += afterMs;
    this.sequence = move.sequence ?? this.sequence + 1;
    return acceptMove(this.fixture.arena, this.player, { sequence: this.sequence, x, y: move.y ?? 0, z: 0 }, this.now);
  }

  get x(): number {
    return this.fixture.arena.players.x[this.player]!;
  }

  reach(): number {
    return findReach(this.fixture.arena, this.player);
  }
}

describe('moves', () => {
  it('MV3: the first one may be anywhere within bounds', () => {
    const walker = new Walker();
    expect(walker.to(99_999, 0)).toBe(MOVE_ACCEPTED);
    expect(walker.fixture.arena.players.flags[walker.player]! & PLAYER_PLACED).toBe(PLAYER_PLACED);
    expect(walker.fixture.arena.games.dirtyCount[walker.game]).toBe(1);
  });

  it('MV2: one that is not newer than the last accepted one is passed over', () => {
    const walker = new Walker();
    walker.to(0, 0, { sequence: 5 });
    expect(walker.to(0.1, 100, { sequence: 5 })).toBe(MOVE_STALE);
    expect(walker.to(0.1, 100, { sequence: 4 })).toBe(MOVE_STALE);
    expect(walker.x).toBe(0);
    expect(walker.to(0.1, 100, { sequence: 6 })).toBe(MOVE_ACCEPTED);
    expect(walker.fixture.arena.players.moveSequence[walker.player]).toBe(6);
  });

  it('MV2: a connection may begin with any sequence, 0 too', () => {
    expect(new Walker().to(0, 0, { sequence: 0 })).toBe(MOVE_ACCEPTED);
    expect(new Walker().to(0, 0, { sequence: 0xffff_ffff })).toBe(MOVE_ACCEPTED);
  });

  it('are refused while the game does not run, and passed over for a player who left', () => {
    const walker = new Walker();
    walker.fixture.project('game', { type: 'GamePaused', data: { at: 0 } });
    expect(walker.to(0, 0)).toBe(MOVE_NOT_RUNNING);
    walker.fixture.project('game', { type: 'PlayerLeft', data: { playerId: 'player-0', row: 0, at: 0 } });
    expect(walker.to(0, 0)).toBe(MOVE_STALE);
  });

  it('are refused outside of the world', () => {
    const walker = new Walker();
    expect(walker.to(100_001, 0)).toBe(MOVE_OUT_OF_BOUNDS);
    expect(walker.to(0, 0, { y: -100_001 })).toBe(MOVE_OUT_OF_BOUNDS);
    expect(walker.to(Number.NaN, 0)).toBe(MOVE_OUT_OF_BOUNDS);
  });

  it('MV4: may cover what the speed allows for the time since the first one, a second and a quarter more', () => {
    const walker = new Walker();
    walker.to(0, 0);
    const furthest = moveDistanceMaxM(MAX_SPEED, 2_000);
    expect(furthest).toBeCloseTo(MAX_SPEED * 2.25 * 1.05);
    expect(walker.to(furthest + 0.01, 1_000)).toBe(MOVE_TOO_FAST);
    expect(walker.x).toBe(0);
    expect(walker.to(Math.fround(furthest - 0.001), 0)).toBe(MOVE_ACCEPTED);
    expect(walker.to(walker.x + 0.1, 0)).toBe(MOVE_TOO_FAST);
  });

  it('MV4: a rest counts, up to a minute', () => {
    const walker = new Walker();
    walker.to(0, 0);
    expect(walker.to(moveDistanceMaxM(MAX_SPEED, 60_000) + 1, 3_600_000)).toBe(MOVE_TOO_FAST);
    expect(walker.to(moveDistanceMaxM(MAX_SPEED, 60_000) - 1, 0)).toBe(MOVE_ACCEPTED);
  });

  it('MV4: the quarter of a second is lent once, not with each move', () => {
    const walker = new Walker();
    walker.to(0, 0);
    const runAtTwiceTheSpeed = Array.from({ length: 100 }, (_, i) =>
      walker.to(walker.x + 2 * MAX_SPEED * 0.05, 50, { sequence: i + 2 }),
    );
    expect(runAtTwiceTheSpeed.filter((result) => result === MOVE_TOO_FAST).length).toBeGreaterThan(30);
    // Five seconds at the limit, a second for the first place, and one grace.
    expect(walker.x).toBeLessThan(MAX_SPEED * (5 + 1 + 0.25) * 1.05 + 0.01);
  });

  it.each([20, 100, 250, 1_000, 5_000])(
    'MV4: a client that keeps to the speed is never refused, a move each %i ms, however they are delayed and bunched by the network',
    (periodMs) => {
      for (const stallsMs of [[0], [700, 100, 0], [100, 3_000, 20, 900], [0, 20_000, 1]]) {
        const walker = new Walker();
        const { now } = walker;
        let arrivedAt = 0;
        // At full speed for a minute; none overtakes another.
        for (let sentAt = 0; sentAt < 60_000; sentAt += periodMs) {
          arrivedAt = Math.max(arrivedAt, sentAt + stallsMs[Math.floor(sentAt / 5_000) % stallsMs.length]!);
          expect(walker.to((MAX_SPEED * sentAt) / 1_000, now + arrivedAt - walker.now)).toBe(MOVE_ACCEPTED);
        }
      }
    },
  );

  it('MV4: what is saved is at most a minute of it', () => {
    const walker = new Walker();
    walker.to(0, 0);
    for (let i = 0; i < 200; i++) walker.to(0, 1_000);
    expect(walker.to(moveDistanceMaxM(MAX_SPEED, 60_000) + 0.1, 0)).toBe(MOVE_TOO_FAST);
    expect(walker.to(moveDistanceMaxM(MAX_SPEED, 60_000) - 0.1, 0)).toBe(MOVE_ACCEPTED);
  });
});

describe('looking for a reach', () => {
  it('MV6: sequential: only the next waypoint counts, from its radius on', () => {
    const walker = new Walker();
    walker.to(2.01, 0);
    expect(walker.reach()).toBe(-1);
    walker.to(2, 100);
    expect(walker.reach()).toBe(0);
    walker.to(10, 10_000);
    expect(walker.reach()).toBe(-1);
    walker.fixture.reach('game', 0, 0);
    expect(walker.reach()).toBe(1);
  });

  it('MV6: free: any that is not reached, the lowest of several', () => {
    const walker = new Walker('free');
    walker.to(500, 0);
    expect(walker.reach()).toBe(50);
    walker.fixture.reach('game', 0, 50);
    expect(walker.reach()).toBe(-1);
  });

  it('finds nothing while one is pending, while the game is paused, before the first move, and when all are reached', () => {
    const walker = new Walker();
    expect(walker.reach()).toBe(-1);
    walker.to(0, 0);
    const { players } = walker.fixture.arena;
    players.reachPending[walker.player] = 0;
    expect(walker.reach()).toBe(-1);
    players.reachPending[walker.player] = -1;
    expect(walker.reach()).toBe(0);
    walker.fixture.project('game', { type: 'GamePaused', data: { at: 0 } });
    expect(walker.reach()).toBe(-1);
    walker.fixture.project('game', { type: 'GameResumed', data: { at: 0, endsAt: 1 } });
    for (let waypoint = 0; waypoint < 100; waypoint++) walker.fixture.reach('game', 0, waypoint);
    walker.to(990, 3_600_000);
    expect(walker.reach()).toBe(-1);
  });
});
