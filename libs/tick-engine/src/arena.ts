import {
  assert,
  GAMES_LIVE_MAX,
  PLAYERS_LIVE_MAX,
  PLAYERS_PER_GAME_MAX,
  PUBLISHED_QUESTS_CACHED_MAX,
} from '@waymark/base';
import type { GameCreated } from '@waymark/domain';
import { GAME_STATUS, PLAYER_CONNECTED } from '@waymark/protocol';
import type { EventPayload } from '@waymark/protocol';

import {
  createGameColumns,
  createPlayerColumns,
  createReachedColumns,
  releaseBitset,
  type GameColumns,
  type PlayerColumns,
  type ReachedColumns,
} from './columns.ts';
import { FreeList } from './free-list.ts';
import { createQuestTable, releaseQuest, type QuestTable } from './quest-table.ts';

/**
 * Everything that is known of live games, in columns of typed arrays made once: a row a game, a row a player. Games and players are
 * numbers (slots) with a generation that changes when the slot is given to another, so that a stale handle can be told. What a tick never
 * reads (ids, names) lies beside the columns in `cold`. Full is a return value (-1), never growth. The gateway owns one arena; events
 * (project-event.ts) and moves (moves.ts) write to it, frames (frames.ts) are read from it.
 */
export interface Arena {
  readonly gamesMax: number;
  readonly playersMax: number;
  readonly games: GameColumns;
  readonly players: PlayerColumns;
  readonly reached: ReachedColumns;
  readonly quests: QuestTable;
  readonly cold: ColdColumns;
  readonly counts: ArenaCounts;
  /** What the last projectEvent did; overwritten by the next one. */
  readonly applied: AppliedEvent;
  readonly freeGames: FreeList;
  readonly freePlayers: FreeList;
}

export interface ColdColumns {
  readonly gameSlotOf: Map<string, number>;
  readonly games: (GameCreated | null)[];
  readonly players: (PlayerRecord | null)[];
}

export interface PlayerRecord {
  readonly playerId: string;
  name: string;
  readonly joinedAt: number;
}

/** Counters for metrics, pulled at scrape time. */
export interface ArenaCounts {
  applied: number;
  repeated: number;
  unknownGame: number;
  gamesRefused: number;
  playersRefused: number;
}

/** The event that was projected, resolved to slots, with what an event frame says of it. */
export interface AppliedEvent {
  game: number;
  /** The player it is about (GameEnded: the winner), or -1. */
  player: number;
  revision: number;
  /** Frame sequence that the event was given. */
  sequence: number;
  /** When it was recorded, epoch ms. */
  created: number;
  readonly payload: EventPayload;
}

export interface ArenaOptions {
  readonly gamesMax?: number;
  readonly playersMax?: number;
  /** Published versions kept although no live game runs them, so that the next game of one finds it. */
  readonly idleQuestsMax?: number;
}

export function createArena(options: ArenaOptions = {}): Arena {
  const gamesMax = options.gamesMax ?? GAMES_LIVE_MAX;
  const playersMax = options.playersMax ?? PLAYERS_LIVE_MAX;
  const idleQuestsMax = options.idleQuestsMax ?? PUBLISHED_QUESTS_CACHED_MAX;
  return {
    gamesMax,
    playersMax,
    games: createGameColumns(gamesMax),
    players: createPlayerColumns(playersMax),
    reached: createReachedColumns(playersMax),
    quests: createQuestTable({ questsMax: gamesMax + idleQuestsMax, idleMax: idleQuestsMax }),
    cold: {
      gameSlotOf: new Map(),
      games: Array.from({ length: gamesMax }, () => null),
      players: Array.from({ length: playersMax }, () => null),
    },
    counts: { applied: 0, repeated: 0, unknownGame: 0, gamesRefused: 0, playersRefused: 0 },
    applied: createAppliedEvent(),
    freeGames: new FreeList(gamesMax),
    freePlayers: new FreeList(playersMax),
  };
}

/** An empty record for describeEvent and encodeEvent. */
export function createAppliedEvent(): AppliedEvent {
  return {
    game: -1,
    player: -1,
    revision: 0,
    sequence: 0,
    created: 0,
    payload: {
      type: 'GameCreated',
      row: null,
      waypoint: null,
      points: 0,
      score: 0,
      treasure: false,
      sentAt: null,
      position: 0,
      at: 0,
      endsAt: 0,
      reason: null,
      playerId: '',
      name: '',
    },
  };
}

/** The slot of a live game, or -1. */
export function gameSlot(arena: Arena, gameId: string): number {
  return arena.cold.gameSlotOf.get(gameId) ?? -1;
}

/** The slot of the player with this id in a game, or -1. At most PLAYERS_PER_GAME_MAX comparisons: for joins, not for ticks. */
export function playerSlot(arena: Arena, game: number, playerId: string): number {
  const { playerCount, playerSlots } = arena.games;
  const first = game * PLAYERS_PER_GAME_MAX;
  for (let row = 0; row < playerCount[game]; row++) {
    const player = playerSlots[first + row];
    if (player !== -1 && arena.cold.players[player]!.playerId === playerId) return player;
  }
  return -1;
}

/** The slot of the player in a row of a game, or -1 when that player found no slot. */
export function playerAt(arena: Arena, game: number, row: number): number {
  assert(row < arena.games.playerCount[game], 'a row is asked for after its player joined');
  return arena.games.playerSlots[game * PLAYERS_PER_GAME_MAX + row];
}

/** Whether a handle {slot, generation} still names the game that it was made for. */
export function isCurrentGame(arena: Arena, game: number, generation: number): boolean {
  return arena.games.live[game] === 1 && arena.games.generation[game] === generation;
}

export function isCurrentPlayer(arena: Arena, player: number, generation: number): boolean {
  return arena.players.game[player] !== -1 && arena.players.generation[player] === generation;
}

/** What was said when the game was created. */
export function gameRecord(arena: Arena, game: number): GameCreated {
  const record = arena.cold.games[game];
  assert(record !== null, 'a record is asked for of a live game');
  return record;
}

export function playerRecord(arena: Arena, player: number): PlayerRecord {
  const record = arena.cold.players[player];
  assert(record !== null, 'a record is asked for of a live player');
  return record;
}

/** Takes a slot for a new game, -1 when all are taken. Called by projectEvent. */
export function claimGame(arena: Arena, created: GameCreated): number {
  const game = arena.freeGames.take();
  if (game === -1) return -1;
  const { games, cold } = arena;
  assert(games.live[game] === 0, 'a free slot holds no game');
  games.live[game] = 1;
  games.status[game] = GAME_STATUS.scheduled;
  games.revision[game] = 0;
  games.position[game] = 0;
  games.startedAt[game] = 0;
  games.endsAt[game] = 0;
  games.frameSequence[game] = 0;
  games.quest[game] = -1;
  games.waypointCount[game] = 0;
  games.maxSpeed[game] = 0;
  games.sequential[game] = 0;
  games.playerCount[game] = 0;
  games.dirtyCount[game] = 0;
  cold.games[game] = created;
  cold.gameSlotOf.set(created.gameId, game);
  return game;
}

/** Takes a slot for the next row of a game, -1 when all are taken: the row exists then, but is not served. Called by projectEvent. */
export function claimPlayer(arena: Arena, game: number, record: PlayerRecord): number {
  const { games, players, cold } = arena;
  const row = games.playerCount[game];
  assert(row < PLAYERS_PER_GAME_MAX, 'a game has no more players than one keyframe holds');
  const player = arena.freePlayers.take();
  games.playerCount[game] = row + 1;
  games.playerSlots[game * PLAYERS_PER_GAME_MAX + row] = player;
  if (player === -1) return -1;
  assert(players.game[player] === -1, 'a free slot holds no player');
  players.game[player] = game;
  players.row[player] = row;
  players.flags[player] = 0;
  players.dirty[player] = 0;
  players.x[player] = 0;
  players.y[player] = 0;
  players.z[player] = 0;
  players.moveSequence[player] = -1;
  players.score[player] = 0;
  players.reachedCount[player] = 0;
  players.nextWaypoint[player] = 0;
  players.bitset[player] = -1;
  players.windowEnd[player] = 0;
  players.windowCount[player] = 0;
  players.revealedEnd[player] = 0;
  players.revealedClue[player] = -1;
  players.revealReset[player] = 1;
  players.reachPending[player] = -1;
  cold.players[player] = record;
  return player;
}

/** Forgets a game and its players. The gateway does it 2 s after the end, or at once while it replays the log. */
export function releaseGame(arena: Arena, game: number): void {
  const { games, cold } = arena;
  assert(games.live[game] === 1, 'a game is released once');
  const first = game * PLAYERS_PER_GAME_MAX;
  for (let row = 0; row < games.playerCount[game]; row++) {
    const player = games.playerSlots[first + row];
    if (player !== -1) releasePlayer(arena, player);
  }
  if (games.quest[game] !== -1) releaseQuest(arena.quests, games.quest[game]);
  cold.gameSlotOf.delete(gameRecord(arena, game).gameId);
  cold.games[game] = null;
  games.live[game] = 0;
  games.generation[game] += 1;
  games.playerCount[game] = 0;
  arena.freeGames.give(game);
}

/** Says that the player's record differs from what the last delta said. */
export function markDirty(arena: Arena, player: number): void {
  const { dirty, game } = arena.players;
  if (dirty[player] === 1) return;
  dirty[player] = 1;
  arena.games.dirtyCount[game[player]] += 1;
}

/**
 * The player has a socket. A connection counts its moves from anew and knows nothing of the window yet: the first reveal after this
 * starts from nothing.
 */
export function connectPlayer(arena: Arena, player: number): void {
  const { players } = arena;
  players.flags[player] |= PLAYER_CONNECTED;
  players.moveSequence[player] = -1;
  players.revealedEnd[player] = 0;
  players.revealedClue[player] = -1;
  players.revealReset[player] = 1;
  markDirty(arena, player);
}

export function disconnectPlayer(arena: Arena, player: number): void {
  arena.players.flags[player] &= ~PLAYER_CONNECTED;
  markDirty(arena, player);
}

function releasePlayer(arena: Arena, player: number): void {
  const { players, reached } = arena;
  if (players.bitset[player] !== -1) releaseBitset(reached, players.bitset[player]);
  players.bitset[player] = -1;
  players.game[player] = -1;
  players.generation[player] += 1;
  arena.cold.players[player] = null;
  arena.freePlayers.give(player);
}
