import { createMemoryEventStore, openSqliteEventStore, type EventStore } from '@waymark/event-store';
import type { AppContext, DataDir } from '@waymark/platform';

/** The event store that the settings name. What is not configured is not loaded: the client of EventStoreDB takes 57 MB. */
export interface OpenedStore {
  readonly store: EventStore;
  /** Whether other processes may append to the same log. */
  readonly isShared: boolean;
}

export async function openEventStore({ config, log, stopping }: AppContext, dataDir: DataDir): Promise<OpenedStore> {
  switch (config.eventStore) {
    case 'memory':
      return { store: createMemoryEventStore(), isShared: false };
    case 'sqlite':
      return { store: await openSqliteEventStore({ file: dataDir.events }), isShared: false };
    case 'eventstoredb': {
      const { openEventStoreDb } = await import('@waymark/event-store/eventstoredb');
      const onProgress = (sentence: string): void => log.warn(sentence);
      return {
        store: await openEventStoreDb({ url: config.eventStoreDbUrl, onProgress, signal: stopping }),
        isShared: true,
      };
    }
  }
}
