import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

import { closeAction } from '../close-codes.ts';
import { TextError, parseClientText, parseServerText } from '../control-parser.ts';
import { reencodeFrame } from '../frame-encoder.ts';
import { FrameError } from '../frame-error.ts';
import { readFrame } from '../frame-reader.ts';
import { readMove } from '../move.ts';
import { fromHex, toHex } from './hex.ts';
import { invalidFrames } from './invalid-frames.ts';
import { SAMPLE_FRAMES } from './sample-frames.ts';
import { SAMPLE_TEXTS } from './sample-texts.ts';
import { vectorFiles } from './vectors.ts';

/**
 * The committed vectors are what this library writes and reads. WAYMARK_WRITE_VECTORS=1 writes them anew:
 *   WAYMARK_WRITE_VECTORS=1 NODE_OPTIONS=--experimental-vm-modules node_modules/.bin/node node_modules/.bin/jest libs/protocol/src/golden
 */
const DIRECTORY = new URL('../../vectors/', import.meta.url);

if (process.env['WAYMARK_WRITE_VECTORS'] === '1') {
  mkdirSync(DIRECTORY, { recursive: true });
  for (const [name, content] of vectorFiles()) writeFileSync(new URL(name, DIRECTORY), fileText(content));
}

describe('golden vectors', () => {
  it.each([...vectorFiles().keys()])('%s is what the code makes today', (name) => {
    expect(readFileSync(new URL(name, DIRECTORY), 'utf8')).toBe(fileText(vectorFiles().get(name)));
  });

  const committed = (name: string): unknown => JSON.parse(readFileSync(new URL(name, DIRECTORY), 'utf8'));

  it('FR: every frame decodes to its fields and encodes back to its bytes', () => {
    const frames = committed('frames.json') as { hex: string; frame: object }[];
    expect(frames).toHaveLength(SAMPLE_FRAMES.length);
    for (const { hex, frame } of frames) {
      const read = readFrame(fromHex(hex));
      expect(JSON.parse(JSON.stringify(read))).toEqual(frame);
      expect(toHex(reencodeFrame(read))).toBe(hex);
    }
  });

  it.each(invalidFrames())('FR9: $name is refused as $error at $field', ({ hex, error, field }) => {
    const found = caught(() => readFrame(fromHex(hex)));
    expect(found).toBeInstanceOf(FrameError);
    expect(found).toMatchObject({ code: error, field });
  });

  it('MV: moves decode, and faults are named', () => {
    const moves = committed('moves.json') as {
      valid: { hex: string; move: object }[];
      invalid: { hex: string; fault: string }[];
    };
    const into = { sequence: 0, x: 0, y: 0, z: 0 };
    for (const { hex, move } of moves.valid) {
      const view = new DataView(fromHex(hex).buffer);
      expect(readMove(view, 0, view.byteLength, into)).toBeNull();
      expect(into).toEqual(move);
    }
    for (const { hex, fault } of moves.invalid) {
      const view = new DataView(fromHex(hex).buffer);
      expect(readMove(view, 0, view.byteLength, into)).toBe(fault);
    }
  });

  it('TX: texts parse to their messages', () => {
    for (const { text, message } of SAMPLE_TEXTS.server.valid) expect(parseServerText(text)).toEqual(message);
    for (const { text, message } of SAMPLE_TEXTS.client.valid) expect(parseClientText(text)).toEqual(message);
  });

  it.each(SAMPLE_TEXTS.client.invalid)('TX3: a client text is refused as $error at "$pointer"', (sample) => {
    const found = caught(() => parseClientText(sample.text));
    expect(found).toBeInstanceOf(TextError);
    expect(found).toMatchObject({ code: sample.error, pointer: sample.pointer });
  });

  it.each(SAMPLE_TEXTS.server.invalid)('TX2: a server text is refused as $error at "$pointer"', (sample) => {
    const found = caught(() => parseServerText(sample.text));
    expect(found).toBeInstanceOf(TextError);
    expect(found).toMatchObject({ code: sample.error, pointer: sample.pointer });
  });

  it('TX2: a client passes over fields that it does not know', () => {
    const text = JSON.stringify({ type: 'clock', clientTime: 1, serverTime: 2, leapSecond: true });
    expect(parseServerText(text)).toEqual({ type: 'clock', clientTime: 1, serverTime: 2 });
  });

  it('CL1: whether to retry can be read from the number, but for 4005', () => {
    const codes = committed('close-codes.json') as { code: number; retryable: boolean; action: string }[];
    for (const { code, retryable, action } of codes) {
      expect(retryable).toBe(code < 4500 && code !== 4005);
      expect(closeAction(code)).toBe(action);
    }
  });

  it('CL4: codes of others are taken by their class', () => {
    expect([1001, 1005, 1006, 1011, 1014, 4299].map(closeAction)).toEqual(new Array(6).fill('resume'));
    expect([1000, 1002, 1003, 1007, 1008, 1009, 4599].map(closeAction)).toEqual(new Array(7).fill('stop'));
  });
});

function fileText(content: unknown): string {
  return `${JSON.stringify(content, null, 1)}\n`;
}

function caught(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
