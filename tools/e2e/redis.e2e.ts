import { AuthorClient } from '@waymark/client';
import { RedisServer } from '../needs/redis-server.ts';
import { Apps } from './apps.ts';
import { ask, until } from './http.ts';
import { Player } from './player.ts';

/** Both apps over a real Redis: what players notice when it dies and comes back (nothing), and what operators are told. */
const DOCUMENT = {
  title: 'Over Redis',
  limits: { maxSpeed: 12, maxPlayers: 4 },
  defaults: { radius: 1, points: 10 },
  waypoints: [
    [0, 0, 0],
    [3, 0, 0],
    [6, 0, 0],
    [9, 0, 0],
  ],
};
const SECRET = 'open-sesame';

describe('play over Redis', () => {
  let redis: RedisServer;
  let apps: Apps;
  let player: Player | undefined;

  beforeAll(async () => {
    redis = await RedisServer.start(['--requirepass', SECRET]);
    apps = await Apps.start({ REDIS_URL: redis.url.replace('//', `//:${SECRET}@`) });
  }, 240_000);
  afterAll(async () => {
    player?.client.close();
    await apps?.dispose();
    await redis?.close();
  });

  const told = async (app: 'command' | 'gateway'): Promise<string> => {
    const port = app === 'command' ? apps.ports.commandAdmin : apps.ports.gatewayAdmin;
    const { body, status } = await ask(`http://127.0.0.1:${port}/health/ready`);
    const check = (body.checks as { name: string; ok: boolean; detail: string }[]).find(
      ({ name }) => name === 'redis',
    )!;
    return `${status} ${check.ok} ${check.detail}`;
  };
  const metric = async (app: 'command' | 'gateway', name: string): Promise<number> => {
    const port = app === 'command' ? apps.ports.commandAdmin : apps.ports.gatewayAdmin;
    const { body } = await ask(`http://127.0.0.1:${port}/metrics`);
    return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (.+)$`, 'm').exec(body as string)?.[1]);
  };
  const untilTold = async (app: 'command' | 'gateway', wanted: string): Promise<void> => {
    let last = '';
    await until(
      async () => (last = await told(app)).startsWith(wanted),
      () => `${app} says "${wanted}", not "${last}"`,
    );
  };

  it('goes on from the store while Redis is dead, and over Redis when it is back', async () => {
    const author = new AuthorClient({ commandUrl: apps.commandUrl, token: apps.token });
    const { questId } = await author.draft(DOCUMENT);
    await author.publish(questId);
    const { gameId } = await author.createGame({ questId, open: true });
    player = await Player.join(apps, { gameId, name: 'Ada' });
    await author.start(gameId);
    await untilTold('command', '200 true events are relayed to Redis');
    await untilTold('gateway', '200 true events come through Redis');
    await player.walkTo([0, 0, 0]);
    await player.reached(player.row, 0);
    await player.walkTo([3, 0, 0]);
    await player.reached(player.row, 1);
    expect(await metric('gateway', 'waymark_feed_on_redis')).toBe(1);
    expect(await metric('command', 'waymark_relay_events_total')).toBeGreaterThan(0);

    await redis.kill();
    await player.walkTo([6, 0, 0]);
    await player.reached(player.row, 2);
    await untilTold('gateway', '200 true degraded: events are read from the event store (Redis: it is not reached');
    await untilTold('command', '200 true degraded: events are not relayed');
    expect(await metric('gateway', 'waymark_feed_on_redis')).toBe(0);
    expect(await metric('command', 'waymark_relay_up')).toBe(0);

    redis.loseData();
    await redis.start();
    await untilTold('gateway', '200 true events come through Redis');
    await untilTold('command', '200 true events are relayed to Redis');
    expect(await metric('gateway', 'waymark_feed_fallbacks_total')).toBe(1);
    await player.walkTo([9, 0, 0]);
    await player.reached(player.row, 3);
    expect(await metric('gateway', 'waymark_feed_on_redis')).toBe(1);

    const reached = player.events.filter(({ type }) => type === 'WaypointReached');
    expect(reached.map(({ waypoint }) => waypoint)).toEqual([0, 1, 2, 3]);
    expect(player.drops).toEqual([]);
    expect(apps.errors()).toEqual([]);
    expect(apps.command.stdout + apps.gateway.stdout).not.toContain(SECRET);
    // Whoever uses Redis tells each change once, and retries not at all: nothing is told as often as it was retried.
    const warnings = apps.gateway.stdout
      .split('\n')
      .filter((line) => line.includes('Redis') && line.includes('"level":40'))
      .map((line) => (JSON.parse(line) as { msg: string }).msg);
    const timesTold = Map.groupBy(warnings, (sentence) => sentence);
    expect([...timesTold].filter(([, lines]) => lines.length > 2)).toEqual([]);
  }, 60_000);
});
