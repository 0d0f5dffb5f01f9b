import { link, open, readFile, rename, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { DataDirError, reasonOf } from '../data-dir.ts';

/** Files that only this user may read (0600) and that are there whole or not at all, whoever else starts at the same time. For keyring.ts. */

/** The file's text; when there is none yet, `text` is written first. Of several who try at once one wins, and all get the winner's text. */
export async function createOrRead(path: string, text: () => Promise<string>): Promise<string> {
  const there = await readIfThere(path);
  if (there !== undefined) return there;
  const draft = await writeDraft(path, await text());
  try {
    // A link, unlike a rename, fails when the name is taken: the first one stays.
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return readFile(path, 'utf8');
}

/** Puts `text` in the place of whatever the file held. */
export async function replaceFile(path: string, text: string): Promise<void> {
  await rename(await writeDraft(path, text), path);
}

export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new DataDirError(`${path} cannot be read (${reasonOf(error)})`, { cause: error });
  }
}

async function writeDraft(path: string, text: string): Promise<string> {
  const draft = `${path}.${randomUUID()}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.write(text);
    await file.sync();
  } finally {
    await file.close();
  }
  return draft;
}
