import { decodeEvent, evolveGame, gameIdOfStream, initialGame, type GameEvent } from '@waymark/domain';
import type { RecordedEvent } from '@waymark/event-store';

/** What the log comes to, game by game: once by the domain's own fold, once by adding up as plainly as can be. The two share no code. */
export interface FoldedPlayer {
  readonly playerId: string;
  readonly name: string;
  readonly row: number;
  readonly present: boolean;
  readonly score: number;
  readonly reachedCount: number;
}

export interface FoldedGame {
  readonly gameId: string;
  readonly revision: number;
  readonly status: string;
  /** By row. */
  readonly players: readonly FoldedPlayer[];
}

const decoded = ({ data, metadata, type }: RecordedEvent): GameEvent =>
  decodeEvent(type, metadata.schemaVersion, data) as GameEvent;

/** By libs/domain. */
export function domainFold(log: readonly RecordedEvent[]): FoldedGame[] {
  const states = new Map<string, ReturnType<typeof initialGame>>();
  for (const recorded of log) {
    const gameId = gameIdOfStream(recorded.stream);
    if (gameId !== null) {
      states.set(gameId, evolveGame(states.get(gameId) ?? initialGame(), decoded(recorded)));
    }
  }
  return [...states].map(([gameId, { life, players, revision }]) => ({
    gameId,
    revision,
    status: life.status,
    players: players.map(({ name, playerId, present, reached, score }, row) => {
      return { playerId, name, row, present, score, reachedCount: reached.count };
    }),
  }));
}

interface Plain {
  revision: number;
  status: string;
  players: Record<string, { name: string; row: number; present: boolean; score: number; reached: Set<number> }>;
}

const STATUS: Readonly<Record<string, string>> = {
  GameCreated: 'scheduled',
  GameStarted: 'running',
  GamePaused: 'paused',
  GameResumed: 'running',
  GameEnded: 'ended',
};

/** From the JSON as it is stored. Scores are summed from what each reach gave, never taken from what an event says they are. */
export function naiveFold(log: readonly RecordedEvent[]): FoldedGame[] {
  const games: Record<string, Plain> = {};
  for (const { data: text, stream, type } of log) {
    if (!stream.startsWith('game-')) continue;
    const game = (games[stream.slice('game-'.length)] ??= { revision: -1, status: 'none', players: {} });
    const data = JSON.parse(text) as { playerId: string; name: string; row: number; points: number; waypoint: number };
    game.revision += 1;
    game.status = STATUS[type] ?? game.status;
    const player = game.players[data.playerId];
    if (type === 'PlayerJoined') {
      const { name, row } = data;
      const before = player ?? { row, score: 0, reached: new Set<number>() };
      game.players[data.playerId] = { ...before, name, present: true };
    }
    if (type === 'PlayerLeft') player!.present = false;
    if (type === 'WaypointReached') {
      player!.score += data.points;
      player!.reached.add(data.waypoint);
    }
  }
  return Object.entries(games).map(([gameId, { players, revision, status }]) => ({
    gameId,
    revision,
    status,
    players: Object.entries(players)
      .map(([playerId, { name, present, reached, row, score }]) => {
        return { playerId, name, row, present, score, reachedCount: reached.size };
      })
      .toSorted((a, b) => a.row - b.row),
  }));
}
