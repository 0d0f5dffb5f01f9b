import { statfsSync } from 'node:fs';

/**
 * Whether the disk under a folder can take a run. On a full one the apps refuse commands, k6 loses its output, and each would be told as something
 * else: it is neither the server's fault nor noise, so it is an ERROR by its own name.
 */
/** A run of smoke writes some 10 MB and one of sla some 150; below this not even the first is safe. */
const NEEDED_BYTES = 64 * 1024 * 1024;
/** What SQLite and the file system keep back for themselves. */
const FULL_BYTES = 1024 * 1024;

/** Before anything is written. Null, or a sentence. */
export function tooLittleSpace(folder: string): string | null {
  const free = freeBytes(folder);
  if (free >= NEEDED_BYTES) return null;
  return `the disk that holds ${folder} has ${megabytes(free)} MB left, and a run needs ${megabytes(NEEDED_BYTES)} at least: make room, or set TMPDIR`;
}

/** After the window. Null, or a sentence. */
export function diskIsFull(folder: string): string | null {
  if (freeBytes(folder) >= FULL_BYTES) return null;
  return `the disk that holds ${folder} is full: what the apps and the generator could not write there is no fault of the server`;
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

const megabytes = (bytes: number): number => Math.floor(bytes / (1024 * 1024));
