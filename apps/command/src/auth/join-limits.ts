import { Problem, type CountedLimit } from '@waymark/platform';

/**
 * Who guesses join codes is slowed down: wrong codes are counted by address and by game, and while either has had too many, joins that
 * show a code are refused, right ones too. Joins that need no code (the game's owner, a player's own session, open games) show none and
 * are not looked at. Guesses that are under way when the limit is met are still answered.
 */
export class JoinLimits {
  constructor(
    readonly perAddress: CountedLimit,
    readonly perGame: CountedLimit,
  ) {}

  /** Throws Problem. */
  async check(gameId: string, address: string): Promise<void> {
    const [addressWaitMs, gameWaitMs] = await Promise.all([this.perAddress.peek(address), this.perGame.peek(gameId)]);
    if (addressWaitMs > 0) throw tooMany('too many wrong join codes came from this address', addressWaitMs);
    if (gameWaitMs > 0) throw tooMany('too many wrong join codes came for this game', gameWaitMs);
  }

  /** A code was wrong. */
  async failed(gameId: string, address: string): Promise<void> {
    await Promise.all([this.perAddress.take(address), this.perGame.take(gameId)]);
  }
}

export function tooMany(detail: string, waitMs: number): Problem {
  return new Problem('rate-limited', detail, { retryAfterSeconds: Math.ceil(waitMs / 1_000) });
}
