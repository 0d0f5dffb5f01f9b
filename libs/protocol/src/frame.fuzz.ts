import { TextDecoder, TextEncoder } from 'node:util';

import fc from 'fast-check';

import { TextError, parseClientText, parseServerText } from './control-parser.ts';
import type { FrameContent, FrameMeta } from './frame-encoder.ts';
import { encodeFrame, reencodeFrame } from './frame-encoder.ts';
import { FrameError } from './frame-error.ts';
import { FRAME_MAGIC, HEADER } from './frame-layout.ts';
import { FrameScratch, readFrame } from './frame-reader.ts';
import type { EventPayload, PlayerRecord, WaypointRecord } from './frames.ts';
import { toHex } from './golden/hex.ts';
import { SAMPLE_FRAMES, eventOf } from './golden/sample-frames.ts';
import { applyFrame, createHuntState } from './hunt-state.ts';
import { readMove, writeMove } from './move.ts';
import { readUtf8, utf8Bytes, writeUtf8 } from './utf8.ts';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_123);
fc.configureGlobal({ seed: SEED });

const u32 = fc.nat({ max: 0xffff_ffff });
const f32 = fc.float({ noNaN: true, noDefaultInfinity: true });
const time = fc.double({ min: 0, max: 4e12, noNaN: true });
const text = fc.string({ unit: 'grapheme', maxLength: 40 });

const meta: fc.Arbitrary<FrameMeta> = fc.record({
  status: fc.constantFrom('scheduled', 'running', 'paused', 'ended'),
  full: fc.boolean(),
  tick: u32,
  revision: u32,
  dueAt: time,
  sequence: u32,
  sentAfterMs: f32,
  skipped: u32,
});

const player = (row: number): fc.Arbitrary<PlayerRecord> =>
  fc.record({
    row: fc.constant(row),
    present: fc.boolean(),
    connected: fc.boolean(),
    placed: fc.boolean(),
    x: f32,
    y: f32,
    z: f32,
    score: u32,
    reachedCount: u32,
    nextWaypoint: fc.option(fc.nat({ max: 16_383 })),
    moveSequence: u32,
  });
const players = fc
  .uniqueArray(fc.nat({ max: 63 }), { maxLength: 64 })
  .chain((rows) => fc.tuple(...rows.sort((a, b) => a - b).map(player)));
const waypoint: fc.Arbitrary<WaypointRecord> = fc.record({
  index: fc.nat({ max: 16_383 }),
  x: f32,
  y: f32,
  z: f32,
  radius: f32,
  points: fc.nat({ max: 65_535 }),
  treasure: fc.boolean(),
});

const event: fc.Arbitrary<EventPayload> = fc.oneof(
  fc
    .record({ at: time, position: time, sentAt: fc.option(time), endsAt: time })
    .map((fields) => eventOf({ type: 'GameStarted', ...fields })),
  fc
    .record({ row: fc.nat({ max: 63 }), playerId: text, name: text })
    .map((fields) => eventOf({ type: 'PlayerJoined', ...fields })),
  fc
    .record({
      row: fc.nat({ max: 63 }),
      waypoint: fc.nat({ max: 16_383 }),
      points: u32,
      score: u32,
      treasure: fc.boolean(),
      playerId: text,
    })
    .map((fields) => eventOf({ type: 'WaypointReached', ...fields })),
);

const content: fc.Arbitrary<FrameContent> = fc.oneof(
  fc.record({
    kind: fc.constant('keyframe' as const),
    notRecovered: fc.boolean(),
    game: fc.record({
      // 0 on the wire is "not known", so it is not a time that can be said.
      startedAt: fc.option(fc.double({ min: 1, max: 4e12, noNaN: true })),
      endsAt: fc.option(fc.double({ min: 1, max: 4e12, noNaN: true })),
      windowRow: fc.option(fc.nat({ max: 63 })),
      waypointCount: u32,
    }),
    players,
    window: fc.array(waypoint, { maxLength: 64 }),
  }),
  fc.record({ kind: fc.constant('delta' as const), players }),
  fc.record({ kind: fc.constant('event' as const), event }),
  fc.record({
    kind: fc.constant('reveal' as const),
    row: fc.nat({ max: 63 }),
    reset: fc.boolean(),
    entries: fc.array(
      fc.tuple(waypoint, text).map(([record, clue]) => ({ ...record, clue })),
      { maxLength: 12 },
    ),
  }),
);

describe(`frames under fuzzing, seed ${SEED}`, () => {
  it('what is written is what is read, and writing it again gives the same bytes', () => {
    const scratch = new FrameScratch();
    fc.assert(
      fc.property(meta, content, (header, said) => {
        const bytes = encodeFrame(header, said);
        const frame = readFrame(bytes);
        expect(frame).toMatchObject(said.kind === 'keyframe' ? { ...said, window: said.window ?? [] } : said);
        expect(frame.header).toMatchObject(header);
        expect(toHex(reencodeFrame(frame))).toBe(toHex(bytes));
        expect(readFrame(bytes, scratch)).toEqual(frame);
      }),
      { numRuns: 500 },
    );
  });

  it('random bytes are read or are a FrameError, never anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => onlyFrameErrors(bytes)),
      { numRuns: 2_000 },
    );
  });

  it('random bytes behind a header that fits them are read or are a FrameError', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: HEADER.bytes, maxLength: 400 }),
        fc.integer({ min: 1, max: 4 }),
        (bytes, kind) => {
          const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
          view.setUint32(HEADER.at.magic, FRAME_MAGIC, true);
          view.setUint8(HEADER.at.kind, kind);
          view.setUint8(HEADER.at.flags, 1);
          view.setUint16(HEADER.at.playerCount, kind === 2 ? Math.floor((bytes.length - HEADER.bytes) / 32) : 0, true);
          view.setUint32(HEADER.at.payloadBytes, bytes.length - HEADER.bytes, true);
          onlyFrameErrors(bytes);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('one or two changed bytes of a good frame are read or are a FrameError, and the fold takes what is read', () => {
    const samples = SAMPLE_FRAMES.map(({ meta: header, content: said }) => encodeFrame(header, said));
    const change = fc.tuple(fc.nat({ max: 4_095 }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(fc.constantFrom(...samples), fc.array(change, { minLength: 1, maxLength: 2 }), (sample, changes) => {
        const bytes = sample.slice();
        for (const [place, value] of changes) bytes[place % bytes.length] = value;
        onlyFrameErrors(bytes);
      }),
      { numRuns: 5_000 },
    );
  });

  it('moves are what was written', () => {
    const view = new DataView(new ArrayBuffer(17));
    const into = { sequence: 0, x: 0, y: 0, z: 0 };
    fc.assert(
      fc.property(fc.record({ sequence: u32, x: f32, y: f32, z: f32 }), (move) => {
        writeMove(view, 0, move);
        expect(readMove(view, 0, 17, into)).toBeNull();
        expect(into).toEqual(move);
      }),
    );
  });

  it('random text is a message or a TextError', () => {
    const any = fc.oneof(fc.string(), fc.json());
    fc.assert(
      fc.property(any, (said) => {
        for (const parse of [parseClientText, parseServerText])
          try {
            parse(said);
          } catch (error) {
            expect(error).toBeInstanceOf(TextError);
          }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe(`UTF-8 under fuzzing, seed ${SEED}`, () => {
  it('writes what TextEncoder writes, lone surrogates too', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.nat({ max: 0xffff }).map((unit) => String.fromCharCode(unit)) }), (said) => {
        const expected = new TextEncoder().encode(said);
        const view = new DataView(new ArrayBuffer(expected.length));
        expect(utf8Bytes(said)).toBe(expected.length);
        expect(writeUtf8(view, 0, said)).toBe(expected.length);
        expect(toHex(new Uint8Array(view.buffer))).toBe(toHex(expected));
      }),
      { numRuns: 2_000 },
    );
  });

  it('reads what a fatal TextDecoder reads, and refuses what it refuses', () => {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const lead = fc.constantFrom(
      0x41,
      0x7f,
      0x80,
      0xbf,
      0xc0,
      0xc1,
      0xc2,
      0xdf,
      0xe0,
      0xed,
      0xef,
      0xf0,
      0xf4,
      0xf5,
      0x9f,
      0xa0,
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(lead, fc.nat({ max: 255 })), { maxLength: 12 }), (values) => {
        const bytes = Uint8Array.from(values);
        let expected: string | undefined;
        try {
          expected = decoder.decode(bytes);
        } catch {
          expected = undefined;
        }
        expect(readUtf8(new DataView(bytes.buffer), 0, bytes.length)).toBe(expected);
      }),
      { numRuns: 5_000 },
    );
  });
});

function onlyFrameErrors(bytes: Uint8Array): void {
  const state = createHuntState();
  state.synced = true;
  state.revision = 6;
  state.row = 0;
  try {
    applyFrame(state, readFrame(bytes));
  } catch (error) {
    expect(error).toBeInstanceOf(FrameError);
  }
}
