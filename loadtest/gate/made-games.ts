import { ProblemError, type AuthorClient } from '@waymark/client';

/**
 * The games that a run made in a deployment, to be ended when it is over: whoever measures a server that lives must not leave thousands of games
 * ticking on it. Only games of which this run was told the id, so never anybody else's.
 */
const AT_ONCE = 16;
const END_WITHIN_MS = 20_000;
/** The game has ended by itself: its time was up. */
const ENDED = 'game-ended';

export class MadeGames {
  private readonly author: AuthorClient;
  private readonly withinMs: number;
  private readonly live = new Set<string>();

  constructor(author: AuthorClient, withinMs = END_WITHIN_MS) {
    this.author = author;
    this.withinMs = withinMs;
  }

  readonly add = (gameId: string): void => void this.live.add(gameId);

  /** Tells what is still live afterwards and why, in a sentence; null when nothing is. A second time ends what the first could not. */
  async end(): Promise<string | null> {
    const { author, live } = this;
    const signal = AbortSignal.timeout(this.withinMs);
    const waiting = [...live].values();
    let why: string | null = null;
    const endNext = async (): Promise<void> => {
      for (const gameId of waiting) {
        if (signal.aborted) return;
        try {
          await author.end(gameId, { signal });
          live.delete(gameId);
        } catch (error) {
          if (error instanceof ProblemError && error.problem === ENDED) live.delete(gameId);
          else why ??= (error as Error).message;
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, endNext));
    if (live.size === 0) return null;
    const many = live.size === 1 ? '1 game' : `${live.size} games`;
    return `${many} of this run could not be ended: ${why ?? `it took more than ${this.withinMs} ms`}`;
  }
}
