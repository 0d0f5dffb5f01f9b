import { jest } from '@jest/globals';
import { epochMs, type Clock } from '@waymark/base';
import { createFrameContext, TickSchedule, type FrameContext } from '@waymark/tick-engine';
import type { FanOut } from './fan-out.ts';
import { TickLoop } from './tick-loop.ts';

/** Due ticks and only those, whenever the timer wakes; late ones are counted. Timers and time are the test's. */
const START = 1_795_435_200_000;
const PERIOD_MS = 150;

interface Served {
  readonly game: number;
  readonly tick: number;
  readonly dueAt: number;
  readonly now: number;
}

class World {
  time = START;
  readonly served: Served[] = [];
  /** What a tick costs. */
  costMs = 0;
  readonly schedule = new TickSchedule({ gamesMax: 8, periodMs: PERIOD_MS, slotWidthMs: 50 });
  readonly loop: TickLoop;

  constructor() {
    const clock: Clock = { now: () => epochMs(this.time) };
    const fanOut = {
      tickGame: (game: number, { tick, dueAt, now }: FrameContext) => {
        this.served.push({ game, tick, dueAt, now });
        this.time += this.costMs;
      },
    } as unknown as FanOut;
    this.loop = new TickLoop({
      schedule: this.schedule,
      fanOut,
      clock,
      context: createFrameContext(),
      latenessEdgesSeconds: [0.001, 0.035, 0.1],
      turnEdgesSeconds: [0.0005, 0.1],
    });
    this.schedule.start(START);
    this.loop.start();
  }

  /** Time passes in steps of a millisecond, and timers fire. */
  pass(ms: number): void {
    for (let i = 0; i < ms; i++) {
      this.time += 1;
      jest.advanceTimersByTime(1);
    }
  }

  /** Time passes before anything runs: a blocked loop. Then what is overdue fires. */
  block(ms: number): void {
    this.time += ms;
    jest.advanceTimersByTime(ms);
  }
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

it('serves each game once a period, at the time of its slot, with the number of the period', () => {
  const world = new World();
  world.schedule.add(0);
  world.schedule.add(1);
  world.pass(310);
  const ofGame = (game: number): number[] =>
    world.served.filter((tick) => tick.game === game).map(({ dueAt }) => dueAt - START);
  expect(ofGame(0)).toEqual([0, 150, 300]);
  expect(ofGame(1)).toEqual([50, 200]);
  expect(world.served.map(({ tick }) => tick)).toEqual([0, 0, 1, 1, 2]);
  expect(world.served.every(({ dueAt, now }) => now >= dueAt && now - dueAt <= 1)).toBe(true);
  expect(world.loop.tickCount).toBe(5);
});

it('serves nothing before it is due', () => {
  const world = new World();
  world.schedule.add(0);
  world.pass(1);
  expect(world.served).toHaveLength(1);
  world.pass(148);
  expect(world.served).toHaveLength(1);
  world.pass(2);
  expect(world.served).toHaveLength(2);
});

it('skips what a blocked loop missed, and does not bunch it', () => {
  const world = new World();
  world.schedule.add(0);
  world.pass(10);
  world.block(1_000);
  expect(world.served).toHaveLength(2);
  expect(world.served[1]).toMatchObject({ dueAt: START + 900, tick: 6 });
  expect(world.schedule.skippedCount).toBe(5);
  world.pass(42);
  expect(world.served.at(-1)).toMatchObject({ dueAt: START + 1_050 });
});

it('counts each tick as late as the end of its turn', () => {
  const world = new World();
  world.schedule.add(0);
  world.pass(1);
  world.block(149 + 40);
  world.costMs = 200;
  world.pass(110);
  world.loop.stop();
  expect([...world.loop.lateness.counts]).toEqual([1, 0, 1, 1]);
  expect(world.loop.lateness.sum).toBeCloseTo(0.001 + 0.04 + 0.2, 9);
});

it('counts what a turn took once, however many games it served, and no turn without any', () => {
  const world = new World();
  // The fourth game shares the slot of the first.
  for (let game = 0; game < 4; game++) world.schedule.add(game);
  world.costMs = 60;
  world.pass(1);
  world.loop.stop();
  expect(world.served).toHaveLength(2);
  expect([...world.loop.turns.counts]).toEqual([0, 0, 1]);
  expect(world.loop.turns.sum).toBeCloseTo(0.12, 9);
});

it('says when it last looked, also while there is nothing to do', () => {
  const world = new World();
  world.pass(100);
  expect(world.time - world.loop.lastTurnAt).toBeLessThanOrEqual(20);
  expect(world.served).toEqual([]);
});

it('stops for good', () => {
  const world = new World();
  world.schedule.add(0);
  world.pass(5);
  world.loop.stop();
  world.pass(500);
  expect(world.served).toHaveLength(1);
  expect(jest.getTimerCount()).toBe(0);
});
