import { startEventStoreDbServer } from '@waymark/testing/eventstoredb-server';
import type { EventStoreDbServer, EventStoreDbServerOptions } from '@waymark/testing/eventstoredb-server';
import { openEventStoreDb } from '../eventstoredb/eventstoredb-event-store.ts';
import type { EventStoreDbEventStore, EventStoreDbOptions } from '../eventstoredb/eventstoredb-event-store.ts';

/** Short deadlines: each fault costs at least one. */
export const QUICK = { appendMs: 250, readMs: 400, probeMs: 100, waitMs: 1_500 };

/** A fresh test server for each test of a suite, a store on it, and more of both when they are wanted; all are ended after the test. */
export class EventStoreDbKit {
  server!: EventStoreDbServer;
  store!: EventStoreDbEventStore;
  private readonly cleanups: (() => unknown)[] = [];

  /** For each test of the suite in which it is called. */
  static forEach(): EventStoreDbKit {
    const kit = new EventStoreDbKit();
    beforeEach(async () => {
      kit.server = await kit.start();
      kit.store = await kit.open();
    });
    afterEach(() => kit.close());
    return kit;
  }

  /** Runs before the server and the stores are ended, latest first. */
  atEnd(cleanup: () => unknown): void {
    this.cleanups.push(cleanup);
  }

  /** Runs after them. */
  atLast(cleanup: () => unknown): void {
    this.cleanups.unshift(cleanup);
  }

  async start(options: EventStoreDbServerOptions = {}): Promise<EventStoreDbServer> {
    const started = await startEventStoreDbServer(options);
    this.atEnd(() => started.stop());
    return started;
  }

  urlOf({ port }: { readonly port: number }, options = 'tls=false'): string {
    return `esdb://127.0.0.1:${port}?${options}`;
  }

  async open(options: Partial<EventStoreDbOptions> = {}): Promise<EventStoreDbEventStore> {
    const opened = await openEventStoreDb({ url: this.urlOf(this.server), ...QUICK, ...options });
    this.atEnd(() => opened.close());
    return opened;
  }

  private async close(): Promise<void> {
    for (const cleanup of this.cleanups.splice(0).reverse()) await cleanup();
  }
}
