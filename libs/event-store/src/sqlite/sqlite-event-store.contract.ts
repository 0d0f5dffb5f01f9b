import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventStoreContract } from '../event-store-contract.ts';
import { openSqliteEventStore } from './sqlite-event-store.ts';

eventStoreContract('sqlite', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'waymark-store-'));
  const file = join(directory, 'events.db');
  // Opens quicker: 121 logs are opened here.
  const walBytes = 1024 * 1024;
  let store = await openSqliteEventStore({ file, walBytes });
  return {
    get store() {
      return store;
    },
    async reopen() {
      await store.close();
      store = await openSqliteEventStore({ file, walBytes });
      return store;
    },
    async dispose() {
      await store.close();
      rmSync(directory, { recursive: true });
    },
  };
});
