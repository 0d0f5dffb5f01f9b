import { CLOSE_CODES } from '../close-codes.ts';
import type { CloseName } from '../close-codes.ts';
import { ERROR_CODES } from '../control-messages.ts';
import { encodeFrame } from '../frame-encoder.ts';
import {
  END_REASON,
  EVENT,
  EVENT_TYPE,
  FRAME_KIND,
  GAME_BLOCK,
  GAME_STATUS,
  HEADER,
  MOVE,
  PLAYER,
  REVEAL,
  WAYPOINT,
} from '../frame-layout.ts';
import { readFrame } from '../frame-reader.ts';
import { writeMove } from '../move.ts';
import type { Move } from '../move.ts';
import { toHex } from './hex.ts';
import { invalidFrames } from './invalid-frames.ts';
import { SAMPLE_FRAMES } from './sample-frames.ts';
import { sampleSession } from './sample-session.ts';
import { SAMPLE_TEXTS } from './sample-texts.ts';

/**
 * The contents of libs/protocol/vectors: what any client of waymark.v1, in any language, can test itself against. vectors.spec.ts
 * compares the committed files with these and writes them when asked to. The README beside the files says how to read them.
 */
export function vectorFiles(): ReadonlyMap<string, unknown> {
  return new Map<string, unknown>([
    ['layouts.json', layouts()],
    ['close-codes.json', closeCodes()],
    ['frames.json', frames()],
    ['invalid-frames.json', invalidFrames()],
    ['moves.json', moves()],
    ['texts.json', SAMPLE_TEXTS],
    ['session.json', sampleSession()],
  ]);
}

function layouts(): unknown {
  return {
    records: [HEADER, PLAYER, WAYPOINT, GAME_BLOCK, EVENT, REVEAL, MOVE].map(({ name, bytes, fields }) => ({
      name,
      bytes,
      fields,
    })),
    kinds: FRAME_KIND,
    statuses: GAME_STATUS,
    eventTypes: EVENT_TYPE,
    endReasons: END_REASON,
    errorCodes: ERROR_CODES,
  };
}

function closeCodes(): unknown {
  return (Object.keys(CLOSE_CODES) as CloseName[])
    .map((name) => ({ name, ...CLOSE_CODES[name] }))
    .sort((a, b) => a.code - b.code);
}

function frames(): unknown {
  return SAMPLE_FRAMES.map(({ name, meta, content }) => {
    const bytes = encodeFrame(meta, content);
    return { name, hex: toHex(bytes), frame: readFrame(bytes) };
  });
}

function moves(): unknown {
  const valid: readonly Move[] = [
    { sequence: 1, x: 12.5, y: -3.25, z: 1.5 },
    { sequence: 0xffff_ffff, x: 100_000, y: -100_000, z: 0 },
  ];
  const bytes = moveBytes(valid[0]!);
  const patched = (offset: number, ...values: number[]): string => {
    const copy = bytes.slice();
    copy.set(values, offset);
    return toHex(copy);
  };
  return {
    valid: valid.map((move) => ({ hex: toHex(moveBytes(move)), move })),
    invalid: [
      { name: 'empty', hex: '', fault: 'wrong-size' },
      { name: 'a byte short', hex: toHex(bytes.slice(0, 16)), fault: 'wrong-size' },
      { name: 'a byte more', hex: toHex(bytes) + '00', fault: 'wrong-size' },
      { name: 'kind 2', hex: patched(0, 2), fault: 'unknown-kind' },
      { name: 'x is NaN', hex: patched(MOVE.at.x, 0, 0, 0xc0, 0x7f), fault: 'not-finite' },
      { name: 'y is -Infinity', hex: patched(MOVE.at.y, 0, 0, 0x80, 0xff), fault: 'not-finite' },
    ],
  };
}

function moveBytes(move: Move): Uint8Array {
  const view = new DataView(new ArrayBuffer(MOVE.bytes));
  writeMove(view, 0, move);
  return new Uint8Array(view.buffer);
}
