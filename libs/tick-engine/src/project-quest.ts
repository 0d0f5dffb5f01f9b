import { assert, PLAYERS_PER_GAME_MAX } from '@waymark/base';
import type { CompiledQuest, QuestPublished } from '@waymark/domain';
import { compileQuest } from '@waymark/quest';

import { markDirty, type Arena } from './arena.ts';
import { registerQuest, retainQuest } from './quest-table.ts';
import { fillWindow } from './window.ts';

/**
 * Published versions and the games that run them. A game is bound to its version when it is created. When the version is not in the table
 * (it was dropped while idle), the game waits for it: its events are applied as always, `games.quest` is -1, nothing is revealed and nobody
 * can reach anything; whoever then projects the version again binds the games that wait.
 */

/** Puts a published version into the quest table and returns its row. `compiled` saves compiling it a second time. */
export function projectQuest(arena: Arena, published: QuestPublished, compiled?: CompiledQuest): number {
  const { questId, version, content, contentHash } = published;
  const quest = registerQuest(arena.quests, questId, version, compiled ?? compileQuest(content, contentHash));
  const { live, quest: questOf } = arena.games;
  // Rare enough to look at every row: a version is published once, and brought back when a game was created without it.
  for (let game = 0; game < arena.gamesMax; game++) {
    if (live[game] === 0 || questOf[game] !== -1) continue;
    const created = arena.cold.games[game]!;
    if (created.questId === questId && created.questVersion === version) attachQuest(arena, game, quest);
  }
  return quest;
}

/** Binds a game to its version, which it holds until it is released. */
export function attachQuest(arena: Arena, game: number, quest: number): void {
  const { games } = arena;
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
