import { StoreUnavailableError, type EventStore } from '@waymark/event-store';
import { attachQuest, gameRecord, isCurrentGame, questRow, registerQuest, type Arena } from '@waymark/tick-engine';
import type { Catalogue } from './catalogue.ts';
import { readPublishedVersion } from './published-version.ts';

/**
 * Games of versions that were published so long ago that the arena no longer holds them. The version is read from the log, once for all
 * the games that wait for it; until then nobody is let in to them. Called by the projector.
 */
export interface MissingQuestsParts {
  readonly arena: Arena;
  readonly catalogue: Catalogue;
  readonly store: Pick<EventStore, 'readStream'>;
  /** Some games have their version now. */
  readonly onAttached: () => void;
  readonly onFatal: (error: Error) => void;
}

interface WaitingGame {
  readonly game: number;
  readonly generation: number;
}

const RETRY_MS = 1_000;

export class MissingQuests {
  private readonly waiting = new Map<string, WaitingGame[]>();
  private readonly reading = new Set<string>();
  private isStopped = false;
  private retry: NodeJS.Timeout | undefined;

  constructor(private readonly parts: MissingQuestsParts) {}

  /** Remembers a new game whose version is not there. */
  add(game: number): void {
    const { arena } = this.parts;
    const { questId, questVersion } = gameRecord(arena, game);
    const key = `${questId} ${questVersion}`;
    const games = this.waiting.get(key) ?? [];
    games.push({ game, generation: arena.games.generation[game]! });
    this.waiting.set(key, games);
  }

  /** Reads what is missing. Not called while the log is replayed: most games of then have ended by its end. */
  fetch(): void {
    for (const [key, games] of this.waiting) {
      if (this.reading.has(key)) continue;
      const live = games.find((entry) => this.isWaiting(entry));
      if (live === undefined) {
        this.waiting.delete(key);
        continue;
      }
      const { questId, questVersion } = gameRecord(this.parts.arena, live.game);
      this.reading.add(key);
      this.read(questId, questVersion).then(
        (row) => this.attach(key, row),
        (error: unknown) => this.fail(key, error),
      );
    }
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.retry);
  }

  /** A store that cannot be reached now is asked again; anything else is a broken log. */
  private fail(key: string, error: unknown): void {
    if (this.isStopped) return;
    if (!(error instanceof StoreUnavailableError)) return this.parts.onFatal(error as Error);
    this.reading.delete(key);
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.fetch(), RETRY_MS);
  }

  private async read(questId: string, version: number): Promise<number> {
    const { quests } = this.parts.arena;
    const known = questRow(quests, questId, version);
    if (known !== -1) return known;
    const compiled = await readPublishedVersion(this.parts, questId, version);
    if (compiled === null)
      throw new Error(`the log holds a game of version ${version} of quest ${questId}, and not the version`);
    return registerQuest(quests, questId, version, compiled);
  }

  private attach(key: string, row: number): void {
    const games = this.waiting.get(key)!;
    this.waiting.delete(key);
    this.reading.delete(key);
    for (const entry of games) if (this.isWaiting(entry)) attachQuest(this.parts.arena, entry.game, row);
    this.parts.onAttached();
  }

  private isWaiting({ game, generation }: WaitingGame): boolean {
    const { arena } = this.parts;
    return isCurrentGame(arena, game, generation) && arena.games.quest[game] === -1;
  }
}
