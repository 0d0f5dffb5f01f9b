import { openSqliteEventStore, StoreOpenError, type EventStore } from '@waymark/event-store';
import { createStoreTailFeed, createSubscriptionFeed, type Feed } from '@waymark/feed';
import { DataDirError, type AppContext, type DataDir } from '@waymark/platform';
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** The event store that the settings name, to read, and the feed that goes with it. What is not configured is not loaded. */

const WAIT_STEP_MS = 50;
const UPGRADE_STEP_MS = 250;
const TELL_UPGRADE_MS = 10_000;

/** The command app makes the log on its first start, and both may be started together: waits `waitMs` for it. */
export async function openEventStore(
  { config, log, stopping }: AppContext,
  dataDir: DataDir,
  waitMs: number,
): Promise<EventStore> {
  if (config.eventStore !== 'eventstoredb') return waitForSqlite(dataDir.events, waitMs, { log, stopping });
  const { openEventStoreDb } = await import('@waymark/event-store/eventstoredb');
  const onProgress = (sentence: string): void => log.warn(sentence);
  return openEventStoreDb({ url: config.eventStoreDbUrl, onProgress, signal: stopping });
}

/** The feed that the store itself gives. */
export function createStoreFeed(store: EventStore, dataDir: DataDir): Feed {
  return store.positionsAreDense
    ? createStoreTailFeed({ store, bellPath: dataDir.bell })
    : createSubscriptionFeed({ store });
}

/**
 * A log that is not there is waited for as long as a start takes. One of an earlier version is there: how long the command app takes to bring it up hangs
 * on how much was ever played, so it is waited for without an end, and the log tells that it goes on.
 */
async function waitForSqlite(
  file: string,
  waitMs: number,
  { log, stopping }: Pick<AppContext, 'log' | 'stopping'>,
): Promise<EventStore> {
  let until = performance.now() + waitMs;
  let upgradingSince: number | null = null;
  let tellAt = 0;
  for (;;) {
    try {
      return await openSqliteEventStore({ file, readOnly: true });
    } catch (error) {
      const failure = error instanceof StoreOpenError ? error.failure : null;
      if (failure !== 'missing' && failure !== 'upgrading') throw error;
      const now = performance.now();
      if (failure === 'upgrading') {
        until = now + waitMs;
        upgradingSince ??= now;
        if (now >= tellAt) {
          tellAt = now + TELL_UPGRADE_MS;
          const upgrade = { waitedMs: Math.round(now - upgradingSince), writtenBytes: await sizeOf(`${file}-wal`) };
          log.info(upgrade, 'waiting for the command app to bring the event log up to this version');
        }
      } else if (now >= until) {
        throw new DataDirError(
          `no event log at ${file} after ${waitMs} ms; the command app makes it on its first start`,
        );
      }
      await sleep(failure === 'upgrading' ? UPGRADE_STEP_MS : WAIT_STEP_MS, undefined, { signal: stopping });
    }
  }
}

/** What the upgrade has written so far stands in the write-ahead log until it is whole. */
async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}
