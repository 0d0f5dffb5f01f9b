import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';

import type { CompiledQuest } from '@waymark/domain';
import { ArenaFixture, randomQuest, SeededRandom } from '@waymark/testing';

import { connectPlayer, gameSlot, playerAt } from './arena.ts';
import { encodeDelta, encodeEvent, encodeFull, encodeKeyframe, nextFrameSequence, stampSentAfter } from './frames.ts';
import { acceptMove, findReach, MOVE_ACCEPTED } from './moves.ts';
import { registerQuest } from './quest-table.ts';
import { encodeReveal } from './reveal.ts';
import { TickSchedule } from './schedule.ts';
import { SlabPool } from './slab-pool.ts';

/**
 * Run as a process of its own with --expose-gc. After a warm-up, TICKS ticks of GAMES games, every player moving, every slab sealed, handed
 * out and let go, may not grow the heap by HEAP_BYTES_MAX nor cause a collection: one heap number a game and tick would be 320 MB. Then the
 * same with one small object a tick, which must break the budget: otherwise this check sees nothing. Fails with exit code 1.
 */
const GAMES = 2_000;
const QUESTS = 8;
const WAYPOINTS = 4_200;
const TICKS = 10_000;
/** Enough for one object a tick to pass the limit twice over. */
const SPOILED_TICKS = 4_000;
const WARM_UP_TICKS = 1_000;
const PERIOD_MS = 150;
const HEAP_BYTES_MAX = 64 * 1024;
/** Every so many games have a socket in the full profile, and as many one that fell behind. */
const OWN_FRAME_EVERY = 16;
/** Games a tick in which something was reached. */
const EVENTS_PER_TICK = 20;

const random = new SeededRandom(1);
const pool = new SlabPool();
const fixture = new ArenaFixture(longQuest(0), { gamesMax: GAMES, playersMax: 3 * GAMES, pool });
const { arena, context } = fixture;
const schedule = new TickSchedule({ gamesMax: arena.gamesMax, periodMs: PERIOD_MS });
const move = { sequence: 0, x: 0.5, y: 0.5, z: 0.5 };
const startedAt = fixture.now + 0.25;
/** When each tick is served: numbers on the heap already, as a clock returns them. The null keeps V8 from packing them as doubles. */
const servedAt: (number | null)[] = [null];
/** Where the deliberate object goes, so that it is really made. */
const sink: { spoiled: object | null } = { spoiled: null };
let framesMade = 0;

function longQuest(number: number): CompiledQuest {
  const order = number % 2 === 0 ? 'sequential' : 'free';
  return randomQuest(random, { order, waypointCount: WAYPOINTS, edgeM: 20_000, radiusMaxM: 5 });
}

/** Games of one, two and three players, of all quests. */
function fillArena(): void {
  for (let version = 2; version <= QUESTS; version++) registerQuest(arena.quests, 'quest', version, longQuest(version));
  for (let i = 0; i < GAMES; i++) {
    const gameId = `game-${i}`;
    fixture.create(gameId, 1 + (i % QUESTS));
    fixture.start(gameId);
    const game = gameSlot(arena, gameId);
    for (let row = 0; row <= i % 3; row++) {
      fixture.join(gameId, row);
      connectPlayer(arena, playerAt(arena, game, row));
    }
    schedule.add(game);
  }
}

/** One period: every game moves and ticks once, as the gateway would have it, but for the sockets. */
function tick(number: number): void {
  const now = servedAt[number]!;
  const count = schedule.collectDue(now);
  if (count !== GAMES) throw new Error('every game ticks once a period');
  context.now = now;
  for (let i = 0; i < count; i++) {
    const game = schedule.due[i]!;
    context.dueAt = schedule.dueAt[i]!;
    context.tick = schedule.dueTick[i]!;
    movePlayers(game, number, now);
    sendFrames(game);
  }
  context.dueAt = context.now;
  for (let i = 0; i < EVENTS_PER_TICK; i++) sendEvent((number * EVENTS_PER_TICK + i) % GAMES);
}

function movePlayers(game: number, number: number, now: number): void {
  const { playerCount } = arena.games;
  for (let row = 0; row < playerCount[game]!; row++) {
    const player = playerAt(arena, game, row);
    move.sequence = number;
    move.x = Math.abs((number % 1_000) - 500) * 0.25;
    move.y = row * 10.5;
    move.z = game * 0.125;
    if (acceptMove(arena, player, move, now) !== MOVE_ACCEPTED) throw new Error('an honest move is accepted');
    findReach(arena, player);
  }
}

function sendFrames(game: number): void {
  nextFrameSequence(arena, game);
  const shared = pool.claim();
  encodeDelta(arena, game, context, pool, shared);
  finish(shared);
  if (game % OWN_FRAME_EVERY === 0) {
    context.skipped = 2;
    const own = pool.claim();
    encodeKeyframe(arena, game, context, pool, own);
    finish(own);
    context.skipped = 0;
  } else if (game % OWN_FRAME_EVERY === 1) {
    const own = pool.claim();
    encodeFull(arena, game, playerAt(arena, game, 0), context, pool, own);
    finish(own);
  }
}

function sendEvent(game: number): void {
  const player = playerAt(arena, game, 0);
  arena.applied.game = game;
  const slab = pool.claim();
  encodeEvent(arena, arena.applied, context, pool, slab);
  finish(slab);
  // As after a reach far ahead: the whole window is to be told again.
  arena.players.revealedEnd[player] = 0;
  const revealed = pool.claim();
  if (encodeReveal(arena, player, context, pool, revealed) === 0) throw new Error('there is something to reveal');
  // Its message has a length of its own, so it may cost a view: reveals belong to events, not to ticks.
  stampSentAfter(pool, revealed, context);
  pool.release(revealed);
}

/** Stamps a frame and lets two sockets have it. */
function finish(slab: number): void {
  stampSentAfter(pool, slab, context);
  framesMade += pool.message(slab).length > 0 ? 1 : 0;
  pool.retain(slab);
  pool.release(slab);
  pool.release(slab);
}

interface Cost {
  readonly heapBytes: number;
  readonly collections: number;
  readonly nsPerGame: number;
}

async function costOf(ticks: number, spoil: boolean): Promise<Cost> {
  const collect = (globalThis as { gc?: () => void }).gc;
  if (collect === undefined) throw new Error('run with --expose-gc');
  let collections = 0;
  const observer = new PerformanceObserver((list) => (collections += list.getEntries().length));
  collect();
  observer.observe({ entryTypes: ['gc'] });
  const beganAt = performance.now();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < ticks; i++) {
    tick(nextTick);
    nextTick += 1;
    if (spoil) sink.spoiled = { number: i };
  }
  const heapBytes = process.memoryUsage().heapUsed - before;
  const nsPerGame = ((performance.now() - beganAt) * 1e6) / (ticks * GAMES);
  // Entries of collections are handed over in a later turn.
  await delay(20);
  observer.disconnect();
  return { heapBytes, collections, nsPerGame };
}

const isWithinBudget = ({ heapBytes, collections }: Cost): boolean => heapBytes < HEAP_BYTES_MAX && collections === 0;
const report = (what: string, { heapBytes, collections, nsPerGame }: Cost): void => {
  const cost = `${heapBytes} bytes (limit ${HEAP_BYTES_MAX}), ${collections} collections, ${nsPerGame.toFixed(0)} ns a game`;
  process.stdout.write(`${what}: ${cost}\n`);
};

let nextTick = 1;
fillArena();
schedule.start(startedAt);
for (let i = 1; i <= WARM_UP_TICKS + TICKS + SPOILED_TICKS; i++) servedAt.push(startedAt + i * PERIOD_MS);
await costOf(WARM_UP_TICKS, false);
const viewsBefore = pool.viewsMadeCount;
const clean = await costOf(TICKS, false);
const viewsMade = pool.viewsMadeCount - viewsBefore;
const spoiled = await costOf(SPOILED_TICKS, true);

report(`${TICKS} ticks of ${GAMES} games`, clean);
report(`${SPOILED_TICKS} with one small object each`, spoiled);
process.stdout.write(`${framesMade} frames; views made after the warm-up: ${viewsMade}\n`);
if (!isWithinBudget(clean)) {
  process.stdout.write('FAILED: the tick path allocates\n');
  process.exitCode = 1;
}
if (isWithinBudget(spoiled)) {
  process.stdout.write('FAILED: one object a tick was not noticed, so the check proves nothing\n');
  process.exitCode = 1;
}
