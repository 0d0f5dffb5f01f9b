import { GAMES_LIVE_MAX, PLAYERS_LIVE_MAX } from '@waymark/base';
import {
  decodeEvent,
  evolveLifecycle,
  gameIdOfStream,
  initialLifecycle,
  LIFECYCLE_EVENT_TYPES,
  type GameEvent,
  type GameLifecycle,
} from '@waymark/domain';
import type { RecordedEvent } from '@waymark/event-store';

/**
 * The games that have not ended, with their lives and how many player rows they hold: what the scheduler acts on and what the system's
 * limits are counted by. Folded from the log at start and from every commit after it. Reaches, nearly all of the log, are not decoded.
 */
export interface LiveGame {
  readonly life: GameLifecycle;
  /** Players who ever joined. */
  rows: number;
}

const LIFECYCLE_TYPES: ReadonlySet<string> = LIFECYCLE_EVENT_TYPES;

export class LiveGames {
  private readonly games = new Map<string, LiveGame>();
  private rows = 0;
  /** Commands under way that may add a game or a player: counted as if they had. */
  private reservedGames = 0;
  private reservedPlayers = 0;

  get gameCount(): number {
    return this.games.size;
  }

  get playerCount(): number {
    return this.rows;
  }

  get(gameId: string): LiveGame | undefined {
    return this.games.get(gameId);
  }

  ids(): Iterable<string> {
    return this.games.keys();
  }

  /** Folds a recorded event. The id of the game whose life it moved, or null when it moved none. */
  observe(recorded: RecordedEvent): string | null {
    const movesLife = LIFECYCLE_TYPES.has(recorded.type);
    if (!movesLife && recorded.type !== 'PlayerJoined') return null;
    const gameId = gameIdOfStream(recorded.stream);
    if (gameId === null) return null;
    const event = decodeEvent(recorded.type, recorded.metadata.schemaVersion, recorded.data) as GameEvent;
    if (event.type === 'GameCreated') this.games.set(gameId, { life: initialLifecycle(), rows: 0 });
    const game = this.games.get(gameId);
    if (game === undefined) return null;
    if (event.type === 'PlayerJoined') {
      this.countRow(game, event.data.row);
      return null;
    }
    evolveLifecycle(game.life, event);
    if (event.type === 'GameEnded') {
      this.games.delete(gameId);
      this.rows -= game.rows;
    }
    return gameId;
  }

  reserveGame(): void {
    this.reservedGames += 1;
  }

  releaseGame(): void {
    this.reservedGames -= 1;
  }

  /** Whether there is room for the live games and all those that are being made now. */
  hasRoomForReservedGames(): boolean {
    return this.games.size + this.reservedGames <= GAMES_LIVE_MAX;
  }

  reservePlayer(): void {
    this.reservedPlayers += 1;
  }

  releasePlayer(): void {
    this.reservedPlayers -= 1;
  }

  hasRoomForReservedPlayers(): boolean {
    return this.rows + this.reservedPlayers <= PLAYERS_LIVE_MAX;
  }

  /** A player who returns has the row of before. */
  private countRow(game: LiveGame, row: number): void {
    const added = Math.max(0, row + 1 - game.rows);
    game.rows += added;
    this.rows += added;
  }
}
