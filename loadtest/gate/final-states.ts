import { setTimeout as sleep } from 'node:timers/promises';
import type { StateOfRecord } from '../judge/evidence.ts';

/**
 * What the read API says of each player's game when all is over, for comparison with what its client made of the frames. Player n is the only one
 * of game n. One request that fails is no evidence of anything, so a game is asked about a few times; one that is then still not told is left out, and
 * the judge misses it.
 */
const AT_ONCE = 16;
const ANSWER_WITHIN_MS = 5_000;
const TRIES_MAX = 4;
const TRY_AGAIN_MS = 250;
const NOT_FOUND = 404;

interface Scores {
  readonly revision: number;
  readonly scores: readonly { readonly score: number }[];
}

/** Null when nothing answers. `readUrl`: http://host:port of the gateway. */
export async function finalStates(
  readUrl: string,
  gameIds: readonly string[],
  signal?: AbortSignal,
): Promise<StateOfRecord[] | null> {
  const states: StateOfRecord[] = [];
  let next = 0;
  let isGone = false;
  const ask = async (): Promise<void> => {
    while (next < gameIds.length && !isGone) {
      const player = next++;
      const gameId = gameIds[player]!;
      const told = await scoresOf(`${readUrl}/games/${gameId}/scores`, signal);
      // Whoever cannot be reached time after time is gone: the other games need not be waited for.
      if (told === 'unreachable') isGone = true;
      else if (told !== null)
        states.push({ player, gameId, revision: told.revision, score: told.scores[0]?.score ?? 0 });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  signal?.throwIfAborted();
  return isGone && states.length === 0 ? null : states.sort((a, b) => a.player - b.player);
}

/** Null: it answered, but not with scores. */
async function scoresOf(url: string, signal: AbortSignal | undefined): Promise<Scores | null | 'unreachable'> {
  let failed: null | 'unreachable' = null;
  for (let tries = 1; ; tries++) {
    try {
      const late = AbortSignal.timeout(ANSWER_WITHIN_MS);
      const answer = await fetch(url, { signal: signal === undefined ? late : AbortSignal.any([late, signal]) });
      if (answer.ok) return (await answer.json()) as Scores;
      if (answer.status === NOT_FOUND) return null;
      failed = null;
    } catch {
      failed = 'unreachable';
    }
    signal?.throwIfAborted();
    if (tries === TRIES_MAX) return failed;
    await sleep(TRY_AGAIN_MS * tries);
  }
}
