/**
 * Is it the disk? Writes to a file that has its size already and syncs, at the rate at which the event store commits under full load, with nothing else
 * going on; prints percentiles, and each sync that took longer than a player would notice.
 *
 *   node loadtest/companion/disk-stalls.ts [--kilobytes 24] [--rate 1250] [--seconds 18]
 */
import { closeSync, fdatasyncSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LagHistogram } from '../measure/lag-histogram.ts';

const { values } = parseArgs({
  options: {
    kilobytes: { type: 'string', default: '24' },
    rate: { type: 'string', default: '1250' },
    seconds: { type: 'string', default: '18' },
  },
});
const FILE_BYTES = 64 * 1024 * 1024;
const STALL_MS = 30;
const block = Buffer.alloc(Number(values.kilobytes) * 1024, 'x');
const directory = mkdtempSync(join(tmpdir(), 'waymark-disk-'));
const file = openSync(join(directory, 'blocks'), 'w');
try {
  for (let offset = 0; offset < FILE_BYTES; offset += block.length) writeSync(file, block, 0, block.length, offset);
  fsyncSync(file);
  const syncs = new LagHistogram();
  const startedAt = performance.now();
  const endsAt = startedAt + Number(values.seconds) * 1_000;
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  for (let count = 0, offset = 0; performance.now() < endsAt; count++) {
    const dueIn = startedAt + (count * 1_000) / Number(values.rate) - performance.now();
    if (dueIn > 0) Atomics.wait(sleeper, 0, 0, dueIn);
    const at = performance.now();
    writeSync(file, block, 0, block.length, offset);
    fdatasyncSync(file);
    const tookMs = performance.now() - at;
    syncs.record(tookMs);
    if (tookMs > STALL_MS)
      console.log(`a stall of ${tookMs.toFixed(0)} ms after ${((at - startedAt) / 1_000).toFixed(1)} s`);
    offset = (offset + block.length) % (FILE_BYTES - block.length);
  }
  const [p50, p99, p999, max] = [0.5, 0.99, 0.999, 1].map((quantile) => syncs.quantile(quantile));
  console.log(JSON.stringify({ count: syncs.count, p50, p99, p999, max }));
} finally {
  closeSync(file);
  rmSync(directory, { recursive: true });
}
