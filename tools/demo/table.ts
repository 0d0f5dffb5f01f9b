import type { AuthorClient } from '@waymark/client';
import type { Log } from '@waymark/platform';
import { Bot } from './bot.ts';
import type { GameBook } from './game-book.ts';
import type { QuestSummary, ReadApi } from './read-api.ts';

/**
 * One table of the demo: a game with its bots, and when that has ended the next one. Whatever fails (a server is away, a game was ended by
 * hand) is logged and tried again after a pause, for as long as the demo runs.
 */
export interface TableOptions {
  /** From 0: which games and which bots are its own. */
  readonly number: number;
  readonly quest: QuestSummary;
  readonly commandUrl: string;
  readonly author: AuthorClient;
  /** Of the same author. */
  readonly ownerToken: string;
  readonly api: ReadApi;
  readonly book: GameBook;
  readonly log: Log;
  /** Called each time bots have begun to play a game. */
  readonly onPlaying: (gameId: string) => void;
}

const NAMES = ['Ada', 'Bram', 'Cleo', 'Dov', 'Edda', 'Femi', 'Gus', 'Hana', 'Ivo', 'June', 'Kofi', 'Lene'];
/** From the end of a game to the next: time to look at the result. */
const BETWEEN_GAMES_MS = 5_000;
const AGAIN_MS_MIN = 1_000;
const AGAIN_MS_MAX = 15_000;

export class Table {
  private readonly options: TableOptions;
  private readonly stopped = new AbortController();
  private bots: Bot[] = [];

  constructor(options: TableOptions) {
    this.options = options;
  }

  /** Plays game after game until stop(). */
  async run(): Promise<void> {
    let againMs = AGAIN_MS_MIN;
    while (!this.stopped.signal.aborted) {
      try {
        await this.playOne();
        againMs = AGAIN_MS_MIN;
        await this.pause(BETWEEN_GAMES_MS);
      } catch (error) {
        this.options.log.warn({ table: this.options.number, err: error }, 'a demo game was interrupted');
        await this.pause(againMs);
        againMs = Math.min(againMs * 2, AGAIN_MS_MAX);
      } finally {
        for (const bot of this.bots) bot.stop();
      }
    }
  }

  stop(): void {
    this.stopped.abort();
    for (const bot of this.bots) bot.stop();
  }

  /** Resolves when the game has ended for all its bots. */
  private async playOne(): Promise<void> {
    const { log, number, onPlaying, quest } = this.options;
    const gameId = (await this.takeUp()) ?? (await this.make());
    this.bots = [];
    for (const name of namesAt(number)) this.bots.push(await this.seat(gameId, name));
    if (this.stopped.signal.aborted) return;
    log.info({ gameId, quest: quest.title, bots: this.bots.length }, 'a demo game is being played');
    onPlaying(gameId);
    await Promise.all(this.bots.map((bot) => bot.over));
  }

  /** The game from before, if it still goes on. */
  private async takeUp(): Promise<string | undefined> {
    const { api, author, book, number } = this.options;
    const gameId = book.at(number);
    const game = gameId === undefined ? undefined : await api.game(gameId);
    if (game === undefined || game.status === 'ended') return undefined;
    if (game.status === 'scheduled') await author.start(game.gameId);
    return game.gameId;
  }

  private async make(): Promise<string> {
    const { author, book, number, quest } = this.options;
    const { gameId } = await author.createGame({ questId: quest.questId, open: true });
    book.put(number, gameId);
    await author.start(gameId);
    return gameId;
  }

  private async seat(gameId: string, name: string): Promise<Bot> {
    const { commandUrl, ownerToken } = this.options;
    const bot = new Bot({ commandUrl, gameId, name, ownerToken });
    await bot.play();
    return bot;
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.stopped.signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

/** Two or three bots a table, each table with other names as far as they go. */
function namesAt(table: number): string[] {
  const count = 2 + (table % 2);
  return Array.from({ length: count }, (_, seat) => NAMES[(table * 3 + seat) % NAMES.length]!);
}
