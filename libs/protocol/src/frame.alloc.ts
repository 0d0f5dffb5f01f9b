import { FRAME_BYTES_MAX } from '@waymark/base';

import { FRAME_KIND, GAME_BLOCK, GAME_STATUS, HEADER, PLAYER, WAYPOINT } from './frame-layout.ts';
import { FrameScratch, readFrame } from './frame-reader.ts';
import {
  patchSentAfterMs,
  patchSkipped,
  writeGameBlock,
  writeHeader,
  writePlayerRecord,
  writeWaypointRecord,
} from './frame-writer.ts';
import { applyFrame, createHuntState } from './hunt-state.ts';

/**
 * Run as a process of its own with --expose-gc. Writing frames from columns allocates nothing; reading them into a scratch and folding
 * them allocates the DataView of each message and nothing that grows with the frame. Fails with exit code 1.
 */
/** Few enough that no scavenge hides the garbage that a frame makes. */
const FRAMES_WRITTEN = 10_000;
const FRAMES_READ = 2_000;
const WARM_UP_FRAMES = 60_000;
const WRITE_BYTES_MAX = 64 * 1024;
/** The typed array that a message comes in and the DataView over it: 224 bytes. */
const READ_BYTES_PER_FRAME_MAX = 400;

const PLAYERS = 8;
const WINDOW = 64;
const columns = {
  x: new Float32Array(PLAYERS).fill(1.25),
  score: new Uint32Array(PLAYERS).fill(30),
  startedAt: new Float64Array(1).fill(1_795_435_200_000.5),
};
const places = new Float32Array(4 * WINDOW).fill(2.5);
const context = { dueAt: 1_795_435_200_000.5, number: 0 };
const view = new DataView(new ArrayBuffer(FRAME_BYTES_MAX));

/** As an encoder does it: everything out of typed arrays and one context. Returns the bytes of the frame. */
function writeFullFrame(number: number): number {
  context.dueAt += 150.125;
  context.number = number;
  const payloadBytes = GAME_BLOCK.bytes + PLAYERS * PLAYER.bytes + WINDOW * WAYPOINT.bytes;
  writeStateHeader(payloadBytes);
  const { startedAt } = columns;
  writeGameBlock(view, HEADER.bytes, startedAt[0]!, startedAt[0]!, WINDOW, 0, WINDOW);
  let offset = HEADER.bytes + GAME_BLOCK.bytes;
  for (let row = 0; row < PLAYERS; row++) {
    writePlayer(row, offset);
    offset += PLAYER.bytes;
  }
  for (let index = 0; index < WINDOW; index++) {
    writeWaypointRecord(view, offset, index, places, 10, 0);
    offset += WAYPOINT.bytes;
  }
  patchSentAfterMs(view, 0, context.dueAt % 1);
  patchSkipped(view, 0, 0);
  return offset;
}

function writeStateHeader(payloadBytes: number): void {
  const { dueAt, number } = context;
  writeHeader(view, 0, FRAME_KIND.keyframe, GAME_STATUS.running, PLAYERS, number, 7, number, dueAt, payloadBytes);
}

function writePlayer(row: number, offset: number): void {
  const { x, score } = columns;
  x[row]! += 0.125;
  writePlayerRecord(view, offset, row, 7, x[row]!, x[row]!, x[row]!, score[row]!, 3, -1, context.number);
}

const scratch = new FrameScratch();
const state = createHuntState();
state.row = 0;
const bytes = new Uint8Array(view.buffer);

function readAndFold(number: number): void {
  const length = writeFullFrame(number);
  const outcome = applyFrame(state, readFrame(bytes.subarray(0, length), scratch));
  if (outcome !== 'applied') throw new Error(`frame ${number} was not applied: ${outcome}`);
}

function grown(work: (number: number) => void, from: number, frames: number): number {
  const collect = (globalThis as { gc?: () => void }).gc;
  if (collect === undefined) throw new Error('run with --expose-gc');
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let number = from; number < from + frames; number++) work(number);
  return process.memoryUsage().heapUsed - before;
}

/** Long enough for the compiler to have settled: numbers are boxed in the code that it has not optimised yet. */
for (let number = 1; number <= WARM_UP_FRAMES; number++) readAndFold(number);
const written = grown(writeFullFrame, 1, FRAMES_WRITTEN);
const read = grown(readAndFold, 1 + WARM_UP_FRAMES, FRAMES_READ);

process.stdout.write(`${FRAMES_WRITTEN} frames written: ${written} bytes in all (limit ${WRITE_BYTES_MAX})\n`);
process.stdout.write(
  `frames read and folded: ${Math.round(read / FRAMES_READ)} bytes each (limit ${READ_BYTES_PER_FRAME_MAX})\n`,
);
if (written > WRITE_BYTES_MAX || read > READ_BYTES_PER_FRAME_MAX * FRAMES_READ) process.exitCode = 1;
