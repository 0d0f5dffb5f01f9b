import { until } from '@waymark/testing';
import { RedisServer } from '../../../../tools/needs/redis-server.ts';
import type { Gateway } from '../bootstrap.ts';
import type { TestClient } from '../testing/test-client.ts';
import { TestGateway } from '../testing/test-gateway.ts';

/** Two gateways on one log, with a Redis between them and without: rules SG of docs/protocol.md. */
const isAnswered = ({ closed, texts }: TestClient): boolean => closed !== null || texts[0]?.type === 'welcome';
const ws = ({ port }: Gateway): string => `ws://127.0.0.1:${port}`;

describe('two gateways', () => {
  let redis: RedisServer;
  let test: TestGateway;
  let other: Gateway;

  const begin = async (redisUrl: string): Promise<void> => {
    const drainMs = 50;
    // Each says where it is: ports are known only when they listen, so the addresses of these tests are names.
    test = await TestGateway.start({
      drainMs,
      others: { REDIS_URL: redisUrl, WAYMARK_PUBLIC_GATEWAY_URL: 'ws://a.example' },
    });
    other = await test.startAnother({ WAYMARK_PUBLIC_GATEWAY_URL: 'ws://b.example' });
    if (redisUrl !== '') await until('they know each other', async () => (await sharing(other)).includes('; 2 known'));
  };
  const sharing = async ({ port }: Gateway): Promise<string> => {
    const { checks } = (await (await fetch(`http://127.0.0.1:${port}/health/ready`)).json()) as {
      checks: { name: string; detail: string }[];
    };
    return checks.find(({ name }) => name === 'sharing')?.detail ?? '';
  };
  const knock = (protocols: readonly string[], base: string) => test.connect('/play', { protocols }, base);

  /** With the session of a client that is still connected: its state is its own, and this one begins with none. */
  const takeOver = ({ state, welcome }: TestClient, base: string): Promise<TestClient> =>
    test
      .connect(
        `/play?epoch=${welcome.epoch}&revision=${state.revision}`,
        { protocols: ['waymark.v1', `session.${welcome.sessionToken}`] },
        base,
      )
      .welcomed();

  beforeAll(async () => {
    redis = await RedisServer.start();
  }, 60_000);
  afterEach(async () => {
    expect(test.takeFaults()).toEqual([]);
    await test.stop();
  });
  afterAll(() => redis.close());

  describe('that share a Redis', () => {
    beforeEach(() => begin(redis.url), 60_000);

    it('let a ticket in once, also when it is shown to both at once (SG3)', async () => {
      const gameId = await test.gameWith(...Array.from({ length: 20 }, (_, n) => `p${n}`));
      for (let n = 0; n < 20; n++) {
        const protocols = await test.withTicket(gameId, `p${n}`, n);
        const both = [knock(protocols, test.ws), knock(protocols, ws(other))];
        await until('both are answered', () => both.every(isAnswered));
        const refused = both.filter(({ closed }) => closed !== null);
        expect(refused.map(({ closed }) => closed!.code)).toEqual([4502]);
        for (const client of both) client.socket.terminate();
      }
    });

    it('resume each other’s sessions without a hole, and end the older connection with 4005 (SG1, SG4)', async () => {
      const gameId = await test.gameWith('ann', 'ben');
      const ann = await test.play(gameId, 'ann');
      const ben = knock(await test.withTicket(gameId, 'ben', 1), ws(other));
      await ben.welcomed();
      const there = await takeOver(ann, ws(other));
      expect(there.welcome.resumed).toEqual({ recovered: true, fromRevision: ann.state.revision, events: 0 });
      await until('the older one is closed', () => ann.closed);
      expect(ann.closed!.code).toBe(4005);
      const back = await takeOver(there, test.ws);
      await until('that one too', () => there.closed);
      expect(there.closed!.code).toBe(4005);
      expect([back.closed, ben.closed]).toEqual([null, null]);
    });

    it('name each other in the bye of a drain, one for all players of a game (SG5)', async () => {
      const gameId = await test.gameWith('ann', 'ben');
      const ann = await test.play(gameId, 'ann');
      const ben = knock(await test.withTicket(gameId, 'ben', 1), test.ws);
      await ben.welcomed();
      const spectator = await test.watch(gameId);
      await test.halt();
      for (const client of [ann, ben, spectator]) {
        await until('closed', () => client.closed);
        expect(client.text('bye')).toMatchObject({ code: 4001, endpoint: 'ws://b.example' });
      }
      await until('the other is alone', async () => (await sharing(other)).includes('; 1 known'));
      const resumed = await test.resume(ann, ws(other)).welcomed();
      expect(resumed.welcome.resumed).toMatchObject({ recovered: true });
    });

    it('let players in without Redis, each with its own tickets, and say so (SG3)', async () => {
      const gameId = await test.gameWith('ann');
      let isDown = true;
      await redis.kill();
      try {
        await until('it says so', async () => (await sharing(other)).startsWith('degraded: tickets, limits and seats'));
        const protocols = await test.withTicket(gameId, 'ann');
        const here = await knock(protocols, test.ws).welcomed();
        const twice = knock(protocols, test.ws);
        await until('refused', () => twice.closed);
        expect(twice.closed!.code).toBe(4502);
        const there = await knock(protocols, ws(other)).welcomed();
        expect(await test.metric('waymark_tickets_claimed_total', 'by="alone"')).toBe(1);
        await redis.start();
        isDown = false;
        // Told when it is back: one of both stays.
        await until('one is closed', () => here.closed !== null || there.closed !== null);
        expect([here.closed?.code, there.closed?.code].filter((code) => code !== undefined)).toEqual([4005]);
      } finally {
        if (isDown) await redis.start();
      }
    });

    it('count the connections of an address together (HS7)', async () => {
      const third = await test.startAnother({ WAYMARK_LIMIT_CONNECTS_PER_ADDRESS: '3' });
      const fourth = await test.startAnother({ WAYMARK_LIMIT_CONNECTS_PER_ADDRESS: '3' });
      const gameId = await test.gameWith('ann');
      await redis.admin.del(...(await redis.admin.keys('waymark:*:limit:*')), 'none');
      const clients = [third, fourth, third, fourth].map((gateway) =>
        test.connect(`/watch?game=${gameId}`, {}, ws(gateway)),
      );
      await until('all are answered', () => clients.every(isAnswered));
      const refused = clients.filter(({ closed }) => closed !== null);
      expect(refused).toHaveLength(1);
      expect(refused[0]!.closed!.code).toBe(4006);
      expect(refused[0]!.text('bye')!.retryAfterMs).toBeGreaterThan(0);
    });
  });

  describe('without a Redis', () => {
    beforeEach(() => begin(''), 60_000);

    it('let players in at both, with the same events, and resume each other’s sessions (SG1)', async () => {
      const gameId = await test.gameWith('ann', 'ben');
      const ann = await test.play(gameId, 'ann');
      const ben = await knock(await test.withTicket(gameId, 'ben', 1), ws(other)).welcomed();
      await test.log.join(gameId, 'cid', 2);
      await until('both are told', () => [ann, ben].every(({ events }) => events.length === 1));
      expect(ann.events[0]!.header.revision).toBe(ben.events[0]!.header.revision);
      ann.socket.terminate();
      await test.log.join(gameId, 'dan', 3);
      const there = await test.resume(ann, ws(other)).welcomed();
      expect(there.welcome.resumed).toMatchObject({ recovered: true, events: 1 });
    });

    it('do not see the moves of players at the other, and say so honestly (SG2)', async () => {
      const gameId = await test.gameWith('ann', 'ben');
      const ann = await test.play(gameId, 'ann');
      const ben = await knock(await test.withTicket(gameId, 'ben', 1), ws(other)).welcomed();
      ann.move(1, 2, 3);
      await until('ann is placed here', () => ann.state.players[0]?.placed);
      const frames = ben.frames.length;
      await until('frames go on there', () => ben.frames.length > frames + 3);
      expect(ben.state.players[0]).toMatchObject({ present: true, connected: false, placed: false });
      expect(ben.state.players[1]).toMatchObject({ present: true, connected: true });
    });

    it('name nobody in the bye of a drain (SG5)', async () => {
      const gameId = await test.gameWith('ann');
      const ann = await test.play(gameId, 'ann');
      await test.halt();
      await until('closed', () => ann.closed);
      expect(ann.text('bye')).toMatchObject({ code: 4001 });
      expect(ann.text('bye')).not.toHaveProperty('endpoint');
    });

    it('refuse who connects too often from one address, and let a ticket live (HS7)', async () => {
      const strict = await test.startAnother({
        WAYMARK_LIMIT_CONNECTS_PER_ADDRESS: '2',
        WAYMARK_TRUSTED_PROXIES: '127.0.0.1',
      });
      const gameId = await test.gameWith('ann');
      for (let n = 0; n < 2; n++) await test.connect(`/watch?game=${gameId}`, {}, ws(strict)).welcomed();
      const protocols = await test.withTicket(gameId, 'ann');
      const refused = knock(protocols, ws(strict));
      await until('refused', () => refused.closed);
      expect(refused.closed).toEqual({ code: 4006, reason: 'too many connections from this address' });
      expect(refused.text('bye')!.retryAfterMs).toBeGreaterThan(20_000);
      const text = await (await fetch(`http://127.0.0.1:${strict.adminPort}/metrics`)).text();
      expect(text).toMatch(/^waymark_rate_limited_total\{[^}]*limit="connects_per_address"[^}]*\} 1$/m);
      const headers = { 'x-forwarded-for': '198.51.100.7' };
      await test.connect('/play', { protocols, headers }, ws(strict)).welcomed();
    });
  });
});
