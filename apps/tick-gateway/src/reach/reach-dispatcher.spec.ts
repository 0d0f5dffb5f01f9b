import { jest } from '@jest/globals';
import { epochMs } from '@waymark/base';
import { createLog, readTraceparent, systemClock } from '@waymark/platform';
import { acceptMove, MOVE_ACCEPTED, playerSlot, releaseGame } from '@waymark/tick-engine';
import { POINTS, SPACING_M } from '../testing/test-log.ts';
import { TestArena } from '../testing/test-arena.ts';
import type { ReachOutcome, ReachRequest } from './reach-client.ts';
import { ReachDispatcher } from './reach-dispatcher.ts';

/** MV6: who walks into a waypoint reaches it, and is asked for once at a time. */
class World {
  readonly test = new TestArena();
  readonly asked: ReachRequest[] = [];
  readonly refused: string[] = [];
  readonly dispatcher: ReachDispatcher;
  readonly game = this.test.game('g', ['ada'], { waypointCount: 3 });
  readonly ada = playerSlot(this.test.arena, this.game, 'ada');
  private answer: (outcome: ReachOutcome) => void = () => undefined;
  private fail: (error: Error) => void = () => undefined;
  private moves = 0;

  constructor() {
    const reach = (request: ReachRequest): Promise<ReachOutcome> => {
      this.asked.push(request);
      return new Promise((resolve, reject) => {
        this.answer = resolve;
        this.fail = reject;
      });
    };
    const log = createLog({ name: 'test', level: 'silent' });
    this.dispatcher = new ReachDispatcher({
      arena: this.test.arena,
      client: { reach },
      clock: systemClock,
      log,
      tracer: null,
      onRefused: (player, detail) => this.refused.push(`${player} ${detail}`),
    });
  }

  /** Ada stands at x, an hour after the move before. */
  walk(x: number): void {
    this.moves += 1;
    const now = this.moves * 3_600_000;
    expect(acceptMove(this.test.arena, this.ada, { sequence: this.moves, x, y: 0, z: 0 }, now)).toBe(MOVE_ACCEPTED);
    this.dispatcher.look(this.ada, epochMs(now));
  }

  reached(waypoint: number): void {
    const place = [0, 0, 0] as const;
    const data = { playerId: 'ada', row: 0, waypoint, place, points: POINTS, score: POINTS, treasure: false, at: 1 };
    this.test.apply('g', { type: 'WaypointReached', data });
  }

  async settle(outcome: ReachOutcome | Error): Promise<void> {
    if (outcome instanceof Error) this.fail(outcome);
    else this.answer(outcome);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

it('asks when a player stands in the next waypoint, with where and when', () => {
  const world = new World();
  world.walk(SPACING_M - 6);
  expect(world.asked).toEqual([]);
  world.walk(SPACING_M - 4);
  const { traceparent } = world.asked[0]!;
  expect(readTraceparent(traceparent)).toBe(traceparent);
  expect(world.asked).toEqual([
    { gameId: 'g', playerId: 'ada', waypoint: 0, at: [SPACING_M - 4, 0, 0], movedAt: 2 * 3_600_000, traceparent },
  ]);
});

it('does not ask for a waypoint that is not next', () => {
  const world = new World();
  world.walk(2 * SPACING_M);
  expect(world.asked).toEqual([]);
});

it('asks once while the answer, or its event, is awaited', async () => {
  const world = new World();
  world.walk(SPACING_M);
  world.walk(SPACING_M + 1);
  await world.settle({ kind: 'reached' });
  world.walk(SPACING_M + 2);
  expect(world.asked).toHaveLength(1);
  world.reached(0);
  world.walk(2 * SPACING_M);
  expect(world.asked.map(({ waypoint }) => waypoint)).toEqual([0, 1]);
});

it('tells the player of a refusal, and asks again with the next move', async () => {
  const world = new World();
  world.walk(SPACING_M);
  await world.settle({ kind: 'refused', slug: 'game-not-running', detail: 'the game is paused' });
  expect(world.refused).toEqual([`${world.ada} the game is paused`]);
  world.walk(SPACING_M + 1);
  expect(world.asked).toHaveLength(2);
});

it.each([{ kind: 'failed', reason: 'nobody there' } as const, new Error('a fault of the client itself')])(
  'asks again with the next move after %p, and tells the player nothing',
  async (outcome) => {
    const world = new World();
    world.walk(SPACING_M);
    await world.settle(outcome);
    expect(world.refused).toEqual([]);
    world.walk(SPACING_M + 1);
    expect(world.asked).toHaveLength(2);
  },
);

it('an answer for a player who is gone changes nothing for who has the slot now', async () => {
  const world = new World();
  world.walk(SPACING_M);
  releaseGame(world.test.arena, world.game);
  const game = world.test.game('h', ['eve'], { waypointCount: 3 });
  const eve = playerSlot(world.test.arena, game, 'eve');
  world.test.arena.players.reachPending[eve] = 0;
  await world.settle({ kind: 'refused', slug: 'x', detail: 'x' });
  expect(eve).toBe(world.ada);
  expect(world.test.arena.players.reachPending[eve]).toBe(0);
  expect(world.refused).toEqual([]);
});

it('MV6 asks again by itself for a player who stands still, after a question that failed', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
  try {
    const world = new World();
    world.walk(SPACING_M);
    await world.settle({ kind: 'failed', reason: 'nobody there' });
    expect(world.asked).toHaveLength(1);
    jest.advanceTimersByTime(1_000);
    expect(world.asked).toHaveLength(2);
    expect(world.asked[1]).toEqual({ ...world.asked[0], traceparent: expect.any(String) });
  } finally {
    jest.useRealTimers();
  }
});
