import type { Actor } from '../actor.ts';
import type { CompiledQuest, QuestOrder } from '../quest/quest-content.ts';
import type { GameCommand } from './game-commands.ts';
import type { GameEvent } from './game-events.ts';

/** A game to write its rules down by: events that have happened and commands that are asked, each to be changed where a rule needs it. */
export const ada: Actor = { kind: 'author', subject: 'ada' };
export const bob: Actor = { kind: 'author', subject: 'bob' };
export const gateway: Actor = { kind: 'gateway' };
export const anyone: Actor = { kind: 'anyone' };
export const player = (playerId: string, gameId = 'g1'): Actor => ({ kind: 'player', playerId, gameId });

export const startedAt = 10_000;
export const durationSeconds = 100;
export const endsAt = startedAt + durationSeconds * 1000;
export const now = 20_000;
export const limits = { maxSpeed: 12, durationSeconds, maxPlayers: 8 };

/** Waypoints at x = 0, 100, 200; radius 5; points 10, 20, 30; the last is the treasure. */
export const questOf = (order: QuestOrder): CompiledQuest => ({
  title: 'Three steps',
  description: '',
  order,
  limits,
  waypointCount: 3,
  places: Float32Array.of(0, 0, 0, 5, 100, 0, 0, 5, 200, 0, 0, 5),
  points: Uint16Array.of(10, 20, 30),
  treasure: Uint8Array.of(0, 0, 1),
  clues: new Map(),
  contentHash: 'sha256-x',
});
export const sequential = questOf('sequential');
export const free = questOf('free');

export const created = (changes: Partial<Extract<GameEvent, { type: 'GameCreated' }>['data']> = {}): GameEvent => ({
  type: 'GameCreated',
  data: {
    gameId: 'g1',
    questId: 'q1',
    questVersion: 1,
    contentHash: 'sha256-x',
    ownerId: 'ada',
    joinCode: 'OPENSESAME',
    startsAt: null,
    durationSeconds,
    maxPlayers: 2,
    at: 1,
    ...changes,
  },
});
export const started: GameEvent = { type: 'GameStarted', data: { at: startedAt, endsAt } };
export const paused: GameEvent = { type: 'GamePaused', data: { at: 15_000 } };
export const ended: GameEvent = { type: 'GameEnded', data: { at: 18_000, reason: 'operator', winnerId: null } };
export const joined = (playerId: string, row: number): GameEvent => ({
  type: 'PlayerJoined',
  data: { playerId, name: playerId, row, at: 5 },
});
export const left = (playerId: string, row: number): GameEvent => ({
  type: 'PlayerLeft',
  data: { playerId, row, at: 6 },
});
export const reached = (waypoint: number, score: number, row = 0, playerId = 'p1'): GameEvent => ({
  type: 'WaypointReached',
  data: { playerId, row, waypoint, place: [100 * waypoint, 0, 0], points: 10, score, treasure: false, at: 7 },
});
export const running: GameEvent[] = [created(), joined('p1', 0), started];

export type OwnerVerb = 'StartGame' | 'PauseGame' | 'ResumeGame' | 'EndGame';
export const ask = (type: OwnerVerb, by: Actor = ada, at = now): GameCommand => ({ type, by, now: at });
export const create = (changes: Partial<Extract<GameCommand, { type: 'CreateGame' }>> = {}): GameCommand => ({
  type: 'CreateGame',
  gameId: 'g1',
  by: ada,
  questId: 'q1',
  version: { version: 4, contentHash: 'sha256-x', limits, revision: 9 },
  joinCode: 'OPENSESAME',
  startsAt: null,
  durationSeconds: null,
  maxPlayers: null,
  room: true,
  now,
  ...changes,
});
export const join = (changes: Partial<Extract<GameCommand, { type: 'JoinGame' }>> = {}): GameCommand => ({
  type: 'JoinGame',
  by: anyone,
  playerId: 'p1',
  name: 'Pia',
  joinCode: 'OPENSESAME',
  room: true,
  now,
  ...changes,
});
export const leave = (by: Actor = player('p1'), at = now): GameCommand => ({
  type: 'LeaveGame',
  by,
  playerId: 'p1',
  now: at,
});
export const reach = (changes: Partial<Extract<GameCommand, { type: 'ReachWaypoint' }>> = {}): GameCommand => ({
  type: 'ReachWaypoint',
  by: gateway,
  playerId: 'p1',
  waypoint: 0,
  place: [3, 4, 0],
  quest: sequential,
  now,
  ...changes,
});
