import { WINDOW_WAYPOINTS_MAX } from '@waymark/base';

import type { Arena } from './arena.ts';
import { nextUnreached } from './reached-set.ts';

/**
 * Which waypoints a player may see: the first WINDOW_WAYPOINTS_MAX that are not reached, in index order. For a sequential quest that is the
 * next one and those after it. The window is kept as its end and its size and only ever moves forward, so that a reach costs a step, not a
 * search; what of it the client was told is kept beside it (revealedEnd, revealedClue) and caught up by reveal frames.
 */

/** Takes in as many waypoints as there is room for. Called when the quest is there, after a join and after each reach. */
export function fillWindow(arena: Arena, player: number): void {
  const { windowEnd, windowCount, game } = arena.players;
  const waypointCount = arena.games.waypointCount[game[player]];
  let end = windowEnd[player];
  let count = windowCount[player];
  while (count < WINDOW_WAYPOINTS_MAX && end < waypointCount) {
    end = nextUnreached(arena, player, end, waypointCount);
    if (end === waypointCount) break;
    end += 1;
    count += 1;
  }
  windowEnd[player] = end;
  windowCount[player] = count;
}

/** `waypoint` was reached just now: it leaves the window, and the next unreached one takes its place. */
export function advanceWindow(arena: Arena, player: number, waypoint: number): void {
  const { windowEnd, windowCount } = arena.players;
  if (waypoint < windowEnd[player]) windowCount[player] -= 1;
  fillWindow(arena, player);
}

/** Whether the client of a player has not been told all that the rules reveal. Nothing can be told while the quest is not there. */
export function revealPending(arena: Arena, player: number): boolean {
  const { players, games } = arena;
  if (games.quest[players.game[player]] === -1) return false;
  return (
    players.revealReset[player] === 1 ||
    players.revealedEnd[player] < players.windowEnd[player] ||
    cluePending(arena, player)
  );
}

/** Sequential: whether the clue of the next waypoint has not been told. Free: clues come with their waypoints. */
export function cluePending(arena: Arena, player: number): boolean {
  const { players, games } = arena;
  const game = players.game[player];
  const next = players.nextWaypoint[player];
  return games.sequential[game] === 1 && next < games.waypointCount[game] && players.revealedClue[player] !== next;
}
