import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { StoreOpenError } from '../store-open-error.ts';
import { SQLITE_BUSY, isNotADatabase, messageOf, sqliteCode } from './sqlite-errors.ts';

/**
 * The file of the log: how it is made, recognised and locked. Opened by the writer thread (which makes it), by the checkpoint thread and
 * by readers.
 *
 * events: one row an event, by its position, which is written out, one more than the last: a sole writer that never deletes keeps them
 * dense, and AUTOINCREMENT would write one more page a commit to promise the same. streams: a number for each name. revision_index
 * and id_index tell where a stream's events stand; they are complete for positions up to indexed_through, and for what is newer the
 * events themselves are looked through (StreamIndex says why, StreamTail reads them).
 */

const SCHEMA_VERSION = 2;
/** 'WMK1': tells our files from other databases. */
const APPLICATION_ID = 0x574d4b31;
/** Before 3.51.3, two connections that write and checkpoint at the same moment can corrupt a log (sqlite.org/wal.html#walresetbug). */
const SQLITE_VERSION_MIN = '3.51.3';
/** Longer than any transaction of ours: only a stranger (a sqlite3 shell, a backup tool) can hold the file that long. */
const BUSY_TIMEOUT_MS = 5_000;

const META_SCHEMA = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
`;
const LOG_SCHEMA = `
CREATE TABLE events (
  position INTEGER PRIMARY KEY,
  stream INTEGER NOT NULL REFERENCES streams (id),
  revision INTEGER NOT NULL,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  data TEXT NOT NULL,
  metadata TEXT NOT NULL,
  created REAL NOT NULL
) STRICT;
CREATE TABLE revision_index (
  stream INTEGER NOT NULL, revision INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (stream, revision)
) STRICT, WITHOUT ROWID;
CREATE TABLE id_index (
  stream INTEGER NOT NULL, id BLOB NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (stream, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE index_state (indexed_through INTEGER NOT NULL) STRICT;
INSERT INTO index_state VALUES (0);
`;

/** Takes the right to write `file`. It is let go of when the connection closes or its process ends, however it ends. */
export function lockForWriting(file: string): DatabaseSync {
  const lockFile = `${file}.lock`;
  createPrivateFile(lockFile);
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(lockFile);
    // Nothing is ever written to it, so it needs no journal.
    lock.exec('PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    if (sqliteCode(error) === SQLITE_BUSY) {
      throw new StoreOpenError(
        'locked',
        `the event store ${file} is already open for writing, by this or another process`,
      );
    }
    throw cannotOpen(file, error);
  }
}

/** Opens the log for its sole writer, and makes it when there is none. The caller holds the lock. */
export function openForWriting(file: string): { readonly db: DatabaseSync; readonly logId: string } {
  checkSqliteVersion(process.versions.sqlite ?? '0');
  // Before SQLite has it open: closing another descriptor of a file lets go of the process's locks on it (sqlite.org/howtocorrupt.html).
  createPrivateFile(file);
  return opening(file, { timeout: BUSY_TIMEOUT_MS }, (db) => {
    if (isEmpty(db)) create(db);
    const { logId, schemaVersion } = recognise(file, db);
    // Checkpoints are the business of the checkpoint thread: one inside a commit stalls it for 20 to 60 ms.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0');
    if (schemaVersion < SCHEMA_VERSION) upgrade(db);
    return { db, logId };
  });
}

/** Opens a log that exists, for reading. Fails as `missing` while its writer has not made it, as `upgrading` while it has not brought it up to this version. */
export function openForReading(file: string): { readonly db: DatabaseSync; readonly logId: string } {
  checkSqliteVersion(process.versions.sqlite ?? '0');
  const missing = new StoreOpenError('missing', `there is no event store at ${file} yet`);
  if (!existsSync(file)) throw missing;
  return opening(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS }, (db) => {
    if (isEmpty(db)) throw missing;
    const { logId, schemaVersion } = recognise(file, db);
    if (schemaVersion < SCHEMA_VERSION) {
      const message = `the event store ${file} is of an earlier Waymark (schema ${schemaVersion}); its writer has yet to bring it up to schema ${SCHEMA_VERSION}`;
      throw new StoreOpenError('upgrading', message);
    }
    return { db, logId };
  });
}

/** A second connection of the writing process, that only checkpoints. */
export function openForCheckpoints(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  db.exec('PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0');
  return db;
}

export function checkSqliteVersion(version: string): void {
  const [have, need] = [version, SQLITE_VERSION_MIN].map((text) => {
    const [major = 0, minor = 0, patch = 0] = text.split('.').map(Number);
    return (major * 1_000 + minor) * 1_000 + patch;
  });
  if (have! < need!) {
    const message = `this Node brings SQLite ${version}; the event store needs ${SQLITE_VERSION_MIN} or newer`;
    throw new StoreOpenError('sqlite_too_old', message);
  }
}

function opening<T>(file: string, options: object, work: (db: DatabaseSync) => T): T {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, options);
    return work(db);
  } catch (error) {
    db?.close();
    if (error instanceof StoreOpenError) throw error;
    if (isNotADatabase(error)) throw notOurs(file);
    throw cannotOpen(file, error);
  }
}

function createPrivateFile(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw cannotOpen(file, error);
  }
}

function isEmpty(db: DatabaseSync): boolean {
  return db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
}

function create(db: DatabaseSync): void {
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  db.exec(`BEGIN IMMEDIATE; PRAGMA application_id = ${APPLICATION_ID}; ${META_SCHEMA} ${LOG_SCHEMA}`);
  const insert = db.prepare('INSERT INTO meta (key, value) VALUES (?, ?)');
  insert.run('schema_version', String(SCHEMA_VERSION));
  insert.run('log_id', randomUUID());
  db.exec('COMMIT');
}

/** Version 1 kept both indexes with each event. All or nothing; about a second for 200,000 events. */
function upgrade(db: DatabaseSync): void {
  db.exec(`BEGIN IMMEDIATE; ALTER TABLE events RENAME TO events_1; ${LOG_SCHEMA}
    INSERT INTO events SELECT position, stream, revision, id, type, data, metadata, created FROM events_1 ORDER BY position;
    INSERT INTO revision_index SELECT stream, revision, position FROM events ORDER BY stream, revision;
    INSERT INTO id_index SELECT stream, unhex(id, '-') AS bytes, position FROM events ORDER BY stream, bytes;
    UPDATE index_state SET indexed_through = (SELECT coalesce(max(position), 0) FROM events);
    DROP TABLE events_1;
    UPDATE meta SET value = '${SCHEMA_VERSION}' WHERE key = 'schema_version';
    COMMIT`);
}

/** Tells the log's id and version when the file is a log that this version can read. */
function recognise(file: string, db: DatabaseSync): { readonly logId: string; readonly schemaVersion: number } {
  const application = db.prepare('PRAGMA application_id').get()!['application_id'];
  if (application !== APPLICATION_ID) throw notOurs(file);
  const meta = new Map(
    db
      .prepare('SELECT key, value FROM meta')
      .all()
      .map((row) => [row['key'], String(row['value'])]),
  );
  const version = Number(meta.get('schema_version'));
  if (version > SCHEMA_VERSION) {
    const message = `the event store ${file} was written by a newer Waymark (schema ${version}, this one reads ${SCHEMA_VERSION})`;
    throw new StoreOpenError('newer_schema', message);
  }
  return { logId: meta.get('log_id')!, schemaVersion: version };
}

const notOurs = (file: string): StoreOpenError =>
  new StoreOpenError('not_ours', `the file ${file} is not a Waymark event store`);

const cannotOpen = (file: string, error: unknown): StoreOpenError =>
  new StoreOpenError('cannot_open', `cannot open the event store ${file}: ${messageOf(error)}`);
