import { AuthorClient } from '@waymark/client';
import { walk } from '../../tools/quest-generator/walk.ts';

/** Quests, games and players for a load: generated walks, published, one game a player, spread evenly over the quests, all running. */
export interface SetUpOptions {
  readonly commandUrl: string;
  readonly token: string;
  readonly games: number;
  readonly quests: number;
  readonly waypoints: number;
  readonly say: (line: string) => void;
}

export interface Games {
  readonly count: number;
  readonly gameIds: readonly string[];
  readonly tickets: readonly string[];
  /** The next waypoint of a game's player, as a command; null when the hunt is over. */
  nextReach(game: number, token: string): { path: string; token: string; key: string; body: string } | null;
  /** A document of so many waypoints. */
  document(waypoints: number): Promise<string>;
}

const AT_ONCE = 16;

interface Place {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

export async function setUpGames({ commandUrl, token, games, quests, waypoints, say }: SetUpOptions): Promise<Games> {
  const author = new AuthorClient({ commandUrl, token });
  const walks: (readonly Place[])[] = [];
  const questIds: string[] = [];
  for (let quest = 0; quest < quests; quest++) {
    const places = walk(quest + 1, waypoints).map(({ x, y, z }) => ({ x: rounded(x), y: rounded(y), z: rounded(z) }));
    walks.push(places);
    const { questId } = await author.draft(documentOf(places, `Load ${quest}`));
    await author.publish(questId);
    questIds.push(questId);
  }
  say(`published ${quests} quests of ${waypoints} waypoints`);

  const gameIds: string[] = [];
  const tickets: string[] = [];
  const playerIds: string[] = [];
  const nextWaypoint = new Int32Array(games);
  let made = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (made < games) {
        const game = made++;
        const { gameId } = await author.createGame({ questId: questIds[game % quests]!, open: true });
        await author.start(gameId);
        const joined = await join(commandUrl, gameId, `player-${game}`);
        gameIds[game] = gameId;
        tickets[game] = joined.ticket;
        playerIds[game] = joined.playerId;
      }
    }),
  );
  say(`${games} games run, each with a player`);
  return {
    count: games,
    gameIds,
    tickets,
    nextReach(game, sessionToken) {
      const waypoint = nextWaypoint[game]!;
      const place = walks[game % quests]![waypoint];
      if (place === undefined) return null;
      nextWaypoint[game] = waypoint + 1;
      return {
        path: `/games/${gameIds[game]}/players/${playerIds[game]}/reach`,
        token: sessionToken,
        key: `w${waypoint}`,
        body: `{"waypoint":${waypoint},"at":[${place.x},${place.y},${place.z}]}`,
      };
    },
    document: async (count) => documentOf(walk(99, count), 'Published under load'),
  };
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

function documentOf(places: readonly Place[], title: string): string {
  return JSON.stringify({
    title,
    defaults: { radius: 5, points: 10 },
    waypoints: places.map(({ x, y, z }) => [rounded(x), rounded(y), rounded(z)]),
  });
}

/** To a centimetre, as in the examples. */
function rounded(metres: number): number {
  return Math.round(metres * 100) / 100;
}
