import { assert, assertNever, PLAYERS_PER_GAME_MAX, SCHEDULE_AHEAD_SECONDS_MAX } from '@waymark/base';
import type { Actor } from '../actor.ts';
import { isAuthor } from '../actor.ts';
import { accept, refuse, type Decision } from '../decision.ts';
import type { CompiledQuest } from '../quest/quest-content.ts';
import { equalInConstantTime } from './constant-time.ts';
import type {
  CreateGame,
  EndGame,
  EndGameAtTimeLimit,
  GameCommand,
  JoinGame,
  LeaveGame,
  PauseGame,
  ReachWaypoint,
  ResumeGame,
  StartGame,
  StartScheduledGame,
} from './game-commands.ts';
import type { GameEvent } from './game-events.ts';
import { gameDeadline } from './game-lifecycle.ts';
import type { GameRefusal } from './game-refusals.ts';
import { playerOf, type GameState, type PlayerState } from './game-state.ts';

/**
 * The rules of games: who may create, start, pause, resume and end one, who may join and leave, and when a waypoint counts as reached.
 * Pure: the same state and command give the same answer. Called by the command app's handlers and its scheduler; guards stand in the
 * order in which a player would ask (is there such a game, may I, is it the time, am I in it, does this count).
 */
export type GameDecision = Decision<GameEvent, GameRefusal>;

/** Places are float32 and travel as decimal text: within 100 km that is an error of up to 8 mm, which no player should lose by. */
export const REACH_TOLERANCE_M = 0.01;
/** How far in the past startsAt may be: the caller's clock and the way here. */
export const START_TOLERANCE_MS = 60_000;

export function decideGame(state: GameState, command: GameCommand): GameDecision {
  switch (command.type) {
    case 'ReachWaypoint':
      return reachWaypoint(state, command);
    case 'JoinGame':
      return joinGame(state, command);
    case 'LeaveGame':
      return leaveGame(state, command);
    case 'CreateGame':
      return createGame(state, command);
    case 'StartGame':
      return startGame(state, command);
    case 'PauseGame':
      return pauseGame(state, command);
    case 'ResumeGame':
      return resumeGame(state, command);
    case 'EndGame':
      return endGame(state, command);
    case 'StartScheduledGame':
      return startScheduledGame(state, command);
    case 'EndGameAtTimeLimit':
      return endGameAtTimeLimit(state, command);
    default:
      return assertNever(command, 'every game command is decided');
  }
}

/** What the quest says of duration and players is the default; whoever makes the game may choose otherwise within the system's limits. */
function createGame(state: GameState, command: CreateGame): GameDecision {
  if (state.life.status !== 'none') return refuse({ name: 'GameAlreadyExists' });
  assert(command.by.kind === 'author', 'only an operator makes a game');
  const { startsAt, now, version } = command;
  if (startsAt !== null && !canStartAt(startsAt, now)) return refuse({ name: 'StartOutOfRange', startsAt });
  if (!command.room) return refuse({ name: 'GamesAtLimit' });
  return accept({
    type: 'GameCreated',
    data: {
      gameId: command.gameId,
      questId: command.questId,
      questVersion: version.version,
      contentHash: version.contentHash,
      ownerId: command.by.subject,
      joinCode: command.joinCode,
      startsAt,
      durationSeconds: command.durationSeconds ?? version.limits.durationSeconds,
      maxPlayers: Math.min(command.maxPlayers ?? version.limits.maxPlayers, PLAYERS_PER_GAME_MAX),
      at: now,
    },
  });
}

function startGame(state: GameState, command: StartGame): GameDecision {
  const refusal = refusedToOwner(state, command.by);
  if (refusal !== null) return refuse(refusal);
  if (isOver(state, command.now)) return refuse({ name: 'GameOver' });
  if (state.life.status !== 'scheduled') return refuse({ name: 'GameAlreadyStarted' });
  return accept(gameStarted(state, command.now));
}

function pauseGame(state: GameState, command: PauseGame): GameDecision {
  const refusal = refusedToOwner(state, command.by) ?? refusedUnlessRunning(state, command.now);
  if (refusal !== null) return refuse(refusal);
  return accept({ type: 'GamePaused', data: { at: command.now } });
}

/** The pause did not count: the end moves by as long as it was. */
function resumeGame(state: GameState, command: ResumeGame): GameDecision {
  const refusal = refusedToOwner(state, command.by);
  if (refusal !== null) return refuse(refusal);
  const { life } = state;
  if (isOver(state, command.now)) return refuse({ name: 'GameOver' });
  if (life.status === 'scheduled') return refuse({ name: 'GameNotStarted' });
  if (life.status !== 'paused') return refuse({ name: 'GameNotPaused' });
  const pausedMs = Math.max(0, command.now - life.pausedAt);
  return accept({ type: 'GameResumed', data: { at: command.now, endsAt: life.endsAt + pausedMs } });
}

/** A game can be ended before it has started: that is how it is called off. */
function endGame(state: GameState, command: EndGame): GameDecision {
  const refusal = refusedToOwner(state, command.by);
  if (refusal !== null) return refuse(refusal);
  if (state.life.status === 'ended') return refuse({ name: 'GameOver' });
  return accept({ type: 'GameEnded', data: { at: command.now, reason: 'operator', winnerId: null } });
}

/**
 * One may join before the start, while it runs and while it is paused. The owner needs no code; nobody does where the game is open. Who has
 * left keeps row and score, and they are taken up again only by the player's own session or by the owner: everybody sees the ids of a game.
 */
function joinGame(state: GameState, command: JoinGame): GameDecision {
  if (state.life.status === 'none') return refuse({ name: 'GameNotFound' });
  if (!mayJoin(state, command)) return refuse({ name: 'WrongJoinCode' });
  if (isOver(state, command.now)) return refuse({ name: 'GameOver' });
  const { playerId, name, now } = command;
  const known = state.rowOf.get(playerId);
  if (known !== undefined && (state.players[known]!.present || !mayReturn(state, command))) {
    return refuse({ name: 'AlreadyJoined', row: known });
  }
  if (known === undefined && state.players.length >= Math.min(state.maxPlayers, PLAYERS_PER_GAME_MAX)) {
    return refuse({ name: 'GameFull', maxPlayers: state.maxPlayers });
  }
  if (known === undefined && !command.room) return refuse({ name: 'PlayersAtLimit' });
  return accept({ type: 'PlayerJoined', data: { playerId, name, row: known ?? state.players.length, at: now } });
}

function leaveGame(state: GameState, command: LeaveGame): GameDecision {
  const { playerId, by, now } = command;
  const refusal = refusedToPlayer(state, by, playerId);
  if (refusal !== null) return refuse(refusal);
  if (isOver(state, now)) return refuse({ name: 'GameOver' });
  const row = state.rowOf.get(playerId);
  if (row === undefined || !state.players[row]!.present) return refuse({ name: 'PlayerNotInGame' });
  return accept({ type: 'PlayerLeft', data: { playerId, row, at: now } });
}

/** A treasure ends the hunt in the same breath: both events are one append, so that no reach can come between. */
function reachWaypoint(state: GameState, command: ReachWaypoint): GameDecision {
  const { playerId, waypoint, quest, place, now } = command;
  const refusal = refusedToPlayer(state, command.by, playerId) ?? refusedUnlessRunning(state, now);
  if (refusal !== null) return refuse(refusal);
  const player = playerOf(state, playerId);
  if (player === undefined || !player.present) return refuse({ name: 'PlayerNotInGame' });
  const missed = missedWaypoint(player, quest, waypoint, place);
  if (missed !== null) return refuse(missed);

  const points = quest.points[waypoint]!;
  const treasure = quest.treasure[waypoint] === 1;
  const reached: GameEvent = {
    type: 'WaypointReached',
    data: {
      playerId,
      row: state.rowOf.get(playerId)!,
      waypoint,
      place,
      points,
      score: player.score + points,
      treasure,
      at: now,
    },
  };
  if (!treasure) return accept(reached);
  return accept<GameEvent>(reached, { type: 'GameEnded', data: { at: now, reason: 'treasure', winnerId: playerId } });
}

function startScheduledGame(state: GameState, command: StartScheduledGame): GameDecision {
  if (!isDue(state, command.type, command.now)) return refuse({ name: 'NotDue' });
  return accept(gameStarted(state, command.now));
}

function endGameAtTimeLimit(state: GameState, command: EndGameAtTimeLimit): GameDecision {
  if (!isDue(state, command.type, command.now)) return refuse({ name: 'NotDue' });
  return accept({ type: 'GameEnded', data: { at: command.now, reason: 'time', winnerId: null } });
}

function gameStarted(state: GameState, now: number): GameEvent {
  return { type: 'GameStarted', data: { at: now, endsAt: now + state.life.durationSeconds * 1000 } };
}

const canStartAt = (startsAt: number, now: number): boolean =>
  startsAt >= now - START_TOLERANCE_MS && startsAt <= now + SCHEDULE_AHEAD_SECONDS_MAX * 1000;

function isDue(state: GameState, action: 'StartScheduledGame' | 'EndGameAtTimeLimit', now: number): boolean {
  const deadline = gameDeadline(state.life);
  return deadline !== null && deadline.action === action && now >= deadline.dueAt;
}

/** Time ends a game at endsAt, not when the scheduler gets round to writing it down (it may be seconds late after a restart). */
function isOver(state: GameState, now: number): boolean {
  const { status, endsAt } = state.life;
  return status === 'ended' || (status === 'running' && now >= endsAt);
}

function refusedToOwner(state: GameState, by: Actor): GameRefusal | null {
  if (state.life.status === 'none') return { name: 'GameNotFound' };
  if (!isAuthor(by, state.ownerId)) return { name: 'NotYourGame' };
  return null;
}

/** The player, the gateway on the player's behalf, or the game's owner. */
function refusedToPlayer(state: GameState, by: Actor, playerId: string): GameRefusal | null {
  if (state.life.status === 'none') return { name: 'GameNotFound' };
  if (by.kind === 'gateway') return null;
  if (by.kind === 'player' && by.playerId === playerId && by.gameId === state.gameId) return null;
  if (by.kind === 'author') return isAuthor(by, state.ownerId) ? null : { name: 'NotYourGame' };
  return { name: 'NotThisPlayer' };
}

function refusedUnlessRunning(state: GameState, now: number): GameRefusal | null {
  if (isOver(state, now)) return { name: 'GameOver' };
  if (state.life.status === 'scheduled') return { name: 'GameNotStarted' };
  if (state.life.status === 'paused') return { name: 'GamePaused' };
  return null;
}

/** Who may come back needs no code. */
function mayJoin(state: GameState, command: JoinGame): boolean {
  if (state.joinCode === null || mayReturn(state, command)) return true;
  return command.joinCode !== null && equalInConstantTime(command.joinCode, state.joinCode);
}

/** The session of an earlier stay, or the game's owner. */
function mayReturn(state: GameState, { by, playerId }: JoinGame): boolean {
  return (
    isAuthor(by, state.ownerId) || (by.kind === 'player' && by.gameId === state.gameId && by.playerId === playerId)
  );
}

function missedWaypoint(
  player: PlayerState,
  quest: CompiledQuest,
  waypoint: number,
  place: readonly [number, number, number],
): GameRefusal | null {
  if (!(waypoint >= 0 && waypoint < quest.waypointCount))
    return { name: 'WaypointNotFound', waypointCount: quest.waypointCount };
  if (player.reached.has(waypoint)) return { name: 'AlreadyReached' };
  if (quest.order === 'sequential' && waypoint !== player.reached.next) {
    return { name: 'OutOfOrder', next: player.reached.next };
  }
  const column = 4 * waypoint;
  const dx = place[0] - quest.places[column]!;
  const dy = place[1] - quest.places[column + 1]!;
  const dz = place[2] - quest.places[column + 2]!;
  const radiusM = quest.places[column + 3]!;
  const distanceM = Math.sqrt(dx * dx + dy * dy + dz * dz);
  return distanceM <= radiusM + REACH_TOLERANCE_M ? null : { name: 'TooFar', distanceM, radiusM };
}
