import { jest } from '@jest/globals';
import { ENDED_GAME_LINGER_MS, epochMs, type EpochMs } from '@waymark/base';
import { createMemoryEventStore, type EventStore } from '@waymark/event-store';
import { createLog, LAG_BUCKETS_SECONDS } from '@waymark/platform';
import { createArena, createFrameContext, gameSlot, TickSchedule, type Arena } from '@waymark/tick-engine';
import type { FanOut } from '../hot/fan-out.ts';
import type { ReachDispatcher } from '../reach/reach-dispatcher.ts';
import { TestLog } from '../testing/test-log.ts';
import { Catalogue } from './catalogue.ts';
import { MissingQuests } from './missing-quests.ts';
import { PositionWaiters } from './position-waiters.ts';
import { Projector } from './projector.ts';

const NOW = 5_000_000;

/** From events of the log to what is told of them; sockets are a list of what they would have been told. */
class World {
  readonly store: EventStore = createMemoryEventStore();
  readonly log = new TestLog(this.store);
  readonly arena: Arena;
  readonly schedule: TickSchedule;
  readonly catalogue = new Catalogue();
  readonly waiters = new PositionWaiters(8);
  readonly told: string[] = [];
  readonly fatal: Error[] = [];
  readonly projector: Projector;
  private handedOver = 0;

  constructor(options: { readonly gamesMax?: number; readonly idleQuestsMax?: number } = {}) {
    this.arena = createArena({ gamesMax: 8, playersMax: 32, ...options });
    this.schedule = new TickSchedule({ gamesMax: this.arena.gamesMax, periodMs: 150 });
    const { arena, catalogue, schedule, store, told, waiters } = this;
    const onFatal = (error: Error): void => void this.fatal.push(error);
    this.projector = new Projector({
      arena,
      schedule,
      catalogue,
      waiters,
      context: createFrameContext(),
      clock: { now: () => epochMs(NOW) },
      log: createLog({ name: 'test', level: 'silent' }),
      tracer: null,
      fanOut: {
        broadcastEvent: ({ payload, revision }) => void told.push(`${payload.type} ${revision}`),
        firstSocket: () => null,
      } as Partial<FanOut> as FanOut,
      reaches: {
        look: (_player: number, now: EpochMs) => void told.push(`look at ${now}`),
      } as Partial<ReachDispatcher> as ReachDispatcher,
      missingQuests: new MissingQuests({ arena, catalogue, store, onAttached: () => waiters.check(), onFatal }),
      onGameOver: (game) => void told.push(`over ${arena.cold.games[game]!.gameId}`),
      onPlayerLeft: (player) => void told.push(`left ${arena.cold.players[player]!.playerId}`),
      onFirstCaughtUp: () => void told.push('caught up'),
      onFatal,
    });
  }

  /** Hands over what was appended since the last time. */
  async feed(): Promise<void> {
    const events = await this.store.readAll({ after: BigInt(this.handedOver), maxCount: 100_000 });
    this.handedOver += events.length;
    this.projector.onEvents(events);
  }

  async caughtUp(): Promise<void> {
    await this.feed();
    this.projector.onCaughtUp();
    this.told.length = 0;
  }

  has(gameId: string): boolean {
    return gameSlot(this.arena, gameId) !== -1;
  }
}

beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
afterEach(() => void jest.useRealTimers());
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('while the log is replayed', () => {
  it('nobody is told anything, and games are put on the schedule', async () => {
    const world = new World();
    const gameId = await world.log.game(await world.log.quest());
    await world.log.join(gameId, 'ada', 0);
    await world.feed();
    expect(world.told).toEqual([]);
    expect(world.schedule.has(gameSlot(world.arena, gameId))).toBe(true);
    expect(world.projector.position).toBe(5);
    expect(world.projector.caughtUp).toBe(false);
  });

  it('a game that has ended leaves the arena at once and stays in the catalogue', async () => {
    const world = new World({ gamesMax: 2 });
    const quest = await world.log.quest();
    const ids: string[] = [];
    for (let i = 0; i < 10; i++) {
      ids.push(await world.log.game(quest));
      await world.log.end(ids.at(-1)!);
    }
    await world.feed();
    expect(world.arena.freeGames.usedCount).toBe(0);
    expect(world.schedule.gameCount).toBe(0);
    expect(ids.every((id) => world.catalogue.games.get(id)?.status === 'ended')).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('the end of the log is told once', async () => {
    const world = new World();
    world.projector.onCaughtUp();
    world.projector.onCaughtUp();
    expect(world.told).toEqual(['caught up']);
    expect(world.projector.caughtUp).toBe(true);
  });
});

describe('live', () => {
  it('each event is told at once, and a reach makes the gateway look for the next', async () => {
    const world = new World();
    const gameId = await world.log.game(await world.log.quest());
    await world.log.join(gameId, 'ada', 0);
    await world.caughtUp();
    await world.log.reach(gameId, { playerId: 'ada', row: 0, score: 10 }, 0);
    await world.feed();
    expect(world.told).toEqual(['WaypointReached 3', 'look at 5000000']);
  });

  it('who left is told first and sent away then', async () => {
    const world = new World();
    const gameId = await world.log.game(await world.log.quest());
    await world.log.join(gameId, 'ada', 0);
    await world.caughtUp();
    await world.log.leave(gameId, 'ada', 0);
    await world.feed();
    expect(world.told).toEqual(['PlayerLeft 3', 'left ada']);
  });

  it('its lag is counted from the commit, of live events alone, and is never below zero', async () => {
    const world = new World();
    await world.log.game(await world.log.quest());
    await world.feed();
    expect(world.projector.lag.count).toBe(0);
    world.projector.onCaughtUp();
    await world.log.quest();
    const [event] = await world.store.readAll({ after: (await world.store.lastPosition()) - 1n, maxCount: 1 });
    const { lag } = world.projector;
    for (const agoMs of [40, -3]) world.projector.onEvents([{ ...event!, created: NOW - agoMs }]);
    expect(lag.count).toBe(2);
    expect(lag.sum).toBeCloseTo(0.04, 9);
    expect(lag.counts[LAG_BUCKETS_SECONDS.indexOf(0.05)]).toBe(1);
  });

  it('an ended game lingers, then its players go and its slot is free', async () => {
    const world = new World();
    const gameId = await world.log.game(await world.log.quest());
    await world.caughtUp();
    await world.log.end(gameId);
    await world.feed();
    expect(world.told).toEqual(['GameEnded 2']);
    jest.advanceTimersByTime(ENDED_GAME_LINGER_MS - 1);
    expect(world.has(gameId)).toBe(true);
    expect(world.schedule.gameCount).toBe(1);
    jest.advanceTimersByTime(1);
    expect(world.told).toEqual(['GameEnded 2', `over ${gameId}`]);
    expect(world.has(gameId)).toBe(false);
    expect(world.schedule.gameCount).toBe(0);
  });

  it('nothing is left behind when it stops', async () => {
    const world = new World();
    const gameId = await world.log.game(await world.log.quest());
    await world.caughtUp();
    await world.log.end(gameId);
    await world.feed();
    world.projector.stop();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('a game that finds no room is left out, and the others go on', async () => {
    const world = new World({ gamesMax: 1 });
    const quest = await world.log.quest();
    const first = await world.log.game(quest);
    const second = await world.log.game(quest);
    await world.caughtUp();
    await world.log.join(second, 'bob', 0);
    await world.log.join(first, 'ada', 0);
    await world.feed();
    expect(world.told).toEqual(['PlayerJoined 2']);
    expect(world.has(second)).toBe(false);
    expect(world.catalogue.games.get(second)?.playerCount).toBe(1);
    expect(world.arena.counts.gamesRefused).toBe(1);
  });
});

describe('a version that the arena no longer holds', () => {
  /** Two versions in the log, of which the arena keeps the last. */
  async function forgetful(): Promise<{ world: World; old: string; reads: () => number }> {
    const world = new World({ idleQuestsMax: 1 });
    const quest = await world.log.quest({ waypointCount: 7 });
    await world.log.quest();
    await world.caughtUp();
    const reads = jest.spyOn(world.store, 'readStream');
    const old = await world.log.game(quest);
    return { world, old, reads: () => reads.mock.calls.length };
  }

  it('is read from the log when a game of it is made, one event of it', async () => {
    const { world, old, reads } = await forgetful();
    await world.feed();
    expect(world.arena.games.quest[gameSlot(world.arena, old)]).toBe(-1);
    const waiting = world.waiters.until(() => world.arena.games.quest[gameSlot(world.arena, old)] !== -1, 1_000);
    expect(await waiting).toBe(true);
    expect(world.arena.games.waypointCount[gameSlot(world.arena, old)]).toBe(7);
    expect(reads()).toBe(1);
    expect(world.fatal).toEqual([]);
  });

  it('is read once for all the games that wait for it', async () => {
    const { world, old, reads } = await forgetful();
    const { questId } = world.catalogue.quests.values().next().value!;
    const more = [];
    for (let i = 0; i < 4; i++) more.push(await world.log.game({ questId, waypointCount: 7 }));
    await world.feed();
    await settle();
    for (const id of [old, ...more]) expect(world.arena.games.waypointCount[gameSlot(world.arena, id)]).toBe(7);
    expect(reads()).toBe(1);
  });

  it('is not read for games that ended before the log was through', async () => {
    const world = new World({ idleQuestsMax: 1 });
    const quest = await world.log.quest();
    await world.log.quest();
    const ended = await world.log.game(quest);
    await world.log.end(ended);
    const reads = jest.spyOn(world.store, 'readStream');
    await world.caughtUp();
    await settle();
    expect(reads).not.toHaveBeenCalled();
  });

  it('that the log does not hold either ends the process: nothing can be right then', async () => {
    const world = new World();
    await world.caughtUp();
    await world.log.game({ questId: 'nowhere', waypointCount: 1 });
    await world.feed();
    await settle();
    expect(world.fatal).toHaveLength(1);
  });
});

it('a fault of the feed that passes is not fatal, and one that does not is', () => {
  const world = new World();
  world.projector.onFault(new Error('disk'), false);
  expect(world.fatal).toEqual([]);
  world.projector.onFault(new Error('hole'), true);
  expect(world.fatal).toEqual([new Error('hole')]);
});
