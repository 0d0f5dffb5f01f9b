import { walk } from '../../tools/quest-generator/walk.ts';

/**
 * The games of a load, as data that goes from process to process: game n plays quest n % quests, a generated walk that anybody can make again
 * from its number. Each has one player.
 */
export interface Games {
  readonly gameIds: readonly string[];
  readonly playerIds: readonly string[];
  /** Opens the first connection of each player, within 60 s (HS4 in docs/protocol.md). */
  readonly tickets: readonly string[];
  readonly quests: number;
  readonly waypoints: number;
}

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

export interface ReachCommand {
  readonly path: string;
  readonly key: string;
  readonly body: string;
}

/** Walks through all games at once: each call gives the next waypoint of a game's player as a command. */
export class Reaches {
  private readonly games: Games;
  private readonly walks: readonly (readonly Place[])[];
  private readonly next: Int32Array;

  constructor(games: Games) {
    this.games = games;
    this.walks = Array.from({ length: games.quests }, (_, quest) => walkOf(quest, games.waypoints));
    this.next = new Int32Array(games.gameIds.length);
  }

  /** Null when the hunt is over. */
  nextOf(game: number): ReachCommand | null {
    const { gameIds, playerIds, quests } = this.games;
    const waypoint = this.next[game]!;
    const place = this.walks[game % quests]![waypoint];
    if (place === undefined) return null;
    this.next[game] = waypoint + 1;
    return {
      path: `/games/${gameIds[game]}/players/${playerIds[game]}/reach`,
      key: `w${waypoint}`,
      body: `{"waypoint":${waypoint},"at":[${place.x},${place.y},${place.z}]}`,
    };
  }
}

export function walkOf(quest: number, waypoints: number): Place[] {
  return walk(quest + 1, waypoints).map(({ x, y, z }) => ({ x: rounded(x), y: rounded(y), z: rounded(z) }));
}

export function questDocument(places: readonly Place[], title: string): string {
  return JSON.stringify({
    title,
    defaults: { radius: 5, points: 10 },
    waypoints: places.map(({ x, y, z }) => [x, y, z]),
  });
}

/** To a centimetre, as in the examples. */
function rounded(metres: number): number {
  return Math.round(metres * 100) / 100;
}
