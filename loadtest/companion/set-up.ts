import { AuthorClient } from '@waymark/client';
import { questDocument, walkOf, type Games } from './games.ts';

/** Quests, games and players for a load: generated walks, published, one game a player, spread evenly over the quests, all running. */
export interface SetUpOptions {
  readonly commandUrl: string;
  readonly token: string;
  readonly games: number;
  readonly quests: number;
  readonly waypoints: number;
  readonly say: (line: string) => void;
  /** Each game, as soon as it is made. */
  readonly onGame?: (gameId: string) => void;
  readonly signal?: AbortSignal;
}

const AT_ONCE = 16;

export async function setUpGames(options: SetUpOptions): Promise<Games> {
  const { commandUrl, token, games, quests, waypoints, onGame, say, signal } = options;
  const author = new AuthorClient({ commandUrl, token });
  const questIds: string[] = [];
  for (let quest = 0; quest < quests; quest++) {
    signal?.throwIfAborted();
    const { questId } = await author.draft(questDocument(walkOf(quest, waypoints), `Load ${quest}`));
    await author.publish(questId);
    questIds.push(questId);
  }
  say(`published ${quests} quests of ${waypoints} waypoints`);

  const gameIds: string[] = [];
  const tickets: string[] = [];
  const playerIds: string[] = [];
  let made = 0;
  let failed = false;
  const make = async (game: number): Promise<void> => {
    const { gameId } = await author.createGame({ questId: questIds[game % quests]!, open: true });
    onGame?.(gameId);
    await author.start(gameId);
    const joined = await join(commandUrl, gameId, `player-${game}`);
    gameIds[game] = gameId;
    tickets[game] = joined.ticket;
    playerIds[game] = joined.playerId;
  };
  const makers = Array.from({ length: AT_ONCE }, async () => {
    try {
      while (made < games && !failed) {
        signal?.throwIfAborted();
        await make(made++);
      }
    } catch (error) {
      failed = true;
      throw error;
    }
  });
  // When this settles nobody makes games any more, so that all there are can be ended.
  const broken = (await Promise.allSettled(makers)).find(({ status }) => status === 'rejected');
  if (broken !== undefined) throw (broken as PromiseRejectedResult).reason;
  say(`${games} games run, each with a player`);
  return { gameIds, playerIds, tickets, quests, waypoints };
}

async function join(commandUrl: string, gameId: string, name: string): Promise<{ ticket: string; playerId: string }> {
  const answer = await fetch(`${commandUrl}/games/${gameId}/players`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': `join-${name}` },
    body: JSON.stringify({ name }),
  });
  if (answer.status !== 201) throw new Error(`joining answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as { ticket: string; playerId: string };
}
