import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContractLog } from '../contract/contract-kit.ts';
import { eventStoreContract } from '../event-store-contract.ts';
import { openSqliteEventStore } from './sqlite-event-store.ts';

/** Usually no test writes enough for the indexes to follow; with a tail of four events they do at every turn. */
eventStoreContract('sqlite', () => openLog({}));
eventStoreContract('sqlite with its indexes close behind', () => openLog({ tailEventsMax: 4 }));

async function openLog(tuning: { readonly tailEventsMax?: number }): Promise<ContractLog> {
  const directory = mkdtempSync(join(tmpdir(), 'waymark-store-'));
  const file = join(directory, 'events.db');
  // A short WAL opens quicker: some 250 logs are opened here.
  const options = { file, walBytes: 1024 * 1024, ...tuning };
  let store = await openSqliteEventStore(options);
  return {
    get store() {
      return store;
    },
    async reopen() {
      await store.close();
      store = await openSqliteEventStore(options);
      return store;
    },
    async dispose() {
      await store.close();
      rmSync(directory, { recursive: true });
    },
  };
}
