import { epochMs, gameId, playerId } from '@waymark/base';
import { SeededRandom, until } from '@waymark/testing';
import { FakeCommand, type AskedReach, type ReachAnswer } from '../testing/fake-command.ts';
import { ReachClient, REACHES_UNDER_WAY_MAX, type ReachRequest } from './reach-client.ts';

/** Against a real HTTP server: what is asked, when it is asked again, and that no answer is waited for without end. */
let command: FakeCommand;
let client: ReachClient;

const REQUEST: ReachRequest = {
  gameId: gameId('g1'),
  playerId: playerId('ada'),
  waypoint: 3,
  at: [1.5, -2, 0.25],
  movedAt: epochMs(1_795_435_200_000.5),
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00',
};

beforeEach(async () => {
  command = await FakeCommand.start({
    verify: (token) => ({ ok: token === 'service token', claims: { service: '' } }) as never,
  });
  client = makeClient(command.url);
});
afterEach(async () => {
  await client.close();
  await command.close();
});

function makeClient(commandUrl: string): ReachClient {
  return new ReachClient({ commandUrl, tokens: { current: () => 'service token' }, random: new SeededRandom(1) });
}

/** Answers one after another, the last one for ever. */
function answers(...list: ReachAnswer[]): void {
  command.answer = () => (list.length > 1 ? list.shift()! : list[0]!);
}

it('asks as any client does: path, key, time, token, place', async () => {
  expect(await client.reach(REQUEST)).toEqual({ kind: 'reached' });
  expect(command.asked).toEqual([
    {
      method: 'POST',
      path: '/games/g1/players/ada/reach',
      idempotencyKey: 'reach:ada:3',
      sentAt: 1_795_435_200_000.5,
      traceparent: REQUEST.traceparent,
      isTrusted: true,
      body: { waypoint: 3, at: [1.5, -2, 0.25] },
    } satisfies AskedReach,
  ]);
});

it('keeps the path of an address behind a proxy', async () => {
  const behind = makeClient(`${command.url}/waymark/`);
  await behind.reach(REQUEST);
  expect(command.asked[0]!.path).toBe('/waymark/games/g1/players/ada/reach');
  await behind.close();
});

it.each([503, 500, 429])('asks again with the same key after %i', async (status) => {
  answers({ status }, { status }, { status: 200 });
  expect(await client.reach(REQUEST)).toEqual({ kind: 'reached' });
  expect(command.asked.map(({ idempotencyKey }) => idempotencyKey)).toEqual(Array(3).fill('reach:ada:3'));
  expect(client.counts).toEqual({ reached: 1, refused: 0, failed: 0, retried: 2 });
});

it('asks again with the same key and body when the answer got lost', async () => {
  answers('hang up', { status: 200 });
  expect(await client.reach(REQUEST)).toEqual({ kind: 'reached' });
  expect(command.asked).toHaveLength(2);
  expect(command.asked[1]).toEqual(command.asked[0]);
});

it('does not ask again when the rules say no, and passes on why', async () => {
  answers({ status: 409, body: { type: '/problems/waypoint-out-of-order', detail: 'waypoint 2 is next' } });
  expect(await client.reach(REQUEST)).toEqual({
    kind: 'refused',
    slug: 'waypoint-out-of-order',
    detail: 'waypoint 2 is next',
  });
  expect(command.asked).toHaveLength(1);
});

it('takes a refusal that is no problem document by its status', async () => {
  answers({ status: 404 });
  expect(await client.reach(REQUEST)).toMatchObject({ kind: 'refused', slug: 'status-404' });
});

it.each([401, 403])('does not blame the player when our own token is not believed: %i', async (status) => {
  answers({ status });
  expect(await client.reach(REQUEST)).toMatchObject({ kind: 'failed' });
});

it('gives up after a bounded number of attempts', async () => {
  answers({ status: 503 });
  expect(await client.reach(REQUEST)).toEqual({ kind: 'failed', reason: 'the command app answered 503' });
  expect(command.asked).toHaveLength(6);
  expect(client.underWayCount).toBe(0);
});

it('fails when nobody listens', async () => {
  await command.close();
  expect(await client.reach(REQUEST)).toMatchObject({ kind: 'failed' });
});

it(`takes ${REACHES_UNDER_WAY_MAX} at a time and refuses one more at once`, async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  command.answer = async () => {
    await held;
    return { status: 200 };
  };
  const many = Array.from({ length: REACHES_UNDER_WAY_MAX }, () => client.reach(REQUEST));
  expect(await client.reach(REQUEST)).toEqual({ kind: 'failed', reason: 'too many under way' });
  release();
  expect((await Promise.all(many)).every(({ kind }) => kind === 'reached')).toBe(true);
  expect((await client.reach(REQUEST)).kind).toBe('reached');
});

it('ends what is under way when it closes', async () => {
  command.answer = () => new Promise(() => undefined);
  const asked = client.reach(REQUEST);
  await until('the question', () => command.asked.length === 1);
  await client.close();
  expect(await asked).toMatchObject({ kind: 'failed' });
});
