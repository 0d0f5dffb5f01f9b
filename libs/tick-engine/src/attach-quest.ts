import { assert, PLAYERS_PER_GAME_MAX } from '@waymark/base';

import { markDirty, type Arena } from './arena.ts';
import { retainQuest } from './quest-table.ts';
import { fillWindow } from './window.ts';

/**
 * Binds a game to the version that it runs, a row of the quest table, which it holds until it is released. projectEvent does it when the game
 * is created. When the version is not in the table then (it was dropped while idle), `games.quest` stays -1: the game's events are applied
 * as always, nothing is revealed and nobody can reach anything, until the gateway has registered the version again and attaches it.
 */
export function attachQuest(arena: Arena, game: number, quest: number): void {
  const { games } = arena;
  assert(games.live[game] === 1, 'a version is attached to a live game');
  assert(games.quest[game] === -1, 'a game is bound to one version, once');
  const { compiled } = retainQuest(arena.quests, quest);
  games.quest[game] = quest;
  games.waypointCount[game] = compiled.waypointCount;
  games.maxSpeed[game] = compiled.limits.maxSpeed;
  games.sequential[game] = compiled.order === 'sequential' ? 1 : 0;
  const first = game * PLAYERS_PER_GAME_MAX;
  for (let row = 0; row < games.playerCount[game]; row++) {
    const player = games.playerSlots[first + row];
    if (player === -1) continue;
    fillWindow(arena, player);
    markDirty(arena, player);
  }
}
