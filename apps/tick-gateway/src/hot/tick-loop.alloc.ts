import type { Clock } from '@waymark/base';
import { createFrameContext, TickSchedule } from '@waymark/tick-engine';
import { checkHeapBudget, fail, heapCostOf } from '@waymark/testing';
import type { FanOut } from './fan-out.ts';
import { TickLoop } from './tick-loop.ts';

/**
 * Run as a process of its own with --expose-gc. Turns of the loop over GAMES games, with their two histograms, may not allocate; what fan-out and
 * timers cost is measured elsewhere, and here they do nothing. Fails with exit code 1.
 */
const GAMES = 60;
const TURNS = 10_000;
const WARM_UP_TURNS = 20_000;
const TURNS_MAX = 2 * (WARM_UP_TURNS + TURNS);
const PERIOD_MS = 150;
const STARTED_AT = 1_795_435_200_000.25;

/** Numbers on the heap already, as a clock returns them. The null keeps V8 from packing them as doubles. */
const readings: (number | null)[] = [null];
for (let turn = 1; turn <= TURNS_MAX; turn++) {
  const dueAt = STARTED_AT + turn * PERIOD_MS;
  // Late by up to 50 ms, and busy for up to 5.
  const lateMs = (turn * 7) % 50;
  // Read when the turn begins, when it has served, and before it sleeps.
  readings.push(dueAt + lateMs, dueAt + lateMs + (turn % 5), dueAt + lateMs + 5);
}

let next = 1;
const clock: Clock = { now: () => readings[next++] as ReturnType<Clock['now']> };
let servedCount = 0;
const fanOut = { tickGame: () => void (servedCount += 1) } as unknown as FanOut;
const schedule = new TickSchedule({ gamesMax: GAMES, periodMs: PERIOD_MS, slotWidthMs: PERIOD_MS });
for (let game = 0; game < GAMES; game++) schedule.add(game);
schedule.start(STARTED_AT);

const loop = new TickLoop({
  schedule,
  fanOut,
  clock,
  context: createFrameContext(),
  latenessEdgesSeconds: [0.001, 0.008, 0.035, 0.1],
  turnEdgesSeconds: [0.001, 0.004, 0.035],
});

/** The loop's timer is kept here in place of being armed; the measuring itself goes on using real ones. */
const IDLE = (): void => undefined;
let turn: () => void = IDLE;
const timer = {};
const realSetTimeout = globalThis.setTimeout;
globalThis.setTimeout = ((callback: () => void, ms: number) => {
  if (turn !== IDLE && callback !== turn) return realSetTimeout(callback, ms);
  turn = callback;
  return timer;
}) as unknown as typeof setTimeout;
loop.start();
next = 1;
const work = (): void => turn();

await heapCostOf(work, WARM_UP_TURNS);
await checkHeapBudget({
  what: `turns with ${GAMES} games`,
  work,
  rounds: TURNS,
  unit: 'game',
  unitsPerRound: GAMES,
});
if (servedCount !== loop.tickCount || loop.lateness.count !== servedCount) fail('ticks were miscounted');
if (loop.turns.count !== loop.tickCount / GAMES) fail('turns were miscounted');
