/**
 * The disk's half of the witness, on a thread of its own because it blocks: a small write and fdatasync, twenty times a second, in the file system
 * of the data directory. The longest of each second says whether the disk stalled by itself. Every other write makes a file longer, as the store's WAL
 * grows: that sync waits for the journal of the file system too, which one in place does not (ext4: seen as 155 ms of all commands beside 18 ms here).
 */
import { systemClock } from '@waymark/platform';
import { closeSync, fdatasyncSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';

export interface DiskData {
  readonly directory: string;
  readonly writeBytes: number;
  /** Not 0: stop. */
  readonly bell: Int32Array;
}

export interface DiskSync {
  readonly atMs: number;
  /** Null: it begins. */
  readonly tookMs: number | null;
}

const SYNCS_PER_SECOND = 20;
const FILE_BLOCKS = 256;
const { directory, writeBytes, bell } = workerData as DiskData;
const own = mkdtempSync(join(directory, '.witness-'));
try {
  const blocks = openSync(join(own, 'blocks'), 'w');
  const growing = openSync(join(own, 'growing'), 'w');
  const block = Buffer.alloc(writeBytes, 'w');
  for (let n = 0; n < FILE_BLOCKS; n++) writeSync(blocks, block, 0, writeBytes, n * writeBytes);
  fdatasyncSync(blocks);
  for (let n = 0; Atomics.load(bell, 0) === 0; n++) {
    const [file, place] = [n % 2 === 0 ? blocks : growing, (n >> 1) % FILE_BLOCKS];
    if (file === growing && place === 0) ftruncateSync(growing, 0);
    const atMs = systemClock.now();
    parentPort!.postMessage({ atMs, tookMs: null } satisfies DiskSync);
    try {
      writeSync(file, block, 0, writeBytes, place * writeBytes);
      fdatasyncSync(file);
    } catch (error) {
      // That the disk is full is told by the run; the witness goes on in place.
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      Atomics.wait(bell, 0, 0, 1_000 / SYNCS_PER_SECOND);
      continue;
    }
    const tookMs = systemClock.now() - atMs;
    parentPort!.postMessage({ atMs, tookMs } satisfies DiskSync);
    Atomics.wait(bell, 0, 0, Math.max(1, 1_000 / SYNCS_PER_SECOND - tookMs));
  }
  closeSync(blocks);
  closeSync(growing);
} finally {
  rmSync(own, { recursive: true, force: true });
}
