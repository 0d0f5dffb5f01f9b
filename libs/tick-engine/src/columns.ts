import { PLAYERS_PER_GAME_MAX, WAYPOINTS_MAX } from '@waymark/base';

import { FreeList } from './free-list.ts';

/**
 * The columns of the arena: one typed array a field, as long as there are rows, made once. Rows are cleared when they are taken (arena.ts),
 * not when they are given back. The kernel commits the pages that are touched, so rows that are never used cost no memory.
 */
export interface GameColumns {
  /** 1 while the slot holds a game. */
  readonly live: Uint8Array;
  readonly generation: Uint32Array;
  /** GAME_STATUS of the protocol. */
  readonly status: Uint8Array;
  /** Stream revision and log position of the last event applied. */
  readonly revision: Uint32Array;
  readonly position: Float64Array;
  /** Epoch ms, 0 while not known. */
  readonly startedAt: Float64Array;
  readonly endsAt: Float64Array;
  /** Shared frames so far: one for each tick that was encoded, one for each event. */
  readonly frameSequence: Uint32Array;
  /** Row of the quest table, or -1 while the game's quest is not there. */
  readonly quest: Int32Array;
  /** Of the quest, copied here because ticks and moves need them; 0 while it is not there. */
  readonly waypointCount: Int32Array;
  readonly maxSpeed: Float64Array;
  readonly sequential: Uint8Array;
  /** Rows that ever joined. */
  readonly playerCount: Uint8Array;
  /** Player slot of row r of game g at g * PLAYERS_PER_GAME_MAX + r; -1 for a player that found no slot. */
  readonly playerSlots: Int32Array;
  /** Players that changed since the last delta. */
  readonly dirtyCount: Uint8Array;
}

export interface PlayerColumns {
  readonly generation: Uint32Array;
  /** -1 for a free slot. */
  readonly game: Int32Array;
  readonly row: Uint8Array;
  /** PLAYER_ bits of the protocol. */
  readonly flags: Uint8Array;
  /** 1 when the record differs from what the last delta said. */
  readonly dirty: Uint8Array;
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly z: Float32Array;
  /** When the last accepted move came, epoch ms; meaningless until placed. */
  readonly lastMoveAt: Float64Array;
  /** The account of the speed rule, metres, negative when overdrawn (moves.ts); meaningless until placed. */
  readonly moveCreditM: Float64Array;
  /** Of the last accepted move on this connection; -1 before the first. */
  readonly moveSequence: Float64Array;
  readonly score: Uint32Array;
  readonly reachedCount: Uint32Array;
  /** The lowest waypoint not reached; the quest's waypointCount when there is none. */
  readonly nextWaypoint: Int32Array;
  /** Bitset of the waypoints reached beyond nextWaypoint, or -1 when there are none (reached-set.ts). */
  readonly bitset: Int32Array;
  /** The window: the unreached waypoints below windowEnd, windowCount of them (window.ts). */
  readonly windowEnd: Int32Array;
  readonly windowCount: Uint8Array;
  /** What the player's client was told: waypoints below revealedEnd, and the clue of waypoint revealedClue. */
  readonly revealedEnd: Int32Array;
  readonly revealedClue: Int32Array;
  /** 1 when the next reveal tells the client to forget its window first. */
  readonly revealReset: Uint8Array;
  /** The waypoint whose reach the gateway has asked for and not heard of, or -1. */
  readonly reachPending: Int32Array;
}

/** Bitsets of WAYPOINTS_MAX bits. One for each player at most, so a player never finds none. */
export interface ReachedColumns {
  readonly words: Uint32Array;
  readonly free: FreeList;
}
export const BITSET_WORDS = WAYPOINTS_MAX / 32;

export function createGameColumns(gamesMax: number): GameColumns {
  return {
    live: new Uint8Array(gamesMax),
    generation: new Uint32Array(gamesMax),
    status: new Uint8Array(gamesMax),
    revision: new Uint32Array(gamesMax),
    position: new Float64Array(gamesMax),
    startedAt: new Float64Array(gamesMax),
    endsAt: new Float64Array(gamesMax),
    frameSequence: new Uint32Array(gamesMax),
    quest: new Int32Array(gamesMax).fill(-1),
    waypointCount: new Int32Array(gamesMax),
    maxSpeed: new Float64Array(gamesMax),
    sequential: new Uint8Array(gamesMax),
    playerCount: new Uint8Array(gamesMax),
    playerSlots: new Int32Array(gamesMax * PLAYERS_PER_GAME_MAX),
    dirtyCount: new Uint8Array(gamesMax),
  };
}

export function createPlayerColumns(playersMax: number): PlayerColumns {
  return {
    generation: new Uint32Array(playersMax),
    game: new Int32Array(playersMax).fill(-1),
    row: new Uint8Array(playersMax),
    flags: new Uint8Array(playersMax),
    dirty: new Uint8Array(playersMax),
    x: new Float32Array(playersMax),
    y: new Float32Array(playersMax),
    z: new Float32Array(playersMax),
    lastMoveAt: new Float64Array(playersMax),
    moveCreditM: new Float64Array(playersMax),
    moveSequence: new Float64Array(playersMax),
    score: new Uint32Array(playersMax),
    reachedCount: new Uint32Array(playersMax),
    nextWaypoint: new Int32Array(playersMax),
    bitset: new Int32Array(playersMax).fill(-1),
    windowEnd: new Int32Array(playersMax),
    windowCount: new Uint8Array(playersMax),
    revealedEnd: new Int32Array(playersMax),
    revealedClue: new Int32Array(playersMax),
    revealReset: new Uint8Array(playersMax),
    reachPending: new Int32Array(playersMax),
  };
}

export function createReachedColumns(playersMax: number): ReachedColumns {
  return { words: new Uint32Array(playersMax * BITSET_WORDS), free: new FreeList(playersMax) };
}

/** Gives a bitset back, cleared: a new owner finds no bits. */
export function releaseBitset(reached: ReachedColumns, bitset: number): void {
  reached.words.fill(0, bitset * BITSET_WORDS, (bitset + 1) * BITSET_WORDS);
  reached.free.give(bitset);
}
