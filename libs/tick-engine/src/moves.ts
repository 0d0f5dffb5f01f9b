import { assert } from '@waymark/base';
import {
  GAME_STATUS,
  isInBounds,
  MOVE_REST_MS_MAX,
  moveDistanceMaxM,
  PLAYER_PLACED,
  PLAYER_PRESENT,
  type Move,
} from '@waymark/protocol';

import { markDirty, type Arena } from './arena.ts';
import { lowerBound, type ReachIndex } from './reach-index.ts';
import { isReached } from './reached-set.ts';

/**
 * Where players are. acceptMove applies the rules of docs/protocol.md (MV) to one message of a client; findReach says which waypoint the
 * player then stands in, so that the gateway can ask the command app for the reach. Neither allocates.
 *
 * Speed is an account in metres. Time that passes pays in what maxSpeed covers, up to what a rest may count; a move draws its distance out, and
 * may overdraw by the grace for jitter, once. So over any stretch of moves a player keeps to the limit, many small moves go no faster than
 * few large ones, and an honest client's moves are accepted however late or bunched the network hands them over, and however seldom it moves.
 */
export const MOVE_ACCEPTED = 0;
/** Not newer than the last accepted move of this connection, or of a player who has left: to be passed over without a word. */
export const MOVE_STALE = 1;
export const MOVE_NOT_RUNNING = 2;
export const MOVE_OUT_OF_BOUNDS = 3;
export const MOVE_TOO_FAST = 4;
export type MoveResult =
  typeof MOVE_ACCEPTED | typeof MOVE_STALE | typeof MOVE_NOT_RUNNING | typeof MOVE_OUT_OF_BOUNDS | typeof MOVE_TOO_FAST;

/** On the account of a player who is placed: the first move may have been slower on its way than those after it. */
const FIRST_CREDIT_MS = 1_000;

/** Takes a move of a player at `now`, epoch ms. A move that is not accepted changes nothing. */
export function acceptMove(arena: Arena, player: number, move: Readonly<Move>, now: number): MoveResult {
  const { players, games } = arena;
  const game = players.game[player];
  assert(game !== -1, 'moves are made by live players');
  if ((players.flags[player] & PLAYER_PRESENT) === 0) return MOVE_STALE;
  if (move.sequence <= players.moveSequence[player]) return MOVE_STALE;
  if (games.status[game] !== GAME_STATUS.running) return MOVE_NOT_RUNNING;
  if (!isInBounds(move)) return MOVE_OUT_OF_BOUNDS;
  if (!spendDistance(arena, player, move, now)) return MOVE_TOO_FAST;
  players.x[player] = move.x;
  players.y[player] = move.y;
  players.z[player] = move.z;
  players.lastMoveAt[player] = now;
  players.moveSequence[player] = move.sequence;
  players.flags[player] |= PLAYER_PLACED;
  markDirty(arena, player);
  return MOVE_ACCEPTED;
}

/**
 * The waypoint whose radius the player is in and that counts as next: -1 for none, while a reach is pending, and while the game does not
 * run. In free order the lowest index of several. Call it after an accepted move, and after a reach: circles may overlap.
 */
export function findReach(arena: Arena, player: number): number {
  const { players, games } = arena;
  const game = players.game[player];
  assert(game !== -1, 'waypoints are reached by live players');
  if (games.status[game] !== GAME_STATUS.running || games.quest[game] === -1) return -1;
  if (players.reachPending[player] !== -1) return -1;
  const here = PLAYER_PRESENT | PLAYER_PLACED;
  if ((players.flags[player] & here) !== here) return -1;
  const quest = arena.quests.rows[games.quest[game]]!;
  const { places } = quest.compiled;
  if (quest.reachIndex !== null) return findFreeReach(arena, player, quest.reachIndex, places);
  const next = players.nextWaypoint[player];
  return next < games.waypointCount[game] && isInside(arena, player, next, places) ? next : -1;
}

/** Whether the speed rule allows the move; when it does, its distance is taken from the player's account. */
function spendDistance(arena: Arena, player: number, move: Readonly<Move>, now: number): boolean {
  const { x, y, z, flags, game, lastMoveAt, moveCreditM } = arena.players;
  const maxSpeed = arena.games.maxSpeed[game[player]];
  const graceM = moveDistanceMaxM(maxSpeed, 0);
  // The first place of a player is anywhere: the engine does not know where they were before.
  if ((flags[player] & PLAYER_PLACED) === 0) {
    moveCreditM[player] = moveDistanceMaxM(maxSpeed, FIRST_CREDIT_MS) - graceM;
    return true;
  }
  const dx = move.x - x[player];
  const dy = move.y - y[player];
  const dz = move.z - z[player];
  const distanceM = Math.sqrt(dx * dx + dy * dy + dz * dz);
  const earnedM = moveDistanceMaxM(maxSpeed, now - lastMoveAt[player]) - graceM;
  const creditMaxM = moveDistanceMaxM(maxSpeed, MOVE_REST_MS_MAX) - graceM;
  const creditM = Math.min(creditMaxM, moveCreditM[player] + earnedM);
  if (distanceM > creditM + graceM) return false;
  moveCreditM[player] = creditM - distanceM;
  return true;
}

/** Looks at the waypoints that are near enough on the index's axis, and no others. */
function findFreeReach(arena: Arena, player: number, index: ReachIndex, places: Float32Array): number {
  const { axis, along, waypoint, radiusMax } = index;
  const { x, y, z } = arena.players;
  const centre = axis === 0 ? x[player] : axis === 1 ? y[player] : z[player];
  const end = centre + radiusMax;
  let lowest = -1;
  for (let i = lowerBound(along, centre - radiusMax); i < along.length && along[i] <= end; i++) {
    const candidate = waypoint[i];
    if (lowest !== -1 && candidate > lowest) continue;
    if (!isInside(arena, player, candidate, places)) continue;
    if (!isReached(arena, player, candidate)) lowest = candidate;
  }
  return lowest;
}

function isInside(arena: Arena, player: number, waypoint: number, places: Float32Array): boolean {
  const { x, y, z } = arena.players;
  const place = 4 * waypoint;
  const dx = places[place] - x[player];
  const dy = places[place + 1] - y[player];
  const dz = places[place + 2] - z[player];
  const radius = places[place + 3];
  return dx * dx + dy * dy + dz * dz <= radius * radius;
}
