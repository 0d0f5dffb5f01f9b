import { createMemoryEventStore } from '@waymark/event-store';
import type { EventStore, SubscriptionItem } from '@waymark/event-store';
import { until } from '@waymark/testing';
import { RememberingConsumer, countTo, fill } from '../store-tail/feed-kit.ts';
import { createSubscriptionFeed } from './subscription-feed.ts';

describe('the feed over a subscription', () => {
  let store: EventStore;
  beforeEach(() => {
    store = createMemoryEventStore();
  });
  afterEach(() => store.close());

  it('hands over what is in the log after its start and what is committed from then on, in order', async () => {
    await fill(store, 5);
    const consumer = new RememberingConsumer();
    const feed = createSubscriptionFeed({ store });
    feed.start(2n, consumer);
    await until('it caught up', () => feed.status().caughtUp);
    await fill(store, 3);
    await until('three more', () => feed.status().eventCount === 6);
    expect(consumer.positions).toEqual(countTo(8).slice(2));
    expect(feed.status()).toEqual({
      position: 8n,
      caughtUp: true,
      source: 'subscription',
      eventCount: 6,
      holeCount: 0,
    });
    await feed.stop();
    await fill(store, 1);
    expect(consumer.positions).toHaveLength(6);
  });

  it('has not caught up while its source is lost, says so, and goes on when it is back', async () => {
    const items: SubscriptionItem[] = [
      { kind: 'caughtUp', position: 0n },
      { kind: 'lost', reason: 'the server is gone' },
    ];
    let goOn: () => void = () => {};
    const back = new Promise<void>((resolve) => (goOn = resolve));
    const feed = createSubscriptionFeed({
      store: {
        lastPosition: () => Promise.resolve(0n),
        async *subscribeToAll() {
          yield* items;
          await back;
          yield { kind: 'caughtUp', position: 0n } as const;
        },
      },
    });
    const consumer = new RememberingConsumer();
    feed.start(0n, consumer);
    await until('it is lost', () => feed.status().holeCount === 1);
    expect(feed.status().caughtUp).toBe(false);
    expect(consumer.faults).toEqual([{ error: new Error('the server is gone'), fatal: false }]);
    goOn();
    await until('it is back', () => feed.status().caughtUp);
    await feed.stop();
  });

  it('a consumer that throws ends it, as a broken invariant', async () => {
    await fill(store, 1);
    const faults: [string, boolean][] = [];
    const feed = createSubscriptionFeed({ store });
    feed.start(0n, {
      onEvents: () => {
        throw new Error('no room');
      },
      onCaughtUp: () => {},
      onFault: (error, fatal) => faults.push([error.message, fatal]),
    });
    await until('it ended', () => faults.length === 1);
    expect(faults).toEqual([['no room', true]]);
    await feed.stop();
  });
});
