import { chmod, copyFile, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BackupError, backUpSqliteLog, type SqliteBackup } from '@waymark/event-store';
import { dataDirPaths, reasonOf } from '@waymark/platform';

/**
 * A data directory, made of another while the apps run on it: the log as of one moment, the keys, and the development author's token.
 * It is complete when it has its name: until then it is called `NAME.part`.
 */
export async function backUpDataDir(from: string, to: string): Promise<SqliteBackup> {
  const part = `${to}.part`;
  for (const path of [to, part]) {
    if (await isThere(path)) throw new BackupError(`the backup ${path} is there already; remove it, or name another`);
  }
  try {
    await mkdir(part, { mode: 0o700 });
  } catch (error) {
    throw failed(to, error);
  }
  try {
    const backup = await copyAll(from, part);
    await rename(part, to);
    await sync(dirname(to));
    return backup;
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    throw failed(to, error);
  }
}

async function copyAll(from: string, to: string): Promise<SqliteBackup> {
  const source = dataDirPaths(from);
  const copy = dataDirPaths(to);
  const backup = backUpSqliteLog(source.events, copy.events);
  await mkdir(copy.keys, { mode: 0o700 });
  for (const name of await namesIn(source.keys)) {
    await copyPrivate(join(source.keys, name), join(copy.keys, name));
  }
  await sync(copy.keys);
  await copyPrivate(source.devToken, copy.devToken).catch(unlessMissing);
  await sync(to);
  return backup;
}

/** What the system refused, in a sentence; anything else as it is. */
function failed(to: string, error: unknown): unknown {
  if ((error as NodeJS.ErrnoException).syscall === undefined) return error;
  return new BackupError(`the backup ${to} could not be made (${reasonOf(error)})`, { cause: error });
}

async function isThere(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}

async function namesIn(directory: string): Promise<string[]> {
  return await readdir(directory).catch((error: unknown) => {
    unlessMissing(error);
    return [];
  });
}

async function copyPrivate(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  await chmod(to, 0o600);
  await sync(to);
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function unlessMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
