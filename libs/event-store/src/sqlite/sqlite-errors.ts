/** Primary result codes of SQLite that this adapter tells apart (sqlite3.h). */
export const SQLITE_BUSY = 5;
export const SQLITE_IOERR = 10;
export const SQLITE_FULL = 13;
const SQLITE_NOMEM = 7;
const SQLITE_NOTADB = 26;

/** The primary result code of an error that node:sqlite threw; -1 for any other error. */
export function sqliteCode(error: unknown): number {
  const code = typeof error === 'object' && error !== null && 'errcode' in error ? error.errcode : undefined;
  return typeof code === 'number' ? code & 0xff : -1;
}

/** Conditions of the machine that pass: with them nothing is wrong with the log or with us. */
export function isPassing(code: number): boolean {
  return code === SQLITE_FULL || code === SQLITE_IOERR || code === SQLITE_BUSY || code === SQLITE_NOMEM;
}

export function isNotADatabase(error: unknown): boolean {
  return sqliteCode(error) === SQLITE_NOTADB;
}

export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
