import { AuthorClient } from '@waymark/client';
import type { Apps } from './apps.ts';
import { CommandLedger } from './command-ledger.ts';
import { Player } from './player.ts';

/** A stream of commands for crashes to fall into: games in which everybody runs down a straight road as fast as they are answered. */
const GAMES = 4;
/** In each game, one on a socket and the others over HTTP alone. */
const PLAYERS_A_GAME = 3;
/** Joins in each game while the reaches go on. */
const JOINS_A_GAME_MAX = 40;
const WAYPOINTS = 3_000;

export const pointsOf = (waypoint: number): number => 1 + (waypoint % 9);
const placeOf = (waypoint: number): [number, number, number] => [2 * waypoint, 0, 0];
export const ROAD = {
  title: 'A straight road',
  defaults: { radius: 0.5 },
  limits: { maxPlayers: 64 },
  waypoints: Array.from({ length: WAYPOINTS }, (_, waypoint) => ({
    at: placeOf(waypoint),
    points: pointsOf(waypoint),
  })),
};

/** A player who reaches one waypoint after the other. */
export interface Runner {
  readonly gameId: string;
  readonly playerId: string;
  readonly token: string;
  next: number;
}

/** Games in play with a stream of commands, and the ledger of it. */
export class CommandStream {
  readonly gameIds: string[] = [];
  readonly players: Player[] = [];
  readonly runners: Runner[] = [];
  readonly refusals: string[] = [];
  readonly ledger: CommandLedger;
  private readonly apps: Apps;
  private flowing = true;
  private ended: Promise<unknown> = Promise.resolve();

  constructor(apps: Apps) {
    this.apps = apps;
    this.ledger = new CommandLedger(apps);
  }

  async begin(questId: string): Promise<void> {
    const author = new AuthorClient({ commandUrl: this.apps.commandUrl, token: this.apps.token });
    for (let game = 0; game < GAMES; game++) {
      const { gameId } = await author.createGame({ questId, open: true });
      await author.start(gameId);
      this.gameIds.push(gameId);
      const player = await Player.join(this.apps, { gameId, name: 'On a socket', playerId: 'p0' });
      this.players.push(player);
      this.runners.push({ gameId, playerId: 'p0', token: player.client.session!.token, next: 0 });
      for (let other = 1; other < PLAYERS_A_GAME; other++) {
        const playerId = `p${other}`;
        await this.ledger.send(gameId, '/players', { playerId, name: 'Over HTTP' }, this.apps.token);
        this.runners.push({ gameId, playerId, token: this.apps.token, next: 0 });
      }
    }
    this.ended = Promise.all([
      ...this.runners.map((runner) => this.run(runner)),
      ...this.gameIds.map((id) => this.fill(id)),
    ]);
  }

  /** Settles when nothing is under way any more. */
  async stop(): Promise<void> {
    this.flowing = false;
    await this.ended;
  }

  /** Stops, and lets go of the sockets. */
  async close(): Promise<void> {
    await this.stop();
    for (const { client } of this.players) client.close();
  }

  /** One more reach: whether the runner can go on. */
  async reachNext(runner: Runner): Promise<boolean> {
    const { gameId, next, playerId, token } = runner;
    const body = { waypoint: next, at: placeOf(next) };
    runner.next += 1;
    const answer = await this.ledger.send(gameId, `/players/${playerId}/reach`, body, token);
    if (answer !== null && answer.status !== 200) this.refusals.push(`reach: ${JSON.stringify(answer.body)}`);
    return answer?.status === 200;
  }

  private async run(runner: Runner): Promise<void> {
    while (this.flowing && (await this.reachNext(runner)));
  }

  private async fill(gameId: string): Promise<void> {
    for (let join = 0; this.flowing && join < JOINS_A_GAME_MAX; join++) {
      const answer = await this.ledger.send(gameId, '/players', { name: `Late ${join}` });
      if (answer === null) return;
      if (answer.status !== 201) this.refusals.push(`join: ${JSON.stringify(answer.body)}`);
    }
  }
}
