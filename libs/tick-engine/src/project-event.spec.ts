import { GAME_STATUS, PLAYER_PRESENT } from '@waymark/protocol';
import { ArenaFixture, lineQuest } from '@waymark/testing';

import { attachQuest } from './attach-quest.ts';
import { createAppliedEvent, gameSlot, playerAt, playerRecord, releaseGame } from './arena.ts';
import { findReach } from './moves.ts';
import {
  describeEvent,
  PROJECT_APPLIED,
  PROJECT_REPEATED,
  PROJECT_UNKNOWN_GAME,
  projectEvent,
  type EventEnvelope,
} from './project-event.ts';
import { registerQuest } from './quest-table.ts';
import { isReached } from './reached-set.ts';
import { revealPending } from './window.ts';

const paused = { type: 'GamePaused', data: { at: 5 } } as const;

function envelope(revision: number): EventEnvelope {
  return { revision: BigInt(revision), position: BigInt(revision + 1), created: 7, metadata: {} };
}

describe('projecting events', () => {
  it('follows a game through its life', () => {
    const fixture = new ArenaFixture(lineQuest(3));
    const { games } = fixture.arena;
    fixture.create('game');
    const game = gameSlot(fixture.arena, 'game');
    const seen: number[][] = [];
    const look = (): unknown => seen.push([games.status[game]!, games.startedAt[game]!, games.endsAt[game]!]);
    look();
    fixture.project('game', { type: 'GameStarted', data: { at: 100, endsAt: 200 } });
    look();
    fixture.project('game', { type: 'GamePaused', data: { at: 110 } });
    look();
    fixture.project('game', { type: 'GameResumed', data: { at: 120, endsAt: 210 } });
    look();
    fixture.project('game', { type: 'GameEnded', data: { at: 130, reason: 'operator', winnerId: null } });
    look();
    expect(seen).toEqual([
      [GAME_STATUS.scheduled, 0, 0],
      [GAME_STATUS.running, 100, 200],
      [GAME_STATUS.paused, 100, 200],
      [GAME_STATUS.running, 100, 210],
      [GAME_STATUS.ended, 100, 210],
    ]);
    expect([games.revision[game], games.position[game], games.frameSequence[game]]).toEqual([4, 5, 4]);
  });

  it('ignores what it knows already, and counts it', () => {
    const { arena, game } = playing();
    const before = { score: arena.players.score[playerAt(arena, game, 0)], sequence: arena.games.frameSequence[game] };
    for (const revision of [0, 1, 2])
      expect(projectEvent(arena, 'game', paused, envelope(revision))).toBe(PROJECT_REPEATED);
    expect(arena.counts.repeated).toBe(3);
    expect({ score: arena.players.score[playerAt(arena, game, 0)], sequence: arena.games.frameSequence[game] }).toEqual(
      before,
    );
    expect(arena.games.status[game]).toBe(GAME_STATUS.running);
  });

  it('never applies an event out of order: a hole ends the process', () => {
    const { arena, game } = playing();
    expect(() => projectEvent(arena, 'game', paused, envelope(4))).toThrow('without a hole');
    expect([arena.games.revision[game], arena.games.status[game]]).toEqual([2, GAME_STATUS.running]);
    const created = { ...arena.cold.games[game]!, gameId: 'late' };
    expect(() => projectEvent(arena, 'late', { type: 'GameCreated', data: created }, envelope(3))).toThrow(
      'begins with',
    );
  });

  it('passes over events of a game that was released', () => {
    const { arena, game } = playing();
    releaseGame(arena, game);
    expect(projectEvent(arena, 'game', paused, envelope(3))).toBe(PROJECT_UNKNOWN_GAME);
    expect(arena.counts.unknownGame).toBe(1);
  });

  it('keeps the row and the score of a player who leaves and comes back', () => {
    const { arena, game, fixture } = playing();
    const player = playerAt(arena, game, 0);
    fixture.reach('game', 0, 0, 30);
    fixture.project('game', { type: 'PlayerLeft', data: { playerId: 'player-0', row: 0, at: 9 } });
    expect(arena.players.flags[player]).toBe(0);
    fixture.project('game', { type: 'PlayerJoined', data: { playerId: 'player-0', name: 'Later', row: 0, at: 10 } });
    expect(playerAt(arena, game, 0)).toBe(player);
    expect([arena.players.score[player], arena.players.flags[player]]).toEqual([30, PLAYER_PRESENT]);
    expect(playerRecord(arena, player).name).toBe('Later');
  });

  it('settles the reach that was asked for, and no other', () => {
    const { arena, game, fixture } = playing('free');
    const player = playerAt(arena, game, 0);
    arena.players.reachPending[player] = 2;
    fixture.reach('game', 0, 1);
    expect(arena.players.reachPending[player]).toBe(2);
    fixture.reach('game', 0, 2);
    expect(arena.players.reachPending[player]).toBe(-1);
  });

  it('knows the lowest waypoint that is not reached, in whatever order they are', () => {
    const { arena, game, fixture } = playing('free');
    const player = playerAt(arena, game, 0);
    const next = [2, 1, 0, 4, 3].map((waypoint) => {
      fixture.reach('game', 0, waypoint);
      return arena.players.nextWaypoint[player];
    });
    expect(next).toEqual([0, 0, 3, 3, 5]);
    expect(arena.players.reachedCount[player]).toBe(5);
    expect(isReached(arena, player, 4)).toBe(true);
    // Nothing is reached out of order any more, so the player needs no bitset.
    expect(arena.reached.free.usedCount).toBe(0);
  });

  it('describes what it applied for the event frame', () => {
    const { arena, game, fixture } = playing();
    const data = {
      playerId: 'player-0',
      row: 0,
      waypoint: 0,
      place: [1, 2, 3],
      points: 10,
      score: 10,
      treasure: true,
      at: 8,
    } as const;
    expect(fixture.project('game', { type: 'WaypointReached', data }, 4)).toBe(PROJECT_APPLIED);
    expect(arena.applied).toEqual({
      game,
      player: playerAt(arena, game, 0),
      revision: 3,
      sequence: 3,
      created: fixture.now,
      payload: {
        type: 'WaypointReached',
        row: 0,
        waypoint: 0,
        points: 10,
        score: 10,
        treasure: true,
        sentAt: 4,
        position: 4,
        at: 8,
        endsAt: 0,
        reason: null,
        playerId: 'player-0',
        name: '',
      },
    });
    fixture.project('game', { type: 'GameEnded', data: { at: 9, reason: 'treasure', winnerId: 'player-0' } });
    expect(arena.applied).toMatchObject({
      player: playerAt(arena, game, 0),
      payload: {
        type: 'GameEnded',
        row: 0,
        playerId: 'player-0',
        reason: 'treasure',
        waypoint: null,
        score: 0,
        sentAt: null,
      },
    });
  });

  it('describes an event of the past without applying it', () => {
    const { arena, game } = playing();
    const into = createAppliedEvent();
    describeEvent(arena, game, { type: 'GameStarted', data: { at: 5, endsAt: 6 } }, envelope(1), into);
    expect(into).toMatchObject({
      game,
      revision: 1,
      created: 7,
      payload: { type: 'GameStarted', at: 5, endsAt: 6, position: 2 },
    });
    expect(arena.games.endsAt[game]).not.toBe(6);
  });
});

describe('a game whose version is not in the table', () => {
  it('takes its events, reveals nothing, and goes on as if nothing had been when the version comes', () => {
    const fixture = new ArenaFixture(lineQuest(3));
    const { arena } = fixture;
    fixture.create('game', 2);
    fixture.start('game');
    fixture.join('game', 0);
    fixture.reach('game', 0, 4, 10);
    const game = gameSlot(arena, 'game');
    const player = playerAt(arena, game, 0);
    arena.players.flags[player]! |= 0b100;
    arena.players.x[player] = 10;
    expect([arena.games.quest[game], findReach(arena, player), revealPending(arena, player)]).toEqual([-1, -1, false]);

    attachQuest(arena, game, registerQuest(arena.quests, 'quest', 2, lineQuest(100, 'free')));
    expect([findReach(arena, player), revealPending(arena, player)]).toEqual([1, true]);
    expect([arena.players.windowCount[player], arena.players.windowEnd[player]]).toEqual([64, 65]);
    expect(() => attachQuest(arena, game, 0)).toThrow('one version, once');
  });
});

function playing(order: 'sequential' | 'free' = 'sequential'): {
  arena: ArenaFixture['arena'];
  game: number;
  fixture: ArenaFixture;
} {
  const fixture = new ArenaFixture(lineQuest(5, order));
  return { arena: fixture.arena, game: fixture.play('game'), fixture };
}
