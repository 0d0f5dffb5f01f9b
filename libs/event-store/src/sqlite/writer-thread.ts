import type { DatabaseSync } from 'node:sqlite';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { GroupFailedError, LogWriter } from './log-writer.ts';
import { StoreOpenError } from '../store-open-error.ts';
import { isPassing, sqliteCode } from './sqlite-errors.ts';
import { lockForWriting, openForWriting } from './sqlite-schema.ts';
import { countAppends } from './writer-messages.ts';
import type { AppendMessage, WriterOrder, WriterReply, WriterSettings } from './writer-messages.ts';

/**
 * The thread that writes the log, so that no fsync ever blocks the event loop of the app. It takes all appends that wait, commits them
 * together and answers them in one message; while it commits, the next group gathers. Started by WriterClient.
 */

/** Bounds of a group: past about 500 one-event appends, or the size of the largest append, waiting costs more than sharing saves. */
const GROUP_ITEMS_MAX = 4_096;
const GROUP_CHARS_MAX = 1024 * 1024;

const port = parentPort!;
const settings = workerData as WriterSettings;
const reply = (message: WriterReply | number[]): void => port.postMessage(message);

start();

function start(): void {
  try {
    const lock = lockForWriting(settings.file);
    const { db, logId } = openForWriting(settings.file);
    if (settings.fileBytesMax > 0) db.exec(`PRAGMA max_page_count = ${Math.ceil(settings.fileBytesMax / 4096)}`);
    else lengthenWal(db);
    const writer = new LogWriter(db, settings.tailEventsMax);
    const close = (): void => {
      db.close();
      lock.close();
      reply({ kind: 'closed' });
      port.close();
    };
    port.on('message', (first: AppendMessage | WriterOrder) => {
      for (let message: AppendMessage | WriterOrder | undefined = first; message !== undefined; message = receive()) {
        if (Array.isArray(message)) message = commitWaiting(writer, message);
        if (message === 'checkpoint') checkpoint(db);
        if (message === 'close') return close();
      }
    });
    reply({ kind: 'opened', logId });
  } catch (error) {
    if (!(error instanceof StoreOpenError)) throw error;
    reply({ kind: 'refused', failure: error.failure, message: error.message });
    port.close();
  }
}

/** Commits `first` and what waits behind it; gives the order that ended the group, if one did. */
function commitWaiting(writer: LogWriter, first: AppendMessage): WriterOrder | undefined {
  const group = [first];
  let items = first.length;
  let chars = charsOf(first);
  let message: AppendMessage | WriterOrder | undefined;
  while (items < GROUP_ITEMS_MAX && chars < GROUP_CHARS_MAX) {
    message = receive();
    if (!Array.isArray(message)) break;
    group.push(message);
    items += message.length;
    chars += charsOf(message);
    message = undefined;
  }
  try {
    reply(writer.commitGroup(group));
  } catch (error) {
    if (!(error instanceof GroupFailedError)) throw error;
    const count = group.reduce((sum, waiting) => sum + countAppends(waiting), 0);
    reply({ kind: 'failed', count, outcome: error.outcome, reason: error.message });
  }
  return message as WriterOrder | undefined;
}

function receive(): AppendMessage | WriterOrder | undefined {
  return receiveMessageOnPort(port)?.message as AppendMessage | WriterOrder | undefined;
}

function charsOf(message: AppendMessage): number {
  let chars = 0;
  for (const item of message) if (typeof item === 'string') chars += item.length;
  return chars;
}

/** Finishes what the checkpoint thread left, while nobody writes: only then can the WAL start again from its beginning. */
function checkpoint(db: DatabaseSync): void {
  const startMs = performance.now();
  try {
    db.exec('PRAGMA wal_checkpoint(PASSIVE)');
    reply({ kind: 'checkpointed', ms: performance.now() - startMs });
  } catch (error) {
    // The disk may heal: the checkpoint thread goes on looking, and asks again.
    if (!isPassing(sqliteCode(error))) throw error;
    reply({ kind: 'checkpoint_failed' });
  }
}

/**
 * A commit over blocks that are written already takes 0.17 ms, one that makes the file longer 0.40 ms. Frames that spill from the cache
 * lengthen the file, and rolling back leaves it long: nothing of them is ever committed. The small commit after it syncs them. All this
 * takes 100 to 150 ms, so it is done before the first append can come.
 */
function lengthenWal(db: DatabaseSync): void {
  try {
    db.exec(
      `BEGIN IMMEDIATE; CREATE TABLE filler (bytes BLOB); INSERT INTO filler VALUES (zeroblob(${settings.walBytes}))`,
    );
    db.exec('ROLLBACK');
    db.prepare(`INSERT OR REPLACE INTO meta (key, value) VALUES ('opened_at', ?)`).run(new Date().toISOString());
  } catch (error) {
    // No room, say: then the store is slower, and what it cannot take it refuses append by append.
    if (!isPassing(sqliteCode(error))) throw error;
    if (db.isTransaction) db.exec('ROLLBACK');
  }
}
