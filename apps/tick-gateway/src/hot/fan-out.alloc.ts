import { createFrameContext, markDirty, playerAt, SlabPool, TickSchedule } from '@waymark/tick-engine';
import { PerformanceObserver } from 'node:perf_hooks';
import { TestArena } from '../testing/test-arena.ts';
import { FanOut } from './fan-out.ts';
import { SEND_TAKEN, type SendOutcome, type Transport } from './frame-transport.ts';
import { GameSocket, type SocketOwner } from './game-socket.ts';

/**
 * Run as a process of its own with --expose-gc. After a warm-up, TICKS ticks of SOCKETS sockets through the schedule and the fan-out, with
 * changes, full profiles, sockets that fall behind and heartbeats, may not grow the heap by HEAP_BYTES_MAX nor cause a collection. Then
 * the same with one small object a tick, which must break the budget: otherwise this check sees nothing. Fails with exit code 1.
 */
const SOCKETS = 2_000;
const SOCKETS_PER_GAME = 2;
const GAMES = SOCKETS / SOCKETS_PER_GAME;
const TICKS = 10_000;
const SPOILED_TICKS = 4_000;
const WARM_UP_TICKS = 1_500;
const PERIOD_MS = 150;
const HEAP_BYTES_MAX = 64 * 1024;
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
/** When each tick is served: numbers on the heap already, as a clock returns them. The null keeps V8 from packing them as doubles. */
const servedAt: (number | null)[] = [null];
/** Where the deliberate object goes, so that it is really made. */
const sink: { spoiled: object | null } = { spoiled: null };

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
    const socket = new GameSocket({ game, player, full: number % FULL_EVERY === 0, transport, owner });
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

interface Cost {
  readonly heapBytes: number;
  readonly collections: number;
  readonly nsPerSocket: number;
}

async function costOf(ticks: number, spoil: boolean): Promise<Cost> {
  const collect = (globalThis as { gc?: () => void }).gc;
  if (collect === undefined) throw new Error('run with --expose-gc');
  let collections = 0;
  const observer = new PerformanceObserver((list) => (collections += list.getEntries().length));
  collect();
  observer.observe({ entryTypes: ['gc'] });
  const startedAt = performance.now();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < ticks; i++) {
    tick();
    if (spoil) sink.spoiled = { number: i };
  }
  const heapBytes = process.memoryUsage().heapUsed - before;
  const nsPerSocket = ((performance.now() - startedAt) * 1e6) / (ticks * SOCKETS);
  // Entries of collections are handed over in a later turn.
  await new Promise((resolve) => setTimeout(resolve, 20));
  observer.disconnect();
  return { heapBytes, collections, nsPerSocket };
}

const isWithinBudget = ({ heapBytes, collections }: Cost): boolean => heapBytes < HEAP_BYTES_MAX && collections === 0;
const report = (what: string, { heapBytes, collections, nsPerSocket }: Cost): void => {
  const cost = `${heapBytes} bytes (limit ${HEAP_BYTES_MAX}), ${collections} collections, ${nsPerSocket.toFixed(0)} ns a socket`;
  process.stdout.write(`${what}: ${cost}\n`);
};
const fail = (why: string): void => {
  process.stdout.write(`FAILED: ${why}\n`);
  process.exitCode = 1;
};

schedule.start(STARTED_AT);
for (let i = 1; i <= WARM_UP_TICKS + TICKS + SPOILED_TICKS; i++) servedAt.push(STARTED_AT + i * PERIOD_MS);
await costOf(WARM_UP_TICKS, false);
const clean = await costOf(TICKS, false);
const spoiled = await costOf(SPOILED_TICKS, true);

report(`${TICKS} ticks of ${SOCKETS} sockets`, clean);
report(`${SPOILED_TICKS} with one small object each`, spoiled);
const { stateFramesSent, stateFramesSkipped } = fanOut.counts;
process.stdout.write(`${stateFramesSent} frames sent, ${stateFramesSkipped} skipped, ${heartbeats} heartbeats\n`);
if (!isWithinBudget(clean)) fail('the fan-out allocates');
if (isWithinBudget(spoiled)) fail('one object a tick was not noticed, so the check proves nothing');
if (stateFramesSkipped === 0 || heartbeats === 0) fail('not every path was taken');
if (pool.usedCount !== 0) fail('a slab was not let go of');
if (stateFramesSent !== transports.reduce((sum, { sentCount }) => sum + sentCount, 0)) fail('frames were miscounted');
