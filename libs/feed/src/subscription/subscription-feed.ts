import { assert } from '@waymark/base';
import { StoreClosedError } from '@waymark/event-store';
import type { EventStore, SubscriptionItem } from '@waymark/event-store';
import type { Feed, FeedConsumer, FeedStatus } from '../feed.ts';

/**
 * The feed over the store's own subscription, for stores whose positions have gaps (EventStoreDB): there arithmetic proves nothing, and order and
 * completeness are the subscription's, which begins again from its own checkpoint when it is lost. One feed a gateway.
 */
export interface SubscriptionFeedOptions {
  readonly store: Pick<EventStore, 'lastPosition' | 'subscribeToAll'>;
}

export function createSubscriptionFeed(options: SubscriptionFeedOptions): Feed {
  return new SubscriptionFeed(options);
}

class SubscriptionFeed implements Feed {
  private readonly store: SubscriptionFeedOptions['store'];
  private readonly stopping = new AbortController();
  private consumer: FeedConsumer | undefined;
  private running: Promise<void> | undefined;
  private position = 0n;
  private isCaughtUp = false;
  private eventCount = 0;
  private lostCount = 0;

  constructor({ store }: SubscriptionFeedOptions) {
    this.store = store;
  }

  start(after: bigint, consumer: FeedConsumer): void {
    assert(this.consumer === undefined, 'a feed is started once');
    this.consumer = consumer;
    this.position = after;
    this.running = this.run(after, consumer);
  }

  status(): FeedStatus {
    return {
      position: this.position,
      caughtUp: this.isCaughtUp,
      source: 'subscription',
      eventCount: this.eventCount,
      holeCount: this.lostCount,
    };
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(after: bigint, consumer: FeedConsumer): Promise<void> {
    const { signal } = this.stopping;
    try {
      for await (const item of this.store.subscribeToAll({ after, signal })) {
        if (signal.aborted) return;
        this.take(item, consumer);
      }
    } catch (error) {
      this.isCaughtUp = false;
      if (signal.aborted && error instanceof StoreClosedError) return;
      consumer.onFault(error as Error, true);
    }
  }

  private take(item: SubscriptionItem, consumer: FeedConsumer): void {
    switch (item.kind) {
      case 'event':
        consumer.onEvents([item.event]);
        this.position = item.event.position;
        this.eventCount += 1;
        return;
      case 'caughtUp':
        this.isCaughtUp = true;
        consumer.onCaughtUp(item.position);
        return;
      case 'lost':
        this.isCaughtUp = false;
        this.lostCount += 1;
        consumer.onFault(new Error(item.reason), false);
    }
  }
}
