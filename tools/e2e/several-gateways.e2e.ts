import { AuthorClient } from '@waymark/client';
import { RedisServer } from '../needs/redis-server.ts';
import { Apps } from './apps.ts';
import { ask, until } from './http.ts';
import { Player } from './player.ts';
import { Proxy, SecondGateway } from './second-gateway.ts';

/** One command app and two gateways, as processes: the players of a game through both, and the drain of one. Rules SG of docs/protocol.md. */
const DOCUMENT = {
  title: 'Through two doors',
  limits: { maxSpeed: 12, maxPlayers: 4 },
  defaults: { radius: 1, points: 10 },
  waypoints: [
    [0, 0, 0],
    [3, 0, 0],
    [6, 0, 0],
  ],
};

const TICKET_ROUNDING_MS = 3_000;

describe('two gateways', () => {
  let apps: Apps;
  let second: SecondGateway;
  let author: AuthorClient;
  let questId: string;
  const players: Player[] = [];

  const begin = async (settings: NodeJS.ProcessEnv): Promise<void> => {
    apps = await Apps.start(settings);
    second = await SecondGateway.start(apps, settings);
    const bothRunAt = Date.now();
    author = new AuthorClient({ commandUrl: apps.commandUrl, token: apps.token });
    ({ questId } = await author.draft(DOCUMENT));
    await author.publish(questId);
    // A ticket is refused that may be older than its gateway; what it says of its time is rounded to seconds.
    await until(
      () => Date.now() - bothRunAt > TICKET_ROUNDING_MS,
      () => 'tickets are younger than both gateways',
    );
  };
  const end = async (): Promise<void> => {
    for (const { client } of players.splice(0)) client.close();
    await second?.dispose();
    await apps?.dispose();
  };
  const joined = async (gameId: string, name: string, gatewayUrl?: string): Promise<Player> => {
    const player = await Player.join(apps, { gameId, name }, gatewayUrl);
    players.push(player);
    return player;
  };
  const runningGame = async (): Promise<string> => {
    const { gameId } = await author.createGame({ questId, open: true });
    await author.start(gameId);
    return gameId;
  };
  /** Revisions of what a player was told: one after the other, none twice. */
  const expectNoHole = ({ events }: Player): void => {
    const revisions = events.map(({ revision }) => revision);
    expect(revisions).toEqual(revisions.map((_, n) => revisions[0]! + n));
  };
  const expectBothTold = async (row: number, waypoint: number, both: readonly Player[]): Promise<void> => {
    const told = await Promise.all(both.map((player) => player.reached(row, waypoint)));
    expect(new Set(told.map(({ position }) => position)).size).toBe(1);
  };

  describe('over Redis', () => {
    let redis: RedisServer;

    beforeAll(async () => {
      redis = await RedisServer.start();
      await begin({ REDIS_URL: redis.url });
      await untilKnown('2 known gateways');
    }, 240_000);
    afterAll(async () => {
      await end();
      await redis?.close();
    });

    /** The command app hears of a start or a stop with the next beat. */
    const untilKnown = (said: string): Promise<void> =>
      until(
        async () => {
          const { body } = await ask(`http://127.0.0.1:${apps.ports.commandAdmin}/health/ready`);
          return (body.checks as { detail: string }[]).some(({ detail }) => detail.includes(said));
        },
        () => `the command app has ${said}`,
      );
    const whereTold = async (gameId: string): Promise<string> => {
      const { body } = await ask(`${apps.commandUrl}/games/${gameId}/players`, { method: 'POST', body: { name: 'X' } });
      return body.gatewayUrl as string;
    };

    it('get a game each, and each the players of its game', async () => {
      const games = [await runningGame(), await runningGame()];
      const told = [];
      for (const gameId of [...games, ...games]) told.push(await whereTold(gameId));
      expect(told.slice(0, 2).toSorted()).toEqual([apps.gatewayUrl, second.url].toSorted());
      expect(told.slice(2)).toEqual(told.slice(0, 2));
    });

    it('tell players of one game the same at once; the players of one that drains go on at the other, without a gap', async () => {
      const gameId = await runningGame();
      const [ann, ben] = [await joined(gameId, 'Ann', apps.gatewayUrl), await joined(gameId, 'Ben', second.url)];
      await ann.walkTo([0, 0, 0]);
      await expectBothTold(0, 0, [ann, ben]);
      await ben.walkTo([0, 0, 0]);
      await expectBothTold(1, 0, [ann, ben]);

      await apps.gateway.stop();
      expect(ann.drops.map(({ code }) => code)).toEqual([4001]);
      await until(
        () => ann.resumes.length > 0,
        () => `Ann resumes; ${JSON.stringify(ann.drops)}`,
      );
      expect(ann.resumes).toEqual([expect.objectContaining({ recovered: true })]);
      await ann.walkTo([3, 0, 0]);
      await expectBothTold(0, 1, [ann, ben]);
      // On one gateway now, so each sees the other walk.
      await until(
        () => ben.client.state.players[0]!.x === 3 && ben.client.state.players[0]!.connected,
        () => 'Ben sees where Ann is',
      );
      for (const player of [ann, ben]) expectNoHole(player);
      expect(ben.drops).toEqual([]);

      const nextGame = await runningGame();
      await untilKnown('1 known gateway');
      expect(await whereTold(nextGame)).toBe(second.url);
      await apps.start('gateway');
      await until(
        async () => (await whereTold(await runningGame())) === apps.gatewayUrl,
        () => 'joins of new games name the gateway that was started again: it has the fewest sockets',
      );
      expect(await whereTold(nextGame)).toBe(second.url);
      expect([...apps.errors(), ...second.errors()]).toEqual([]);
    }, 60_000);

    // The last over Redis: the gateway does not come back.
    it('one that is killed says nothing, and its players find the other by themselves, without a gap (SG6)', async () => {
      const gameId = await runningGame();
      const ann = await joined(gameId, 'Ann');
      await ann.walkTo([0, 0, 0]);
      await ann.reached(0, 0);
      const isFirst = (await whereTold(gameId)) === apps.gatewayUrl;
      await (isFirst ? apps.gateway : second.process).kill();
      await until(
        () => ann.resumes.length > 0,
        () => `Ann resumes at the gateway that is left; ${JSON.stringify(ann.drops)}`,
        20_000,
      );
      expect(ann.resumes).toEqual([expect.objectContaining({ recovered: true })]);
      await ann.walkTo([3, 0, 0]);
      await ann.reached(0, 1);
      expectNoHole(ann);
      expect(ann.closed).toBeNull();
    }, 60_000);
  });

  describe('without Redis, behind a proxy', () => {
    let proxy: Proxy | undefined;
    beforeAll(() => begin({}), 240_000);
    afterAll(async () => {
      await end();
      proxy?.close();
    });

    it('tell players of one game the same; the players of one that drains go on at the other, without a gap', async () => {
      proxy = await Proxy.start([apps.ports.gateway, second.ports.gateway]);
      const gameId = await runningGame();
      const [ann, ben] = [await joined(gameId, 'Ann', proxy.url), await joined(gameId, 'Ben', second.url)];
      await ben.walkTo([0, 0, 0]);
      await expectBothTold(1, 0, [ann, ben]);
      await apps.gateway.stop();
      await until(
        () => ann.resumes.length > 0,
        () => `Ann resumes; ${JSON.stringify(ann.drops)}`,
      );
      expect(ann.resumes).toEqual([expect.objectContaining({ recovered: true })]);
      await ann.walkTo([0, 0, 0]);
      await expectBothTold(0, 0, [ann, ben]);
      for (const player of [ann, ben]) expectNoHole(player);
      expect(ben.drops).toEqual([]);
      expect([...apps.errors(), ...second.errors()]).toEqual([]);
    }, 60_000);
  });
});
