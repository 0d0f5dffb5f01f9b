import { encodeFrame } from '../frame-encoder.ts';
import type { FrameErrorCode } from '../frame-error.ts';
import { EVENT, GAME_BLOCK, HEADER, PLAYER, REVEAL, WAYPOINT } from '../frame-layout.ts';
import { ADA, BEN, GAME, META, WELL, eventOf } from './sample-frames.ts';
import { toHex } from './hex.ts';

/** Bytes that a reader must refuse: a good frame with one thing wrong, and the error that a reader of this library gives. */
export interface InvalidFrame {
  readonly name: string;
  readonly hex: string;
  readonly error: FrameErrorCode;
  readonly field: string;
}

export function invalidFrames(): readonly InvalidFrame[] {
  return [...invalidHeaders(), ...invalidStates(), ...invalidEvents(), ...invalidReveals()];
}

const keyframe = (): Uint8Array => encodeFrame(META, { kind: 'keyframe', game: GAME, players: [ADA, BEN] });
const delta = (): Uint8Array => encodeFrame(META, { kind: 'delta', players: [ADA] });
const reached = (): Uint8Array =>
  encodeFrame(META, {
    kind: 'event',
    event: eventOf({ type: 'WaypointReached', row: 0, waypoint: 3, points: 10, score: 40, playerId: 'ada' }),
  });
const reveal = (): Uint8Array => encodeFrame(META, { kind: 'reveal', row: 0, reset: true, entries: [WELL] });

const PAYLOAD = HEADER.bytes;
const NAN_F32 = [0, 0, 0xc0, 0x7f];
const INFINITY_F64 = [0, 0, 0, 0, 0, 0, 0xf0, 0x7f];

function invalidHeaders(): InvalidFrame[] {
  const at = HEADER.at;
  return [
    invalid('nothing at all', new Uint8Array(0), 'truncated', 'header'),
    invalid('a header without its last byte', delta().slice(0, PAYLOAD - 1), 'truncated', 'header'),
    invalid('4,097 bytes', resized(delta(), 4_097), 'oversize', 'frame'),
    invalid(
      'magic in the other byte order',
      patch(delta(), at.magic, 0x31, 0x4b, 0x4d, 0x57),
      'bad-magic',
      'header.magic',
    ),
    invalid('kind 0', patch(delta(), at.kind, 0), 'unknown-kind', 'header.kind'),
    invalid('kind 5', patch(delta(), at.kind, 5), 'unknown-kind', 'header.kind'),
    invalid('a reserved flag', patch(delta(), at.flags, 0x21), 'bad-flags', 'header.flags'),
    invalid('reset on a delta', patch(delta(), at.flags, 0x09), 'bad-flags', 'header.flags'),
    invalid('not-recovered on a delta', patch(delta(), at.flags, 0x11), 'bad-flags', 'header.flags'),
    invalid('payload cut short', delta().slice(0, -1), 'wrong-payload-bytes', 'header.payloadBytes'),
    invalid(
      'payload with a byte more',
      resized(delta(), delta().length + 1),
      'wrong-payload-bytes',
      'header.payloadBytes',
    ),
    invalid(
      'payloadBytes one too small',
      patch(delta(), at.payloadBytes, 31),
      'wrong-payload-bytes',
      'header.payloadBytes',
    ),
    invalid('65 players', patch(delta(), at.playerCount, 65), 'wrong-count', 'header.playerCount'),
    invalid('a player count on an event', patch(reached(), at.playerCount, 1), 'wrong-count', 'header.playerCount'),
    invalid('dueAt infinite', patch(delta(), at.dueAt, ...INFINITY_F64), 'bad-value', 'header.dueAt'),
    invalid('sentAfterMs NaN', patch(delta(), at.sentAfterMs, ...NAN_F32), 'bad-value', 'header.sentAfterMs'),
  ];
}

function invalidStates(): InvalidFrame[] {
  const players = PAYLOAD + GAME_BLOCK.bytes;
  const tooFew = patch(keyframe(), HEADER.at.playerCount, 1);
  return [
    invalid('a keyframe without a whole game block', payloadOf(keyframe(), 23), 'wrong-count', 'game'),
    invalid('fewer players counted than sent', tooFew, 'wrong-count', 'game.windowCount'),
    invalid(
      'a window counted and not sent',
      patch(keyframe(), PAYLOAD + GAME_BLOCK.at.windowCount, 1),
      'wrong-count',
      'game.windowCount',
    ),
    invalid(
      'a window of row 64',
      patch(keyframe(), PAYLOAD + GAME_BLOCK.at.windowRow, 64, 0),
      'bad-value',
      'game.windowRow',
    ),
    invalid(
      'endsAt infinite',
      patch(keyframe(), PAYLOAD + GAME_BLOCK.at.endsAt, ...INFINITY_F64),
      'bad-value',
      'game.endsAt',
    ),
    invalid('rows that do not ascend', patch(keyframe(), players + PLAYER.bytes, 0), 'bad-value', 'players[1].row'),
    invalid(
      'a delta whose count is off',
      patch(delta(), HEADER.at.playerCount, 0),
      'wrong-count',
      'header.playerCount',
    ),
    invalid('row 64', patch(delta(), PAYLOAD + PLAYER.at.row, 64), 'bad-value', 'players[0].row'),
    invalid('a reserved player flag', patch(delta(), PAYLOAD + PLAYER.at.flags, 0x0f), 'bad-value', 'players[0].flags'),
    invalid(
      'a player byte that must be 0',
      patch(delta(), PAYLOAD + PLAYER.at.zero, 1),
      'bad-value',
      'players[0].zero',
    ),
    invalid('x NaN', patch(delta(), PAYLOAD + PLAYER.at.x, ...NAN_F32), 'bad-value', 'players[0].x'),
    invalid(
      'next waypoint 16,384',
      patch(delta(), PAYLOAD + PLAYER.at.nextWaypoint, 0, 0x40),
      'bad-value',
      'players[0].nextWaypoint',
    ),
  ];
}

function invalidEvents(): InvalidFrame[] {
  const at = EVENT.at;
  return [
    invalid('an event shorter than its fixed part', payloadOf(reached(), 55), 'wrong-count', 'event'),
    invalid('event type 0', patch(reached(), PAYLOAD + at.type, 0), 'bad-value', 'event.type'),
    invalid('event type 1, which is never sent', patch(reached(), PAYLOAD + at.type, 1), 'bad-value', 'event.type'),
    invalid('event type 9', patch(reached(), PAYLOAD + at.type, 9), 'bad-value', 'event.type'),
    invalid('a reserved event flag', patch(reached(), PAYLOAD + at.flags, 4), 'bad-value', 'event.flags'),
    invalid('a reach without a row', patch(reached(), PAYLOAD + at.row, 0xff, 0xff), 'bad-value', 'event.row'),
    invalid(
      'a reach without a waypoint',
      patch(reached(), PAYLOAD + at.waypoint, 0xff, 0xff, 0xff, 0xff),
      'bad-value',
      'event.waypoint',
    ),
    invalid('a reason on a reach', patch(reached(), PAYLOAD + at.reason, 1), 'bad-value', 'event.reason'),
    invalid(
      'sentAt without its flag',
      patch(reached(), PAYLOAD + at.sentAt, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f),
      'bad-value',
      'event.sentAt',
    ),
    invalid('an id longer than the payload', patch(reached(), PAYLOAD + at.idBytes, 4), 'wrong-count', 'event.idBytes'),
    invalid(
      'an id that is not UTF-8',
      patch(reached(), PAYLOAD + EVENT.bytes, 0xc0, 0x80),
      'bad-utf8',
      'event.playerId',
    ),
  ];
}

function invalidReveals(): InvalidFrame[] {
  const entry = PAYLOAD + REVEAL.bytes;
  const clue = entry + WAYPOINT.bytes;
  return [
    invalid('a reveal shorter than its fixed part', payloadOf(reveal(), 7), 'wrong-count', 'reveal'),
    invalid('a reveal of row 64', patch(reveal(), PAYLOAD + REVEAL.at.row, 64), 'bad-value', 'reveal.row'),
    invalid(
      'an entry counted and not sent',
      patch(reveal(), PAYLOAD + REVEAL.at.count, 2),
      'wrong-count',
      'reveal.count',
    ),
    invalid(
      'an entry sent and not counted',
      patch(reveal(), PAYLOAD + REVEAL.at.count, 0),
      'wrong-count',
      'reveal.count',
    ),
    invalid('65 entries', patch(reveal(), PAYLOAD + REVEAL.at.count, 65), 'wrong-count', 'reveal.count'),
    invalid('a reveal byte that must be 0', patch(reveal(), PAYLOAD + REVEAL.at.zero, 1), 'bad-value', 'reveal.zero'),
    invalid('waypoint 16,384', patch(reveal(), entry + WAYPOINT.at.index, 0, 0x40), 'bad-value', 'entries[0].index'),
    invalid(
      'a waypoint flag that is reserved',
      patch(reveal(), entry + WAYPOINT.at.flags, 2),
      'bad-value',
      'entries[0].flags',
    ),
    invalid('a radius NaN', patch(reveal(), entry + WAYPOINT.at.radius, ...NAN_F32), 'bad-value', 'entries[0].radius'),
    invalid('a clue longer than the payload', patch(reveal(), clue, 0xff), 'wrong-count', 'entries[0].clueBytes'),
    invalid('a clue with a surrogate', patch(reveal(), clue + 2, 0xed, 0xa0, 0x80), 'bad-utf8', 'entries[0].clue'),
  ];
}

function invalid(name: string, bytes: Uint8Array, error: FrameErrorCode, field: string): InvalidFrame {
  return { name, hex: toHex(bytes), error, field };
}

function patch(bytes: Uint8Array, offset: number, ...values: number[]): Uint8Array {
  bytes.set(values, offset);
  return bytes;
}

function resized(bytes: Uint8Array, length: number): Uint8Array {
  const copy = new Uint8Array(length);
  copy.set(bytes);
  return copy;
}

/** The frame with its payload cut to `bytes`, and payloadBytes saying so. */
function payloadOf(frame: Uint8Array, bytes: number): Uint8Array {
  return patch(frame.slice(0, PAYLOAD + bytes), HEADER.at.payloadBytes, bytes, 0, 0, 0);
}
