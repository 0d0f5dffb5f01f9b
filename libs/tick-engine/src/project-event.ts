import { assert, assertNever } from '@waymark/base';
import type { GameCreated, GameEvent, PlayerJoined, WaypointReached } from '@waymark/domain';
import { GAME_STATUS, PLAYER_CONNECTED, PLAYER_PRESENT } from '@waymark/protocol';

import {
  claimGame,
  claimPlayer,
  gameSlot,
  markDirty,
  playerAt,
  playerSlot,
  type AppliedEvent,
  type Arena,
} from './arena.ts';
import { questRow } from './quest-table.ts';
import { attachQuest } from './attach-quest.ts';
import { addReached } from './reached-set.ts';
import { advanceWindow, fillWindow } from './window.ts';

/**
 * Folds committed events of games into the arena, the same fold as the domain's evolveGame. Each event is applied once and in order: one
 * that is known already is ignored, one that would leave a hole is a broken invariant. The gateway calls it for each event of the feed, in
 * the feed's order, and sends what `arena.applied` says to the sockets of the game.
 */
/** The arena is at this event's revision now, and `arena.applied` describes it. */
export const PROJECT_APPLIED = 0;
/** The game was at this revision or past it already; nothing changed. */
export const PROJECT_REPEATED = 1;
/** No such game here: it was refused when it was created, or released after its end. */
export const PROJECT_UNKNOWN_GAME = 2;
/** A new game found no slot. It is not served, and its later events are of an unknown game. */
export const PROJECT_FULL = 3;
export type ProjectResult =
  typeof PROJECT_APPLIED | typeof PROJECT_REPEATED | typeof PROJECT_UNKNOWN_GAME | typeof PROJECT_FULL;

/** What the store says around an event: a RecordedEvent is one. */
export interface EventEnvelope {
  /** In the game's stream, from 0. */
  readonly revision: bigint;
  /** In the whole log. */
  readonly position: bigint;
  /** Epoch ms. */
  readonly created: number;
  readonly metadata: { readonly sentAt?: number };
}

/**
 * Applies one event of game `gameId`. A player who finds no slot when joining is left out (`arena.applied.player` is -1, counted in
 * `playersRefused`) while the game goes on; so are that player's later events.
 */
export function projectEvent(arena: Arena, gameId: string, event: GameEvent, envelope: EventEnvelope): ProjectResult {
  const revision = Number(envelope.revision);
  const { counts, games } = arena;
  let game = gameSlot(arena, gameId);
  if (game !== -1) {
    if (revision <= games.revision[game]) {
      counts.repeated += 1;
      return PROJECT_REPEATED;
    }
    assert(revision === games.revision[game] + 1, "a game's events are applied in order, without a hole");
    applyEvent(arena, game, event);
  } else if (event.type === 'GameCreated') {
    assert(revision === 0, "a game's stream begins with its creation");
    game = createGame(arena, event.data);
    if (game === -1) return PROJECT_FULL;
  } else {
    counts.unknownGame += 1;
    return PROJECT_UNKNOWN_GAME;
  }
  games.revision[game] = revision;
  games.position[game] = Number(envelope.position);
  // Everybody in the game is sent the event as a frame; nobody can be in it before it exists.
  if (revision > 0) games.frameSequence[game] += 1;
  counts.applied += 1;
  describeEvent(arena, game, event, envelope, arena.applied);
  return PROJECT_APPLIED;
}

/** Says in `into` what an event frame says of an event that the arena has applied, now or long ago. Nothing is applied. */
export function describeEvent(
  arena: Arena,
  game: number,
  event: GameEvent,
  envelope: EventEnvelope,
  into: AppliedEvent,
): void {
  const { payload } = into;
  const { data } = event;
  into.game = game;
  into.player = -1;
  into.revision = Number(envelope.revision);
  into.sequence = arena.games.frameSequence[game];
  into.created = envelope.created;
  payload.type = event.type;
  payload.row = null;
  payload.waypoint = null;
  payload.points = 0;
  payload.score = 0;
  payload.treasure = false;
  payload.sentAt = envelope.metadata.sentAt ?? null;
  payload.position = Number(envelope.position);
  payload.at = data.at;
  payload.endsAt = 0;
  payload.reason = null;
  payload.playerId = '';
  payload.name = '';
  describeKind(arena, event, into);
  if (payload.row !== null) into.player = playerAt(arena, game, payload.row);
}

/** The parts of a description that only some types of events have. */
function describeKind(arena: Arena, event: GameEvent, { game, payload }: AppliedEvent): void {
  switch (event.type) {
    case 'WaypointReached':
      payload.row = event.data.row;
      payload.playerId = event.data.playerId;
      payload.waypoint = event.data.waypoint;
      payload.points = event.data.points;
      payload.score = event.data.score;
      payload.treasure = event.data.treasure;
      return;
    case 'PlayerJoined':
      payload.row = event.data.row;
      payload.playerId = event.data.playerId;
      payload.name = event.data.name;
      return;
    case 'PlayerLeft':
      payload.row = event.data.row;
      payload.playerId = event.data.playerId;
      return;
    case 'GameStarted':
    case 'GameResumed':
      payload.endsAt = event.data.endsAt;
      return;
    case 'GameEnded': {
      const { reason, winnerId } = event.data;
      payload.reason = reason;
      if (winnerId === null) return;
      payload.playerId = winnerId;
      const winner = playerSlot(arena, game, winnerId);
      if (winner !== -1) payload.row = arena.players.row[winner];
      return;
    }
    case 'GameCreated':
    case 'GamePaused':
      return;
    default:
      assertNever(event, 'every game event is described');
  }
}

function createGame(arena: Arena, created: GameCreated): number {
  const game = claimGame(arena, created);
  if (game === -1) {
    arena.counts.gamesRefused += 1;
    return -1;
  }
  const quest = questRow(arena.quests, created.questId, created.questVersion);
  if (quest !== -1) attachQuest(arena, game, quest);
  return game;
}

function applyEvent(arena: Arena, game: number, event: GameEvent): void {
  const { games } = arena;
  switch (event.type) {
    case 'WaypointReached':
      return applyReached(arena, game, event.data);
    case 'PlayerJoined':
      return applyJoined(arena, game, event.data);
    case 'PlayerLeft':
      return applyLeft(arena, game, event.data.row);
    case 'GameStarted':
      games.status[game] = GAME_STATUS.running;
      games.startedAt[game] = event.data.at;
      games.endsAt[game] = event.data.endsAt;
      return;
    case 'GamePaused':
      games.status[game] = GAME_STATUS.paused;
      return;
    case 'GameResumed':
      games.status[game] = GAME_STATUS.running;
      games.endsAt[game] = event.data.endsAt;
      return;
    case 'GameEnded':
      games.status[game] = GAME_STATUS.ended;
      return;
    case 'GameCreated':
      assert(false, 'a game is created once, as the first event of its stream');
      return;
    default:
      assertNever(event, 'every game event is applied');
  }
}

function applyReached(arena: Arena, game: number, data: WaypointReached): void {
  const player = playerAt(arena, game, data.row);
  if (player === -1) return;
  const { players } = arena;
  players.score[player] = data.score;
  if (addReached(arena, player, data.waypoint)) advanceWindow(arena, player, data.waypoint);
  if (players.reachPending[player] === data.waypoint) players.reachPending[player] = -1;
  markDirty(arena, player);
}

function applyJoined(arena: Arena, game: number, data: PlayerJoined): void {
  const { games, players } = arena;
  const { row, playerId, name, at } = data;
  const isNew = row === games.playerCount[game];
  assert(isNew || row < games.playerCount[game], 'rows are given in the order of joining');
  const player = isNew ? claimPlayer(arena, game, { playerId, name, joinedAt: at }) : playerAt(arena, game, row);
  if (player === -1) {
    arena.counts.playersRefused += 1;
    return;
  }
  arena.cold.players[player]!.name = name;
  players.flags[player] |= PLAYER_PRESENT;
  if (isNew) fillWindow(arena, player);
  markDirty(arena, player);
}

function applyLeft(arena: Arena, game: number, row: number): void {
  const player = playerAt(arena, game, row);
  if (player === -1) return;
  arena.players.flags[player] &= ~(PLAYER_PRESENT | PLAYER_CONNECTED);
  markDirty(arena, player);
}
