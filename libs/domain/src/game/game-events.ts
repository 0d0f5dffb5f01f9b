/** Facts of a stream `game-{gameId}`. Times are epoch milliseconds, places are metres. */
export type GameEvent =
  | { readonly type: 'GameCreated'; readonly data: GameCreated }
  | { readonly type: 'GameStarted'; readonly data: GameStarted }
  | { readonly type: 'GamePaused'; readonly data: GamePaused }
  | { readonly type: 'GameResumed'; readonly data: GameResumed }
  | { readonly type: 'GameEnded'; readonly data: GameEnded }
  | { readonly type: 'PlayerJoined'; readonly data: PlayerJoined }
  | { readonly type: 'PlayerLeft'; readonly data: PlayerLeft }
  | { readonly type: 'WaypointReached'; readonly data: WaypointReached };

export interface GameCreated {
  readonly gameId: string;
  readonly questId: string;
  readonly questVersion: number;
  readonly contentHash: string;
  /** Subject of the operator's token. */
  readonly ownerId: string;
  /** What a player must say to join; null for an open game. */
  readonly joinCode: string | null;
  /** When the game starts by itself; null: when its owner starts it. */
  readonly startsAt: number | null;
  readonly durationSeconds: number;
  readonly maxPlayers: number;
  readonly at: number;
}

export interface GameStarted {
  readonly at: number;
  /** When the game ends by itself unless it is paused: at + durationSeconds. */
  readonly endsAt: number;
}

export interface GamePaused {
  readonly at: number;
}

/** The time spent paused does not count: endsAt moves by it. */
export interface GameResumed {
  readonly at: number;
  readonly endsAt: number;
}

export interface GameEnded {
  readonly at: number;
  readonly reason: GameEndReason;
  /** The player whose treasure ended the hunt; null for every other reason. */
  readonly winnerId: string | null;
}

export type GameEndReason = 'operator' | 'time' | 'treasure';

export interface PlayerJoined {
  readonly playerId: string;
  readonly name: string;
  /** Row of the player in the game's frames: 0 for the first who ever joined. A player who returns keeps the row and the score. */
  readonly row: number;
  readonly at: number;
}

export interface PlayerLeft {
  readonly playerId: string;
  readonly row: number;
  readonly at: number;
}

export interface WaypointReached {
  readonly playerId: string;
  readonly row: number;
  /** Index in the quest, from 0. */
  readonly waypoint: number;
  /** Where the player stood. */
  readonly place: readonly [x: number, y: number, z: number];
  /** What this waypoint gave. */
  readonly points: number;
  /** The player's score after it. */
  readonly score: number;
  readonly treasure: boolean;
  readonly at: number;
}
