import { startEventStoreDbServer } from '@waymark/testing/eventstoredb-server';
import { eventStoreContract } from '../event-store-contract.ts';
import { openEventStoreDb } from './eventstoredb-event-store.ts';

eventStoreContract('eventstoredb', async () => {
  const server = await startEventStoreDbServer();
  const url = `esdb://127.0.0.1:${server.port}?tls=false`;
  let store = await openEventStoreDb({ url });
  return {
    get store() {
      return store;
    },
    async reopen() {
      await store.close();
      store = await openEventStoreDb({ url });
      return store;
    },
    async dispose() {
      await store.close();
      await server.stop();
    },
  };
});
