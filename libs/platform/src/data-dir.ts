import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * The data directory: where what is kept lies in it, and the check at start that it can be written. Called by the mains of both apps and
 * by tools/start. Directories are 0700, files 0600: keys and players' names are nobody else's.
 */
export interface DataDir {
  readonly root: string;
  /** SQLite event log. */
  readonly events: string;
  readonly keys: string;
  /** Token of the development author, as text. */
  readonly devToken: string;
  /** Unix socket on which commits are rung. */
  readonly bell: string;
  readonly logs: string;
}

/** The data directory cannot be used. The message is one sentence for whoever started the process. */
export class DataDirError extends Error {
  override readonly name = 'DataDirError';
}

/** Linux takes 107 bytes for the path of a Unix socket, macOS 103. */
const SOCKET_PATH_BYTES_MAX = 100;

export function dataDirPaths(root: string): DataDir {
  return {
    root,
    events: join(root, 'events.db'),
    keys: join(root, 'keys'),
    devToken: join(root, 'dev-token'),
    bell: bellPath(root),
    logs: join(root, 'logs'),
  };
}

/** Makes the directory when it is missing and proves that it can be written. Throws DataDirError. */
export async function prepareDataDir(root: string): Promise<DataDir> {
  const paths = dataDirPaths(root);
  try {
    await makeDir(root);
    for (const own of [paths.keys, paths.logs]) {
      await makeDir(own);
      await chmod(own, 0o700);
    }
    await proveWritable(root);
    if (!paths.bell.startsWith(root)) await prepareBellDir(paths.bell);
  } catch (error) {
    if (error instanceof DataDirError) throw error;
    throw new DataDirError(
      `the data directory ${root} cannot be written (${reasonOf(error)}); set WAYMARK_DATA_DIR to a directory that can`,
      { cause: error },
    );
  }
  return paths;
}

/**
 * The directory and those above it that are missing. Not by `mkdir(..., { recursive: true })`: where an existing directory answers ENOENT
 * to everything made in it, as /proc does, Node 24 tries again for ever.
 */
async function makeDir(path: string): Promise<void> {
  if (await isThere(path)) return;
  if (!(await isThere(dirname(path)))) await makeDir(dirname(path));
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    // Both apps may start at the same time.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  throw Object.assign(new Error(`${path} is not a directory`), { code: 'ENOTDIR' });
}

async function proveWritable(root: string): Promise<void> {
  const probe = join(root, `.probe-${process.pid}`);
  const file = await open(probe, 'w', 0o600);
  try {
    await file.write('waymark');
    await file.sync();
  } finally {
    await file.close();
    await rm(probe, { force: true });
  }
}

/** A socket in the shared temporary directory lies in a directory that only this user can enter: nobody else may ring the bell. */
function bellPath(root: string): string {
  const path = join(root, 'bell.sock');
  if (Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX) return path;
  const hash = createHash('sha256').update(root).digest('hex').slice(0, 24);
  return join(tmpdir(), `waymark-${process.getuid?.() ?? 0}`, `${hash}.sock`);
}

async function prepareBellDir(bell: string): Promise<void> {
  if (Buffer.byteLength(bell) > SOCKET_PATH_BYTES_MAX) {
    throw new DataDirError(
      `the socket for new events has no place: ${bell} is longer than ${SOCKET_PATH_BYTES_MAX} bytes; set WAYMARK_DATA_DIR or TMPDIR to a shorter path`,
    );
  }
  const directory = dirname(bell);
  await makeDir(directory);
  const found = await lstat(directory);
  const own = process.getuid === undefined || found.uid === process.getuid();
  if (!found.isDirectory() || !own || (found.mode & 0o077) !== 0) {
    throw new DataDirError(
      `${directory} must be a directory that only this user can enter: it holds the socket for new events`,
    );
  }
}

/** Why the system refused, in words. */
export function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  switch (code) {
    case 'EEXIST':
    case 'ENOTDIR':
      return 'there is a file in its place';
    case 'EISDIR':
      return 'there is a directory in its place';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'EROFS':
      return 'the file system is read-only';
    case 'ENOSPC':
      return 'the disk is full';
    case 'ELOOP':
      return 'its symbolic links lead in a circle';
    case 'ENOENT':
      return 'it cannot be made there';
    default:
      return code ?? String(error);
  }
}
