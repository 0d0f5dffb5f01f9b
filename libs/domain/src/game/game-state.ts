import { assert, assertNever } from '@waymark/base';
import type { GameEvent } from './game-events.ts';
import { evolveLifecycle, initialLifecycle, type GameLifecycle } from './game-lifecycle.ts';
import { ReachedSet } from './reached-set.ts';

/**
 * What the decider needs to know of a game, folded from its stream. Owned by one fold: evolveGame writes into the state that it is given
 * and returns it (500,000 events a second is the aim; a copy for each event would be most of the cost), so a state that others may see
 * must not be evolved further.
 */
export interface GameState {
  /** Revision of the last event folded, -1 before the first. */
  revision: number;
  gameId: string;
  questId: string;
  questVersion: number;
  ownerId: string;
  /** Null for an open game. */
  joinCode: string | null;
  maxPlayers: number;
  readonly life: GameLifecycle;
  /** Everybody who ever joined, by row. */
  readonly players: PlayerState[];
  readonly rowOf: Map<string, number>;
}

export interface PlayerState {
  readonly playerId: string;
  name: string;
  present: boolean;
  score: number;
  readonly reached: ReachedSet;
}

export const initialGame = (): GameState => ({
  revision: -1,
  gameId: '',
  questId: '',
  questVersion: 0,
  ownerId: '',
  joinCode: null,
  maxPlayers: 0,
  life: initialLifecycle(),
  players: [],
  rowOf: new Map(),
});

/** The player's state, or undefined for one who never joined. */
export function playerOf(state: GameState, playerId: string): PlayerState | undefined {
  const row = state.rowOf.get(playerId);
  return row === undefined ? undefined : state.players[row];
}

/** Folds one event in place. No guards: what was recorded has happened. */
export function evolveGame(state: GameState, event: GameEvent): GameState {
  state.revision += 1;
  switch (event.type) {
    case 'WaypointReached': {
      const player = state.players[event.data.row]!;
      player.score = event.data.score;
      player.reached.add(event.data.waypoint);
      return state;
    }
    case 'PlayerJoined':
      return playerJoined(state, event.data.playerId, event.data.name, event.data.row);
    case 'PlayerLeft':
      state.players[event.data.row]!.present = false;
      return state;
    case 'GameCreated':
      state.gameId = event.data.gameId;
      state.questId = event.data.questId;
      state.questVersion = event.data.questVersion;
      state.ownerId = event.data.ownerId;
      state.joinCode = event.data.joinCode;
      state.maxPlayers = event.data.maxPlayers;
      evolveLifecycle(state.life, event);
      return state;
    case 'GameStarted':
    case 'GamePaused':
    case 'GameResumed':
    case 'GameEnded':
      evolveLifecycle(state.life, event);
      return state;
    default:
      return assertNever(event, 'every game event is folded');
  }
}

function playerJoined(state: GameState, playerId: string, name: string, row: number): GameState {
  const known = state.players[row];
  if (known === undefined) {
    assert(row === state.players.length, 'rows are given in the order of joining');
    state.players.push({ playerId, name, present: true, score: 0, reached: new ReachedSet() });
    state.rowOf.set(playerId, row);
    return state;
  }
  known.name = name;
  known.present = true;
  return state;
}
