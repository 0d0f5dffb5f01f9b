import { StoreUnavailableError, type EventStore } from '@waymark/event-store';
import type { AppContext } from '@waymark/platform';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The log as a start reads it: a server that goes away while the log is read is waited for as one that was not there to begin with, a page at a time,
 * so that what was read is not read anew. Used by the start of the command app, over stores that are servers.
 */
export type ReadableLog = Pick<EventStore, 'readAll'>;

const WAIT_MS = 60_000;
const RETRY_MS = 250;
const PROGRESS_MS = 5_000;

/** Its readAll rejects with StoreUnavailableError when nothing could be read for `waitMs`, or with the AbortError of `stopping`. */
export function patientLog(
  store: ReadableLog,
  { log, stopping }: Pick<AppContext, 'log' | 'stopping'>,
  waitMs = WAIT_MS,
): ReadableLog {
  return {
    async readAll(page) {
      const beganAt = performance.now();
      let toldAt = -Infinity;
      for (;;) {
        stopping.throwIfAborted();
        try {
          return await store.readAll(page);
        } catch (error) {
          if (!(error instanceof StoreUnavailableError)) throw error;
          const now = performance.now();
          if (now - beganAt >= waitMs) {
            const seconds = Math.round(waitMs / 1_000);
            throw new StoreUnavailableError(`the log could not be read within ${seconds} s: ${error.message}`, {
              cause: error,
            });
          }
          if (now - toldAt >= PROGRESS_MS) {
            toldAt = now;
            log.warn(`waiting for the event store, of which the log is read: ${error.message}`);
          }
        }
        await sleep(RETRY_MS, undefined, { signal: stopping });
      }
    },
  };
}
