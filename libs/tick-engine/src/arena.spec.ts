import { PLAYERS_PER_GAME_MAX } from '@waymark/base';
import { PLAYER_CONNECTED, PLAYER_PRESENT } from '@waymark/protocol';
import { ArenaFixture, lineQuest } from '@waymark/testing';

import {
  connectPlayer,
  disconnectPlayer,
  gameRecord,
  gameSlot,
  isCurrentGame,
  isCurrentPlayer,
  playerAt,
  playerRecord,
  playerSlot,
  releaseGame,
} from './arena.ts';
import { PROJECT_APPLIED, PROJECT_FULL, PROJECT_UNKNOWN_GAME } from './project-event.ts';

describe('the arena', () => {
  it('finds games by id and players by id and by row', () => {
    const { arena, game: played } = playing(2);
    const game = gameSlot(arena, 'game');
    expect(gameSlot(arena, 'nothing')).toBe(-1);
    expect(gameRecord(arena, game)).toMatchObject({ gameId: 'game', questId: 'quest' });
    expect(playerSlot(arena, game, 'player-1')).toBe(playerAt(arena, game, 1));
    expect(playerSlot(arena, game, 'nobody')).toBe(-1);
    expect(playerRecord(arena, playerAt(arena, game, 1))).toMatchObject({ playerId: 'player-1', name: 'Name 1' });
    expect(() => playerAt(arena, game, 2)).toThrow('after its player joined');
    expect(played).toBe(game);
  });

  it('refuses a game too many, and serves the others', () => {
    const fixture = new ArenaFixture(lineQuest(3), { gamesMax: 2 });
    expect([fixture.create('a'), fixture.create('b'), fixture.create('c')]).toEqual([
      PROJECT_APPLIED,
      PROJECT_APPLIED,
      PROJECT_FULL,
    ]);
    expect(fixture.arena.counts.gamesRefused).toBe(1);
    expect(fixture.project('c', { type: 'GameStarted', data: { at: 0, endsAt: 1 } })).toBe(PROJECT_UNKNOWN_GAME);
    releaseGame(fixture.arena, gameSlot(fixture.arena, 'a'));
    expect(fixture.create('d')).toBe(PROJECT_APPLIED);
  });

  it('leaves a player too many out of the game, and the game goes on', () => {
    const fixture = new ArenaFixture(lineQuest(3), { playersMax: 2 });
    const { arena } = fixture;
    fixture.create('game');
    fixture.start('game');
    for (let row = 0; row < 3; row++) fixture.join('game', row);
    expect(arena.applied).toMatchObject({ player: -1, payload: { row: 2, playerId: 'player-2' } });
    expect(arena.counts.playersRefused).toBe(1);
    const game = gameSlot(arena, 'game');
    expect([playerAt(arena, game, 2), playerSlot(arena, game, 'player-2')]).toEqual([-1, -1]);
    fixture.reach('game', 2, 0, 10);
    fixture.reach('game', 1, 0, 10);
    expect(arena.players.score[playerAt(arena, game, 1)]).toBe(10);
  });

  it('holds as many players of a game as a keyframe does, and no more', () => {
    const fixture = new ArenaFixture(lineQuest(3));
    const game = fixture.play('game', PLAYERS_PER_GAME_MAX);
    expect(fixture.arena.games.playerCount[game]).toBe(64);
    expect(() => fixture.join('game', 64)).toThrow('no more players than one keyframe');
  });

  it('tells a stale handle from a current one when a slot is used again', () => {
    const { arena, game, project } = playing(1);
    const player = playerAt(arena, game, 0);
    const handles = [arena.games.generation[game]!, arena.players.generation[player]!] as const;
    expect([isCurrentGame(arena, game, handles[0]), isCurrentPlayer(arena, player, handles[1])]).toEqual([true, true]);
    releaseGame(arena, game);
    expect([isCurrentGame(arena, game, handles[0]), isCurrentPlayer(arena, player, handles[1])]).toEqual([
      false,
      false,
    ]);
    expect(project.play('other', 1)).toBe(game);
    expect([isCurrentGame(arena, game, handles[0]), isCurrentPlayer(arena, player, handles[1])]).toEqual([
      false,
      false,
    ]);
    expect(gameSlot(arena, 'game')).toBe(-1);
  });

  it('gives a slot to the next game as if nobody had had it', () => {
    const { arena, game, project } = playing(2);
    project.reach('game', 0, 2, 10);
    arena.players.x[playerAt(arena, game, 0)] = 5;
    releaseGame(arena, game);
    project.play('other', 1);
    const player = playerAt(arena, game, 0);
    const { players, games } = arena;
    expect([players.score[player], players.x[player], players.reachedCount[player]]).toEqual([0, 0, 0]);
    expect([games.revision[game], games.frameSequence[game], games.playerCount[game]]).toEqual([2, 2, 1]);
    expect(() => gameRecord(arena, 3)).toThrow('of a live game');
  });

  it('marks connections in the flags, counts moves anew and starts the reveals from nothing', () => {
    const { arena, game } = playing(1);
    const player = playerAt(arena, game, 0);
    const { players } = arena;
    players.moveSequence[player] = 9;
    players.revealReset[player] = 0;
    disconnectPlayer(arena, player);
    expect(players.flags[player]).toBe(PLAYER_PRESENT);
    connectPlayer(arena, player);
    expect(players.flags[player]).toBe(PLAYER_PRESENT | PLAYER_CONNECTED);
    expect([players.moveSequence[player], players.revealReset[player]]).toEqual([-1, 1]);
  });

  it('ends the process when a game is released twice', () => {
    const { arena, game } = playing(1);
    releaseGame(arena, game);
    expect(() => releaseGame(arena, game)).toThrow('released once');
  });
});

function playing(players: number): { arena: ArenaFixture['arena']; game: number; project: ArenaFixture } {
  const project = new ArenaFixture(lineQuest(5, 'free'));
  return { arena: project.arena, game: project.play('game', players), project };
}
