import { readFileSync } from 'node:fs';
import { AuthorClient } from '@waymark/client';
import { RedisServer } from '../needs/redis-server.ts';
import { Apps } from './apps.ts';
import { ask, until } from './http.ts';
import { Player } from './player.ts';
import { SecondGateway } from './second-gateway.ts';

/** Both apps as a user of Redis who may do what docs/operations.md names, and nothing else. */
const ROOT = new URL('../../', import.meta.url);
const DOCUMENT = { title: 'With few rights', defaults: { radius: 1, points: 10 }, waypoints: [[0, 0, 0]] };
const BEGIN_MS = 240_000;

/** The commands of the two sentences about access. */
function documentedCommands(): string[] {
  const page = readFileSync(new URL('docs/operations.md', ROOT), 'utf8');
  const lists = [...page.matchAll(/^(?:- Access: |Access that .*?: )commands ([A-Z, ]+) on (?:the )?keys/gm)];
  expect(lists).toHaveLength(2);
  return lists.flatMap(([, list]) => list!.split(', '));
}

describe('with the rights that docs/operations.md names', () => {
  let redis: RedisServer;
  let apps: Apps;
  let second: SecondGateway;
  let player: Player | undefined;

  beforeAll(async () => {
    redis = await RedisServer.start();
    const commands = documentedCommands().map((name) => `+${name.toLowerCase().replace(' ', '|')}`);
    await redis.admin.call('ACL', 'SETUSER', 'waymark', 'on', '>hush', '~waymark:*', '&waymark:*', ...commands);
    const settings = { REDIS_URL: redis.url.replace('//', '//waymark:hush@') };
    apps = await Apps.start(settings);
    second = await SecondGateway.start(apps, settings);
  }, BEGIN_MS);
  afterAll(async () => {
    player?.client.close();
    await second?.dispose();
    await apps?.dispose();
    await redis?.close();
  });

  const details = async (adminPort: number): Promise<string[]> => {
    const { body } = await ask(`http://127.0.0.1:${adminPort}/health/ready`);
    return (body.checks as { detail: string }[]).map(({ detail }) => detail);
  };
  const untilTold = async (adminPort: number, words: string): Promise<void> => {
    let last: string[] = [];
    await until(
      async () => (last = await details(adminPort)).some((detail) => detail.startsWith(words)),
      () => `"${words}" is told, not ${JSON.stringify(last)}`,
    );
  };

  it('events travel, tickets, limits and seats hold over all, and Redis has refused nothing', async () => {
    await untilTold(apps.ports.commandAdmin, 'events are relayed to Redis');
    await untilTold(apps.ports.commandAdmin, 'limits hold over all processes; 2 known gateways');
    await untilTold(apps.ports.gatewayAdmin, 'events come through Redis');
    await untilTold(apps.ports.gatewayAdmin, 'tickets, limits and seats hold over all gateways; 2 known');
    const author = new AuthorClient({ commandUrl: apps.commandUrl, token: apps.token });
    const { questId } = await author.draft(DOCUMENT);
    await author.publish(questId);
    const { gameId, joinCode } = await author.createGame({ questId });
    const guess = { method: 'POST', body: { name: 'Eve', joinCode: 'AAAA-AAAA' } };
    expect((await ask(`${apps.commandUrl}/games/${gameId}/players`, guess)).status).toBe(403);
    player = await Player.join(apps, { gameId, name: 'Ada', joinCode: joinCode! });
    await author.start(gameId);
    await player.told(({ type }) => type === 'GameStarted', 'the game starts');
    await player.walkTo([0, 0, 0]);
    await player.reached(player.row, 0);
    // One gateway leaves the directory, and what Redis held is gone: all that is done then is done again.
    await second.dispose();
    await untilTold(apps.ports.commandAdmin, 'limits hold over all processes; 1 known gateway');
    await redis.admin.flushall();
    await untilTold(apps.ports.gatewayAdmin, 'events come through Redis');
    const refused = (await redis.admin.call('ACL', 'LOG')) as string[][];
    expect(refused.map((entry) => entry.join(' '))).toEqual([]);
    expect([...apps.errors(), ...second.errors()]).toEqual([]);
  }, 60_000);
});
