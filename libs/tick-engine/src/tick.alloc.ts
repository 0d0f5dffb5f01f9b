import type { CompiledQuest } from '@waymark/domain';
import { ArenaFixture, checkHeapBudget, heapCostOf, randomQuest, SeededRandom } from '@waymark/testing';

import { connectPlayer, gameSlot, playerAt } from './arena.ts';
import { encodeDelta, encodeEvent, encodeFull, encodeKeyframe, nextFrameSequence, stampSentAfter } from './frames.ts';
import { acceptMove, findReach, MOVE_ACCEPTED } from './moves.ts';
import { registerQuest } from './quest-table.ts';
import { encodeReveal } from './reveal.ts';
import { TickSchedule } from './schedule.ts';
import { SlabPool } from './slab-pool.ts';

/**
 * Run as a process of its own with --expose-gc. After a warm-up, TICKS ticks of GAMES games, every player moving, every slab sealed, handed
 * out and let go, may not allocate: one heap number a game and tick would be 320 MB. Fails with exit code 1.
 */
const GAMES = 2_000;
const QUESTS = 8;
const WAYPOINTS = 4_200;
const TICKS = 10_000;
const WARM_UP_TICKS = 1_000;
/** With those that are spoiled on purpose. */
const TICKS_MAX = 2 * (WARM_UP_TICKS + TICKS);
const PERIOD_MS = 150;
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
/** When the ticks are served: numbers on the heap already, as a clock returns them. The null keeps V8 from packing them as doubles. */
const servedAt: (number | null)[] = [null];
let nextTick = 1;
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
function tick(): void {
  const number = nextTick;
  nextTick += 1;
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

fillArena();
schedule.start(startedAt);
for (let i = 1; i <= TICKS_MAX; i++) servedAt.push(startedAt + i * PERIOD_MS);
await heapCostOf(tick, WARM_UP_TICKS);
const viewsBefore = pool.viewsMadeCount;
await checkHeapBudget({
  what: `ticks of ${GAMES} games`,
  work: tick,
  rounds: TICKS,
  unit: 'game',
  unitsPerRound: GAMES,
});
const viewsMade = pool.viewsMadeCount - viewsBefore;
process.stdout.write(`${framesMade} frames; views made after the warm-up: ${viewsMade}\n`);
