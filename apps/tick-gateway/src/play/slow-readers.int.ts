import { PLAYER_NAME_CHARS_MAX, SOCKET_STALLED_TICKS_MAX } from '@waymark/base';
import { until } from '@waymark/testing';
import type { TestClient } from '../testing/test-client.ts';
import { TestGateway } from '../testing/test-gateway.ts';

/**
 * Rules SK of docs/protocol.md on real sockets: who does not read gets less, then nothing; others notice nothing. What it takes to fill a queue
 * is in hot/fan-out.spec.ts and hot/frame-transport.int.ts.
 */
const TICK_MS = 20;
/** Few, so that a tick sees the stall before 64 of them wait. */
const EVENTS_AT_ONCE = 8;
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await TestGateway.start({ tickMs: TICK_MS });
});
afterEach(() => expect(gateway.takeFaults()).toEqual([]));
afterAll(() => gateway.stop());

const skipped = (): Promise<number> => gateway.metric('waymark_frames_skipped_total');
const slabsUsed = (): Promise<number> => gateway.metric('waymark_slabs_used');

/** Stops reading, and has the kernels' buffers filled with events until a state frame is left out. */
async function stall(gameId: string, client: TestClient): Promise<void> {
  const before = await skipped();
  client.pause();
  // A player who leaves and comes back with a long name, over and over: the log takes what the command app would not.
  const name = 'x'.repeat(80 * PLAYER_NAME_CHARS_MAX);
  const row = 1;
  await until(
    'a frame to be left out',
    async () => {
      const joins = Array.from(
        { length: EVENTS_AT_ONCE },
        () => ({ type: 'PlayerJoined', data: { playerId: 'bob', name, row, at: 1 } }) as const,
      );
      await gateway.log.append(gameId, ...joins);
      return (await skipped()) > before;
    },
    20_000,
  );
}

it('SK1 and SK2: who reads again gets a keyframe that says what was left out, and no hole', async () => {
  const gameId = await gateway.gameWith('ada', 'bob');
  const slow = await gateway.play(gameId, 'ada');
  await stall(gameId, slow);
  const revision = await gateway.log.append(gameId, { type: 'GamePaused', data: { at: 1 } });
  expect(revision).toBeGreaterThan(0);
  expect(await slabsUsed()).toBeGreaterThan(0);
  slow.goOn();
  const keyframe = await until(
    'a keyframe after the gap',
    () => slow.keyframes.find((frame) => frame.header.skipped > 0) ?? null,
  );
  expect(keyframe.header.skipped).toBeGreaterThan(0);
  await until('the last event', () => slow.state.status === 'paused');
  await slow.more(2, ['delta']);
  await until('every slab to be free', async () => (await slabsUsed()) === 0);
});

it(`SK1: who reads nothing for ${SOCKET_STALLED_TICKS_MAX} ticks is closed with 4003, and may resume`, async () => {
  const gameId = await gateway.gameWith('ada', 'bob');
  const slow = await gateway.play(gameId, 'ada');
  const far = await gateway.watch(await gateway.gameWith('cleo'));
  await stall(gameId, slow);
  const seen = far.frames.length;
  await until('the close', async () => (await gateway.metric('waymark_closes_total', '"slowConsumer"')) === 1);
  expect(far.frames.length - seen).toBeGreaterThan(SOCKET_STALLED_TICKS_MAX / 2);
  expect([far.closed, far.keyframes.length]).toEqual([null, 1]);
  slow.goOn();
  expect([4003, 1006]).toContain((await slow.closing()).code);
  await until('every slab to be free', async () => (await slabsUsed()) === 0);
  const again = await gateway.resume(slow).welcomed();
  await again.more(2);
});
