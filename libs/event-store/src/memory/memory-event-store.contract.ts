import { eventStoreContract } from '../event-store-contract.ts';
import { MemoryLog, createMemoryEventStore } from './memory-event-store.ts';

eventStoreContract('memory', async () => {
  const log = new MemoryLog();
  let store = createMemoryEventStore({ log });
  return {
    get store() {
      return store;
    },
    async reopen() {
      await store.close();
      store = createMemoryEventStore({ log });
      return store;
    },
    dispose: () => store.close(),
  };
});
