import { encodeFrame } from './frame-encoder.ts';
import {
  headerDueAt,
  headerFlags,
  headerKind,
  headerPayloadBytes,
  headerRevision,
  headerSentAfterMs,
  headerSequence,
  headerSkipped,
  headerTick,
  isFrame,
} from './frame-header.ts';
import { FLAG_FULL, FRAME_KIND, GAME_STATUS, HEADER, PLAYER, WAYPOINT } from './frame-layout.ts';
import { FrameScratch, readFrame } from './frame-reader.ts';
import { patchSentAfterMs, patchSkipped, writeHeader, writePlayerRecord, writeWaypointRecord } from './frame-writer.ts';
import { ADA, BEN, GAME, META } from './golden/sample-frames.ts';
import { fromHex, toHex } from './golden/hex.ts';

/** Bytes written down by hand from the tables of docs/protocol.md, so that writer and reader cannot be wrong together. */
const DELTA_BY_HAND = [
  '574d4b31', // magic
  '02', // delta
  '05', // running, full profile
  '0100', // one player
  '04030201', // tick 0x01020304
  '07000000', // revision 7
  '000000000000f03f', // due at 1.0
  'ef010000', // sequence 495
  '20000000', // 32 bytes follow
  '0000803e', // sent 0.25 ms after
  '02000000', // two skipped
  '0300', // row 3
  '07', // present, connected, placed
  '00',
  '00004841', // x 12.5
  '000050c0', // y -3.25
  '0000c03f', // z 1.5
  '1e000000', // score 30
  '03000000', // reached 3
  'ffffffff', // no next waypoint
  '2a000000', // move 42
].join('');

describe('frames', () => {
  it('FR1: the bytes are those of the tables', () => {
    const view = new DataView(new ArrayBuffer(HEADER.bytes + PLAYER.bytes));
    writeHeader(view, 0, FRAME_KIND.delta, GAME_STATUS.running | FLAG_FULL, 1, 0x01020304, 7, 495, 1, PLAYER.bytes);
    patchSentAfterMs(view, 0, 0.25);
    patchSkipped(view, 0, 2);
    writePlayerRecord(view, HEADER.bytes, 3, 7, 12.5, -3.25, 1.5, 30, 3, -1, 42);
    expect(toHex(new Uint8Array(view.buffer))).toBe(DELTA_BY_HAND);
    const frame = readFrame(fromHex(DELTA_BY_HAND));
    expect(frame).toMatchObject({
      kind: 'delta',
      header: { status: 'running', full: true, tick: 0x01020304, revision: 7, dueAt: 1, sequence: 495, skipped: 2 },
      players: [
        { row: 3, x: 12.5, y: -3.25, z: 1.5, score: 30, reachedCount: 3, nextWaypoint: null, moveSequence: 42 },
      ],
    });
  });

  it('FR1: a header alone can be read in place, at any offset', () => {
    const bytes = new Uint8Array(100);
    bytes.set(fromHex(DELTA_BY_HAND), 5);
    const view = new DataView(bytes.buffer);
    expect(isFrame(view, 5)).toBe(true);
    expect(isFrame(view, 4)).toBe(false);
    expect(isFrame(view, 70)).toBe(false);
    expect(headerKind(view, 5)).toBe(2);
    expect(headerFlags(view, 5)).toBe(5);
    expect(headerTick(view, 5)).toBe(0x01020304);
    expect(headerRevision(view, 5)).toBe(7);
    expect(headerDueAt(view, 5)).toBe(1);
    expect(headerSequence(view, 5)).toBe(495);
    expect(headerPayloadBytes(view, 5)).toBe(32);
    expect(headerSentAfterMs(view, 5)).toBe(0.25);
    expect(headerSkipped(view, 5)).toBe(2);
  });

  it('FR1: a frame is read where it lies, from a view into a larger buffer or from an ArrayBuffer', () => {
    const bytes = fromHex(DELTA_BY_HAND);
    const larger = new Uint8Array(bytes.length + 7);
    larger.set(bytes, 3);
    expect(readFrame(larger.subarray(3, 3 + bytes.length))).toEqual(readFrame(bytes));
    expect(readFrame(bytes.slice().buffer)).toEqual(readFrame(bytes));
  });

  it('FR2, FR6: a waypoint is taken from the quest columns', () => {
    const places = Float32Array.of(0, 0, 0, 1, 20, -4.5, 1.75, 5);
    const view = new DataView(new ArrayBuffer(WAYPOINT.bytes));
    writeWaypointRecord(view, 0, 1, places, 10, 1);
    expect(toHex(new Uint8Array(view.buffer))).toBe('010000000000a041000090c00000e03f0000a0400a000100');
  });

  it('a scratch is used again: the frame before is overwritten, and neither longer nor shorter than it was sent', () => {
    const scratch = new FrameScratch();
    const first = readFrame(encodeFrame(META, { kind: 'keyframe', game: GAME, players: [ADA, BEN] }), scratch);
    const second = readFrame(encodeFrame(META, { kind: 'keyframe', game: GAME, players: [BEN] }), scratch);
    expect(second).toBe(first);
    expect(second).toMatchObject({ players: [BEN] });
    const third = readFrame(encodeFrame(META, { kind: 'keyframe', game: GAME, players: [ADA, BEN] }), scratch);
    expect(third).toMatchObject({ players: [ADA, BEN] });
  });
});
