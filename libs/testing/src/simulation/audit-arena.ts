import { assert } from '@waymark/base';
import { GAME_STATUS, PLAYER_CONNECTED, PLAYER_PLACED, PLAYER_PRESENT } from '@waymark/protocol';
import { isCurrentGame, isReached, playerAt, playerRecord, playerSlot, type Arena } from '@waymark/tick-engine';

import type { SimulatedHunt } from './simulated-hunt.ts';

/** Compares the columns of a live game with the naive model and with the domain's fold, value by value. */
export function auditArena(arena: Arena, hunt: SimulatedHunt): void {
  const { model, state, slot } = hunt;
  const { games, players } = arena;
  assert(isCurrentGame(arena, slot, hunt.generation), 'a live game keeps its slot and generation');
  equal('revision', games.revision[slot], model.revision);
  equal('revision of the fold', games.revision[slot], state.revision);
  equal('status', games.status[slot], GAME_STATUS[model.status]);
  equal('status of the fold', model.status, state.life.status);
  equal('endsAt', games.endsAt[slot], model.endsAt ?? 0);
  equal('endsAt of the fold', games.endsAt[slot], state.life.endsAt);
  equal('sequence', games.frameSequence[slot], model.sequence);
  equal('players', games.playerCount[slot], state.players.length);
  let dirtyCount = 0;
  for (const player of model.players) {
    const found = playerAt(arena, slot, player.row);
    if (hunt.unserved.has(player.row)) {
      equal('a player without room', found, -1);
      continue;
    }
    const folded = state.players[player.row]!;
    equal('slot by id', playerSlot(arena, slot, player.playerId), found);
    equal('name', playerRecord(arena, found).name, folded.name);
    equal('score', players.score[found], folded.score);
    equal('reached', players.reachedCount[found], folded.reached.count);
    equal('lowest not reached', players.nextWaypoint[found], folded.reached.next);
    for (let i = 0; i < hunt.quest.waypointCount; i++)
      equal('reach', isReached(arena, found, i), folded.reached.has(i));
    const flags =
      (folded.present ? PLAYER_PRESENT : 0) |
      (player.connected ? PLAYER_CONNECTED : 0) |
      (player.place === null ? 0 : PLAYER_PLACED);
    equal('flags', players.flags[found], flags);
    equal('window', players.windowCount[found], model.window(player).length);
    dirtyCount += players.dirty[found]!;
  }
  equal('changed players', games.dirtyCount[slot], dirtyCount);
}

/** After every game is gone, nothing is in use and no bit is left behind. */
export function auditEmptyArena(arena: Arena): void {
  equal('games', arena.freeGames.usedCount, 0);
  equal('players', arena.freePlayers.usedCount, 0);
  equal('bitsets', arena.reached.free.usedCount, 0);
  equal(
    'bits',
    arena.reached.words.some((word) => word !== 0),
    false,
  );
  for (const quest of arena.quests.rows) if (quest !== null) equal('references', quest.references, 0);
  equal('ids', arena.cold.gameSlotOf.size, 0);
}

function equal(what: string, found: unknown, wanted: unknown): void {
  assert(found === wanted, `${what}: the arena has ${String(found)}, the model ${String(wanted)}`);
}
