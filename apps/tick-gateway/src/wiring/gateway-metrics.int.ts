import { until } from '@waymark/testing';
import { TestGateway } from '../testing/test-gateway.ts';

/** What is counted is what players and spectators get: the gateway's own canary watches a game all the time and is in none of it. */
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start();
});
afterAll(() => gateway.stop());

const COUNTED = [
  'waymark_sockets',
  'waymark_connections_total',
  'waymark_frames_sent_total',
  'waymark_frame_bytes_sent_total',
];

const counts = (): Promise<number[]> => Promise.all(COUNTED.map((name) => gateway.metric(name)));

it('nothing is counted while only the canary is connected, however many frames it gets', async () => {
  const ticks = await gateway.metric('waymark_ticks_total');
  await until('ticks of its game', async () => (await gateway.metric('waymark_ticks_total')) >= ticks + 5);
  expect((await gateway.get('/health/ready')).status).toBe(200);
  expect(await counts()).toEqual([0, 0, 0, 0]);
});

it('one who watches is counted, until it goes', async () => {
  const client = await gateway.watch(await gateway.gameWith('ada'));
  await client.more(3);
  const [sockets, connections, frames, bytes] = await counts();
  expect([sockets, connections]).toEqual([1, 1]);
  expect(frames).toBeGreaterThanOrEqual(4);
  expect(bytes).toBeGreaterThan(4 * 40);
  client.close();
  await until('its end', async () => (await gateway.metric('waymark_sockets')) === 0);
});
