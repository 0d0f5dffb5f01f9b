import { assert, WAYPOINTS_MAX } from '@waymark/base';

import type { Arena } from './arena.ts';
import { BITSET_WORDS, releaseBitset } from './columns.ts';

/**
 * Which waypoints a player has reached. Everything below nextWaypoint is; what is reached beyond it stands in a bitset that the player
 * takes from the pool when there is such a waypoint and gives back when there is none. So a sequential hunt, and a free one walked in
 * order, need none, and the order of the quest need not be known to take a reach from the log.
 */
export function isReached(arena: Arena, player: number, waypoint: number): boolean {
  if (waypoint < arena.players.nextWaypoint[player]) return true;
  const bitset = arena.players.bitset[player];
  if (bitset === -1) return false;
  return hasBit(arena.reached.words, bitset, waypoint);
}

/** False when it was reached before: nothing changes then. */
export function addReached(arena: Arena, player: number, waypoint: number): boolean {
  assert(waypoint >= 0 && waypoint < WAYPOINTS_MAX, 'a waypoint is an index of a quest');
  if (isReached(arena, player, waypoint)) return false;
  const { players, reached } = arena;
  players.reachedCount[player] += 1;
  if (waypoint !== players.nextWaypoint[player]) {
    setBit(arena, player, waypoint);
    return true;
  }
  const bitset = players.bitset[player];
  let next = waypoint + 1;
  if (bitset !== -1) while (hasBit(reached.words, bitset, next)) next += 1;
  players.nextWaypoint[player] = next;
  if (bitset !== -1 && players.reachedCount[player] === next) {
    releaseBitset(reached, bitset);
    players.bitset[player] = -1;
  }
  return true;
}

/** The first waypoint from `from` on, below `end`, that the player has not reached; `end` when there is none. */
export function nextUnreached(arena: Arena, player: number, from: number, end: number): number {
  const { nextWaypoint, bitset } = arena.players;
  let waypoint = Math.max(from, nextWaypoint[player]);
  const set = bitset[player];
  if (set === -1) return waypoint < end ? waypoint : end;
  const { words } = arena.reached;
  const first = set * BITSET_WORDS;
  while (waypoint < end) {
    // The bits from `waypoint` to the end of its word, inverted: the lowest one set is the first that is not reached.
    const open = ~words[first + (waypoint >>> 5)] >>> (waypoint & 31);
    if (open !== 0) {
      waypoint += 31 - Math.clz32(open & -open);
      return waypoint < end ? waypoint : end;
    }
    waypoint = ((waypoint >>> 5) + 1) << 5;
  }
  return end;
}

function setBit(arena: Arena, player: number, waypoint: number): void {
  const { players, reached } = arena;
  if (players.bitset[player] === -1) {
    players.bitset[player] = reached.free.take();
    assert(players.bitset[player] !== -1, 'there is a bitset for each player');
  }
  reached.words[players.bitset[player] * BITSET_WORDS + (waypoint >>> 5)] |= 1 << (waypoint & 31);
}

function hasBit(words: Uint32Array, bitset: number, waypoint: number): boolean {
  return waypoint < WAYPOINTS_MAX && (words[bitset * BITSET_WORDS + (waypoint >>> 5)] & (1 << (waypoint & 31))) !== 0;
}
