import type { Actor } from '../actor.ts';
import type { CompiledQuest } from '../quest/quest-content.ts';
import type { PublishedVersion } from '../quest/quest-state.ts';

/** What can be asked of a game. `now` is epoch milliseconds. */
export type GameCommand =
  | CreateGame
  | StartGame
  | PauseGame
  | ResumeGame
  | EndGame
  | JoinGame
  | LeaveGame
  | ReachWaypoint
  | StartScheduledGame
  | EndGameAtTimeLimit;

export interface CreateGame {
  readonly type: 'CreateGame';
  readonly gameId: string;
  readonly by: Actor;
  readonly questId: string;
  readonly version: PublishedVersion;
  /** Null for an open game. */
  readonly joinCode: string | null;
  /** Null: the owner starts it. */
  readonly startsAt: number | null;
  /** Null: as the quest says. */
  readonly durationSeconds: number | null;
  /** Null: as the quest says. */
  readonly maxPlayers: number | null;
  /** Whether one more live game has room (libs/base limits); the caller counts. */
  readonly room: boolean;
  readonly now: number;
}

interface AskOwner<Type extends string> {
  readonly type: Type;
  readonly by: Actor;
  readonly now: number;
}
export type StartGame = AskOwner<'StartGame'>;
export type PauseGame = AskOwner<'PauseGame'>;
export type ResumeGame = AskOwner<'ResumeGame'>;
export type EndGame = AskOwner<'EndGame'>;

export interface JoinGame {
  readonly type: 'JoinGame';
  readonly by: Actor;
  readonly playerId: string;
  readonly name: string;
  /** What the player said; null when nothing was said. */
  readonly joinCode: string | null;
  /** Whether one more player of live games has room (libs/base limits); the caller counts. */
  readonly room: boolean;
  readonly now: number;
}

export interface LeaveGame {
  readonly type: 'LeaveGame';
  readonly by: Actor;
  readonly playerId: string;
  readonly now: number;
}

export interface ReachWaypoint {
  readonly type: 'ReachWaypoint';
  readonly by: Actor;
  readonly playerId: string;
  /** Index in the quest, from 0. */
  readonly waypoint: number;
  /** Where the player stands, metres. */
  readonly place: readonly [x: number, y: number, z: number];
  /** The version that the game plays. */
  readonly quest: CompiledQuest;
  readonly now: number;
}

/** The scheduler believes that `startsAt` has come. */
export interface StartScheduledGame {
  readonly type: 'StartScheduledGame';
  readonly now: number;
}

/** The scheduler believes that `endsAt` has come. */
export interface EndGameAtTimeLimit {
  readonly type: 'EndGameAtTimeLimit';
  readonly now: number;
}
