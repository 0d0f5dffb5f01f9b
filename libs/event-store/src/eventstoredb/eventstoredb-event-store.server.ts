import { eventStoreContract } from '../event-store-contract.ts';
import { openEventStoreDb } from './eventstoredb-event-store.ts';
import { OwnPartOfLog } from './own-part.ts';

/** Run by `npm run test:eventstoredb`, against the server that EVENTSTOREDB_URL names. */
const url = process.env['EVENTSTOREDB_URL'] ?? '';

eventStoreContract('eventstoredb, the server of EVENTSTOREDB_URL', async () => {
  const first = await openEventStoreDb({ url });
  const prefix = `waymark-contract-${crypto.randomUUID()}-`;
  const part = { prefix, base: await first.lastPosition(), longNames: new Map<string, string>() };
  let store = new OwnPartOfLog(first, part);
  return {
    get store() {
      return store;
    },
    async reopen() {
      await store.close();
      store = new OwnPartOfLog(await openEventStoreDb({ url }), part);
      return store;
    },
    dispose: () => store.close(),
  };
});
