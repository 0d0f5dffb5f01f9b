import { checkHeapBudget, fail, heapCostOf } from '@waymark/testing';
import { createFrameContext, markDirty, playerAt, SlabPool, TickSchedule } from '@waymark/tick-engine';
import { TestArena } from '../testing/test-arena.ts';
import { FanOut } from './fan-out.ts';
import { SEND_TAKEN, type SendOutcome, type Transport } from './frame-transport.ts';
import { GameSocket, type SocketOwner } from './game-socket.ts';

/**
 * Run as a process of its own with --expose-gc. After a warm-up, TICKS ticks of SOCKETS sockets through the schedule and the fan-out, with
 * changes, full profiles, sockets that fall behind and heartbeats, may not allocate. Fails with exit code 1.
 */
const SOCKETS = 2_000;
const SOCKETS_PER_GAME = 2;
const GAMES = SOCKETS / SOCKETS_PER_GAME;
const TICKS = 10_000;
const WARM_UP_TICKS = 1_500;
/** With those that are spoiled on purpose. */
const TICKS_MAX = 2 * (WARM_UP_TICKS + TICKS);
const PERIOD_MS = 150;
/** One socket in so many has the full profile, and one in so many is busy every other ten ticks. */
const FULL_EVERY = 20;
const SLOW_EVERY = 25;
const STARTED_AT = 1_795_435_200_000.25;

/** A socket that takes what it is given at once, except while it is busy. */
class PromptTransport implements Transport {
  isBusy = false;
  sentCount = 0;
  bytes = 0;
  private readonly pool: SlabPool;

  constructor(pool: SlabPool) {
    this.pool = pool;
  }

  get idle(): boolean {
    return !this.isBusy;
  }

  send(slab: number): SendOutcome {
    this.sentCount += 1;
    this.bytes += this.pool.message(slab).length;
    return SEND_TAKEN;
  }

  sendInOrder(slab: number): SendOutcome {
    return this.send(slab);
  }

  sendCopies(): SendOutcome {
    return SEND_TAKEN;
  }

  flush(): void {}

  close(): void {}
}

let heartbeats = 0;
const owner: SocketOwner = {
  onSlow: () => {
    throw new Error('nobody here stalls for that long');
  },
  onBroken: () => {
    throw new Error('nobody here breaks');
  },
  onHeartbeatDue: () => {
    heartbeats += 1;
  },
};

const test = new TestArena({ gamesMax: GAMES, playersMax: SOCKETS });
const { arena } = test;
const pool = new SlabPool({ createView: (buffer, offset, bytes) => Buffer.from(buffer, offset, bytes) });
const fanOut = new FanOut({ arena, pool });
const schedule = new TickSchedule({ gamesMax: GAMES, periodMs: PERIOD_MS, slotWidthMs: 5 });
const context = createFrameContext();
const slow: PromptTransport[] = [];
const transports: PromptTransport[] = [];
/** When the ticks are served: numbers on the heap already, as a clock returns them. The null keeps V8 from packing them as doubles. */
const servedAt: (number | null)[] = [null];

for (let i = 0; i < GAMES; i++) {
  const ids = Array.from({ length: SOCKETS_PER_GAME }, (_, row) => `player-${row}`);
  const game = test.game(`game-${i}`, ids, { waypointCount: 100 });
  schedule.add(game);
  for (const [row, playerId] of ids.entries()) {
    const number = i * SOCKETS_PER_GAME + row;
    const transport = new PromptTransport(pool);
    transports.push(transport);
    if (number % SLOW_EVERY === 0) slow.push(transport);
    const player = test.connected(`game-${i}`, playerId);
    const socket = new GameSocket({
      game,
      player,
      full: number % FULL_EVERY === 0,
      transport,
      owner,
      counts: fanOut.counts,
    });
    fanOut.attach(socket, STARTED_AT, number / SOCKETS);
  }
}

let nextTick = 1;

/** One period: every game ticks once. */
function tick(): void {
  const number = nextTick;
  nextTick += 1;
  for (let i = 0; i < slow.length; i++) slow[i]!.isBusy = number % 20 < 10;
  const now = servedAt[number]!;
  const count = schedule.collectDue(now);
  if (count !== GAMES) throw new Error('every game ticks once a period');
  context.now = now;
  for (let i = 0; i < count; i++) {
    const game = schedule.due[i]!;
    context.dueAt = schedule.dueAt[i]!;
    context.tick = schedule.dueTick[i]!;
    if ((game + number) % 3 > 0) markDirty(arena, playerAt(arena, game, number % SOCKETS_PER_GAME));
    fanOut.tickGame(game, context);
  }
}

schedule.start(STARTED_AT);
for (let i = 1; i <= TICKS_MAX; i++) servedAt.push(STARTED_AT + i * PERIOD_MS);
await heapCostOf(tick, WARM_UP_TICKS);
await checkHeapBudget({
  what: `ticks of ${SOCKETS} sockets`,
  work: tick,
  rounds: TICKS,
  unit: 'socket',
  unitsPerRound: SOCKETS,
});

const { stateFramesSent, stateFramesSkipped } = fanOut.counts;
process.stdout.write(`${stateFramesSent} frames sent, ${stateFramesSkipped} skipped, ${heartbeats} heartbeats\n`);
if (stateFramesSkipped === 0 || heartbeats === 0) fail('not every path was taken');
if (pool.usedCount !== 0) fail('a slab was not let go of');
if (stateFramesSent !== transports.reduce((sum, { sentCount }) => sum + sentCount, 0)) fail('frames were miscounted');
