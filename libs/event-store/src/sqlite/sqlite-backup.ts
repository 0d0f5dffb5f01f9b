import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { messageOf } from './sqlite-errors.ts';
import { openForReading } from './sqlite-schema.ts';

/**
 * A copy of the log while its writer goes on. VACUUM INTO reads one moment of the log in one transaction: the writer is not held up, only
 * its write-ahead file cannot begin anew until the copy is done. Copying the files themselves is no backup: what the write-ahead file
 * holds would be missing, or torn.
 *
 * The copy gets an id of its own. Once it is restored and played on, its events differ from those that readers, Redis and players have
 * seen at the same positions; by the id all of them notice that, and begin anew.
 */
export interface SqliteBackup {
  /** Events in the copy: the position of its last one. */
  readonly eventCount: number;
}

/** The copy could not be made or does not hold. The message is one sentence for whoever asked. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}

/** Copies the log `file` to `copy`, which must not exist, and checks all of the copy. Throws BackupError, or StoreOpenError for `file`. */
export function backUpSqliteLog(file: string, copy: string): SqliteBackup {
  const { db } = openForReading(file);
  try {
    // SQLite takes a file that is empty for one that is not there; this one is private from its first byte on.
    closeSync(openSync(copy, 'wx', 0o600));
  } catch (error) {
    db.close();
    throw new BackupError(`the copy ${copy} cannot be made: ${messageOf(error)}`);
  }
  try {
    db.prepare('VACUUM INTO ?').run(copy);
    const eventCount = finish(copy);
    sync(copy);
    return { eventCount };
  } catch (error) {
    rmSync(copy, { force: true });
    if (error instanceof BackupError) throw error;
    throw new BackupError(`the copy ${copy} could not be written: ${messageOf(error)}`);
  } finally {
    db.close();
  }
}

function finish(copy: string): number {
  const db = new DatabaseSync(copy);
  try {
    const [checked] = db.prepare('PRAGMA integrity_check').all();
    if (checked?.['integrity_check'] !== 'ok') {
      throw new BackupError(`the copy ${copy} is damaged: ${String(checked?.['integrity_check'])}`);
    }
    const { count, last } = db
      .prepare('SELECT count(*) AS count, coalesce(max(position), 0) AS last FROM events')
      .get()!;
    if (count !== last) throw new BackupError(`the copy ${copy} has ${count} events where ${last} are due`);
    db.prepare("UPDATE meta SET value = ? WHERE key = 'log_id'").run(randomUUID());
    return Number(count);
  } finally {
    db.close();
  }
}

function sync(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
