/** Why a game says no. */
export type GameRefusal =
  | { readonly name: 'GameNotFound' }
  | { readonly name: 'GameAlreadyExists' }
  /** As many games live as the system carries. */
  | { readonly name: 'GamesAtLimit' }
  | { readonly name: 'NotYourGame' }
  /** startsAt is in the past or further ahead than a game may be scheduled. */
  | { readonly name: 'StartOutOfRange'; readonly startsAt: number }
  | { readonly name: 'GameNotStarted' }
  | { readonly name: 'GameAlreadyStarted' }
  | { readonly name: 'GamePaused' }
  | { readonly name: 'GameNotPaused' }
  /** Ended, or its time is up and the event is on its way. */
  | { readonly name: 'GameOver' }
  | { readonly name: 'WrongJoinCode' }
  | { readonly name: 'AlreadyJoined'; readonly row: number }
  | { readonly name: 'GameFull'; readonly maxPlayers: number }
  /** As many players in live games as the system carries. */
  | { readonly name: 'PlayersAtLimit' }
  | { readonly name: 'NotThisPlayer' }
  /** Never joined, or left. */
  | { readonly name: 'PlayerNotInGame' }
  | { readonly name: 'WaypointNotFound'; readonly waypointCount: number }
  | { readonly name: 'AlreadyReached' }
  /** Sequential quests: `next` is the waypoint that counts now. */
  | { readonly name: 'OutOfOrder'; readonly next: number }
  | { readonly name: 'TooFar'; readonly distanceM: number; readonly radiusM: number }
  /** The scheduler came too early or the game changed meanwhile. Never the answer to a caller. */
  | { readonly name: 'NotDue' };
