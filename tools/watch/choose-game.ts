import type { GameSummary, ReadApi } from '../demo/read-api.ts';

/** It cannot be watched, in one sentence for whoever asked. */
export class WatchFailure extends Error {
  override readonly name = 'WatchFailure';
}

/** The game that was named, or the running one with the most players. */
export async function chooseGame(api: ReadApi, base: string, gameId: string | undefined): Promise<GameSummary> {
  try {
    if (gameId !== undefined) {
      const game = await api.game(gameId);
      if (game === undefined) throw new WatchFailure(`there is no game ${gameId} at ${base}`);
      if (game.status === 'ended') throw new WatchFailure(`game ${gameId} has ended: ${base}/games/${gameId}/scores`);
      return game;
    }
    const running = (await api.games('running')).sort((a, b) => b.playerCount - a.playerCount);
    const game = running.find(({ open }) => open) ?? running[0];
    if (game === undefined) throw new WatchFailure(`no game is running at ${base}; npm start keeps some going`);
    return game;
  } catch (error) {
    if (error instanceof TypeError)
      throw new WatchFailure(`nobody answers at ${base}: is Waymark running? (--gateway URL)`);
    throw error;
  }
}
