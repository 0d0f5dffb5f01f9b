import { createMemoryEventStore } from '@waymark/event-store';
import type { EventStore, RecordedEvent } from '@waymark/event-store';
import { SeededRandom } from '@waymark/testing';
import { jest } from '@jest/globals';
import { HandBell, RememberingConsumer, countTo, fill } from './feed-kit.ts';
import { createStoreTailFeed } from './store-tail-feed.ts';

/**
 * The feed against everything that a bell and a store may do to it, one seed an interleaving: rings that come late, twice, in part, out
 * of order or not at all; bells that break off and come back; reads that take long, give little or fail; a start in the middle.
 */
const SEEDS = 300;
const STEPS = 100;

class Interleaving {
  readonly store = createMemoryEventStore();
  readonly bell = new HandBell();
  readonly consumer = new RememberingConsumer();
  readonly wire: (readonly RecordedEvent[])[] = [];
  private readonly random: SeededRandom;
  private isConnected = false;
  private isStoreBroken = false;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    this.store.onCommitted((events) => {
      if (this.isConnected) this.wire.push(events);
    });
  }

  readonly readAll: EventStore['readAll'] = async ({ after, maxCount }) => {
    const page = await this.store.readAll({ after, maxCount: Math.min(maxCount, 1 + this.random.integer(20)) });
    const ms = this.random.integer(8);
    if (ms > 2) await new Promise((resolve) => setTimeout(resolve, ms));
    if (this.isStoreBroken) throw new Error('the store is away');
    return page;
  };

  async step(): Promise<void> {
    const { random, bell, wire } = this;
    switch (random.integer(9)) {
      case 0:
      case 1:
      case 2:
        return fill(this.store, 1 + random.integer(5), `s-${random.integer(3)}`);
      case 3:
        wire.splice(random.integer(wire.length + 1), 1);
        return;
      case 4:
      case 5: {
        const [ring] = wire.splice(random.integer(4) === 0 ? random.integer(wire.length + 1) : 0, 1);
        if (ring === undefined || !this.isConnected) return;
        bell.handlers.onEvents(ring);
        if (random.integer(5) === 0) bell.handlers.onEvents(ring.slice(random.integer(ring.length)));
        return;
      }
      case 6:
        if (this.isConnected) bell.handlers.onLost();
        else bell.handlers.onHello(this.store.logId);
        this.isConnected = !this.isConnected;
        wire.length = 0;
        return;
      case 7:
        this.isStoreBroken = random.integer(3) === 0;
        return;
      default:
        await jest.advanceTimersByTimeAsync(random.integer(40));
    }
  }

  heal(): void {
    this.isStoreBroken = false;
  }
}

describe('store-tail feed under any interleaving', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => {
    jest.useRealTimers();
  });

  it(`hands over every event once and in order (${SEEDS} seeds)`, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const world = new Interleaving(seed);
      const before = seed % 7;
      if (before > 0) await fill(world.store, before);
      const after = seed % 3 === 0 ? Math.floor(before / 2) : 0;
      const feed = createStoreTailFeed({
        store: {
          logId: world.store.logId,
          positionsAreDense: true,
          readAll: world.readAll,
          lastPosition: () => world.store.lastPosition(),
        },
        bellPath: 'by hand',
        listen: world.bell.listen,
      });
      feed.start(BigInt(after), world.consumer);
      for (let step = 0; step < STEPS; step++) {
        await world.step();
      }
      world.heal();
      await jest.advanceTimersByTimeAsync(400);
      const last = Number(await world.store.lastPosition());
      expect({ seed, positions: world.consumer.positions }).toEqual({ seed, positions: countTo(last).slice(after) });
      expect({ seed, status: feed.status() }).toMatchObject({
        seed,
        status: { caughtUp: true, position: BigInt(last) },
      });
      expect(world.consumer.faults.every((fault) => !fault.fatal)).toBe(true);
      const stopped = feed.stop();
      await jest.advanceTimersByTimeAsync(20);
      await stopped;
    }
  });
});
