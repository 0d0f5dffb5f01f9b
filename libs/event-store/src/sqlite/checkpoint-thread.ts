import { fsyncSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { CheckpointReply, CheckpointSettings } from './checkpoint-messages.ts';
import { isPassing, sqliteCode } from './sqlite-errors.ts';
import { openForCheckpoints } from './sqlite-schema.ts';

/**
 * The thread that copies the WAL into the log, beside the commits. A PASSIVE checkpoint never waits for anybody, but under steady load
 * it never gets to the end either, because commits go on meanwhile; so a few rounds bring the rest down to a few pages, and the writer
 * is asked to copy those itself, in about a millisecond. Without that the WAL would grow for ever, and commits with it.
 *
 * SQLite syncs the log only when a checkpoint got to the end, which would leave the sync of everything to the writer's last step: 7 ms
 * each time. So what was copied is synced here, by a descriptor of its own.
 */

const ROUNDS_MAX = 4;
/** What the writer may be left with. */
const REST_PAGES_MAX = 64;

const settings = workerData as CheckpointSettings;
const db = openForCheckpoints(settings.file);
/** Reads the sizes, copies nothing. */
const look = db.prepare('PRAGMA wal_checkpoint(NOOP)');
const copy = db.prepare('PRAGMA wal_checkpoint(PASSIVE)');
let walPagesBefore = 0;

const timer = setInterval(lookAtWal, settings.lookMs);
parentPort!.once('message', () => {
  clearInterval(timer);
  db.close();
  parentPort!.postMessage('closed');
  parentPort!.close();
});

function lookAtWal(): void {
  try {
    const reply = copyWhenDue();
    if (reply !== undefined) parentPort!.postMessage(reply);
  } catch (error) {
    // A full disk or a stranger's lock passes; the next look tries again and the WAL is only longer meanwhile.
    if (!isPassing(sqliteCode(error))) throw error;
    parentPort!.postMessage('failed');
  }
}

function copyWhenDue(): CheckpointReply | undefined {
  let { walPages, copiedPages } = sizes(look.get()!);
  const isIdle = walPages === walPagesBefore;
  walPagesBefore = walPages;
  if (copiedPages === walPages || (walPages < settings.walPagesMax && !isIdle)) return undefined;
  const startMs = performance.now();
  for (let round = 0; round < ROUNDS_MAX; round++) {
    ({ walPages, copiedPages } = sizes(copy.get()!));
    syncLog();
    if (walPages - copiedPages <= REST_PAGES_MAX) break;
  }
  return { walPages, copiedPages, ms: performance.now() - startMs };
}

/** Only saves the writer time: whether the log is on the disk is decided by SQLite's own sync, which meets the same fault. */
function syncLog(): void {
  try {
    fsyncSync(settings.logDescriptor);
  } catch {
    return;
  }
}

function sizes(row: Record<string, unknown>): { walPages: number; copiedPages: number } {
  return { walPages: Number(row['log']), copiedPages: Number(row['checkpointed']) };
}
