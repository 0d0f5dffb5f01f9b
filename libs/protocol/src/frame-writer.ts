import { FRAME_BYTES_MAX } from '@waymark/base';

import {
  END_REASON,
  EVENT,
  EVENT_HAS_SENT_AT,
  EVENT_TREASURE,
  EVENT_TYPE,
  FRAME_MAGIC,
  GAME_BLOCK,
  HEADER,
  PLAYER,
  REVEAL,
  WAYPOINT,
} from './frame-layout.ts';
import type { EventPayload } from './frames.ts';
import { writeUtf8 } from './utf8.ts';

/**
 * Writers of frames, called by the tick engine on its hot path. They allocate nothing, check nothing and take plain numbers, which is
 * why some have more parameters than a function should: an options object a record would be the garbage that this design avoids.
 * Offsets are those of the record's first byte. "None" is passed as -1.
 */

const DUE_AT = HEADER.at.dueAt;
const STARTED_AT = GAME_BLOCK.at.startedAt;
const ENDS_AT = GAME_BLOCK.at.endsAt;

/**
 * The 40 bytes in front of every payload. `sentAfterMs` and `skipped` are 0 until patchSentAfterMs and patchSkipped set them.
 * `kind` is a FRAME_KIND, `flags` a GAME_STATUS with FLAG_ bits.
 *
 * Small on purpose, as is writeGameBlock: V8 inlines it into its caller, so the double is never an argument of a call. As one function
 * of 376 bytecodes it was not inlined, and the boxed dueAt made 16 bytes of garbage a frame: 12.8 MB a minute at 2,000 games.
 */
export function writeHeader(
  view: DataView,
  offset: number,
  kind: number,
  flags: number,
  playerCount: number,
  tick: number,
  revision: number,
  sequence: number,
  dueAt: number,
  payloadBytes: number,
): void {
  view.setFloat64(offset + DUE_AT, dueAt, true);
  writeHeaderIntegers(view, offset, kind, flags, playerCount, tick, revision, sequence, payloadBytes);
}

function writeHeaderIntegers(
  view: DataView,
  offset: number,
  kind: number,
  flags: number,
  playerCount: number,
  tick: number,
  revision: number,
  sequence: number,
  payloadBytes: number,
): void {
  view.setUint32(offset + HEADER.at.magic, FRAME_MAGIC, true);
  view.setUint8(offset + HEADER.at.kind, kind);
  view.setUint8(offset + HEADER.at.flags, flags);
  view.setUint16(offset + HEADER.at.playerCount, playerCount, true);
  view.setUint32(offset + HEADER.at.tick, tick, true);
  view.setUint32(offset + HEADER.at.revision, revision, true);
  view.setUint32(offset + HEADER.at.sequence, sequence, true);
  view.setUint32(offset + HEADER.at.payloadBytes, payloadBytes, true);
  view.setFloat32(offset + HEADER.at.sentAfterMs, 0, true);
  view.setUint32(offset + HEADER.at.skipped, 0, true);
}

/** Sets the time from dueAt to the write, just before the frame is handed to its sockets. */
export function patchSentAfterMs(view: DataView, offset: number, sentAfterMs: number): void {
  view.setFloat32(offset + HEADER.at.sentAfterMs, sentAfterMs, true);
}

/** Sets the state frames left out before this one, in a frame that is one socket's own. */
export function patchSkipped(view: DataView, offset: number, skipped: number): void {
  view.setUint32(offset + HEADER.at.skipped, skipped, true);
}

/** The 24 bytes that open a keyframe's payload. Times are epoch ms, 0 when not known; `windowRow` is -1 when there is no window. */
export function writeGameBlock(
  view: DataView,
  offset: number,
  startedAt: number,
  endsAt: number,
  windowCount: number,
  windowRow: number,
  waypointCount: number,
): void {
  view.setFloat64(offset + STARTED_AT, startedAt, true);
  view.setFloat64(offset + ENDS_AT, endsAt, true);
  writeGameBlockIntegers(view, offset, windowCount, windowRow, waypointCount);
}

function writeGameBlockIntegers(
  view: DataView,
  offset: number,
  windowCount: number,
  windowRow: number,
  waypointCount: number,
): void {
  view.setUint16(offset + GAME_BLOCK.at.windowCount, windowCount, true);
  view.setUint16(offset + GAME_BLOCK.at.windowRow, windowRow, true);
  view.setUint32(offset + GAME_BLOCK.at.waypointCount, waypointCount, true);
}

/** 32 bytes of a player. `flags` are PLAYER_ bits; `nextWaypoint` is -1 when there is none. */
export function writePlayerRecord(
  view: DataView,
  offset: number,
  row: number,
  flags: number,
  x: number,
  y: number,
  z: number,
  score: number,
  reachedCount: number,
  nextWaypoint: number,
  moveSequence: number,
): void {
  view.setUint16(offset + PLAYER.at.row, row, true);
  view.setUint8(offset + PLAYER.at.flags, flags);
  view.setUint8(offset + PLAYER.at.zero, 0);
  view.setFloat32(offset + PLAYER.at.x, x, true);
  view.setFloat32(offset + PLAYER.at.y, y, true);
  view.setFloat32(offset + PLAYER.at.z, z, true);
  view.setUint32(offset + PLAYER.at.score, score, true);
  view.setUint32(offset + PLAYER.at.reachedCount, reachedCount, true);
  view.setUint32(offset + PLAYER.at.nextWaypoint, nextWaypoint, true);
  view.setUint32(offset + PLAYER.at.moveSequence, moveSequence, true);
}

/**
 * 24 bytes of a waypoint. `places` is the compiled quest's column (x, y, z, radius of waypoint i at 4i), read in place so that no
 * float is boxed on its way here; `flags` are WAYPOINT_ bits.
 */
export function writeWaypointRecord(
  view: DataView,
  offset: number,
  index: number,
  places: Float32Array,
  points: number,
  flags: number,
): void {
  const place = 4 * index;
  view.setUint32(offset + WAYPOINT.at.index, index, true);
  view.setFloat32(offset + WAYPOINT.at.x, places[place]!, true);
  view.setFloat32(offset + WAYPOINT.at.y, places[place + 1]!, true);
  view.setFloat32(offset + WAYPOINT.at.z, places[place + 2]!, true);
  view.setFloat32(offset + WAYPOINT.at.radius, places[place + 3]!, true);
  view.setUint16(offset + WAYPOINT.at.points, points, true);
  view.setUint8(offset + WAYPOINT.at.flags, flags);
  view.setUint8(offset + WAYPOINT.at.zero, 0);
}

/** Writes the payload of an event frame and returns its bytes. Ids and names within their limits (base) always fit a frame. */
export function writeEventPayload(view: DataView, offset: number, event: EventPayload): number {
  const flags = (event.sentAt === null ? 0 : EVENT_HAS_SENT_AT) | (event.treasure ? EVENT_TREASURE : 0);
  view.setUint8(offset + EVENT.at.type, EVENT_TYPE[event.type]);
  view.setUint8(offset + EVENT.at.flags, flags);
  view.setUint16(offset + EVENT.at.row, event.row ?? -1, true);
  view.setUint32(offset + EVENT.at.waypoint, event.waypoint ?? -1, true);
  view.setUint32(offset + EVENT.at.points, event.points, true);
  view.setUint32(offset + EVENT.at.score, event.score, true);
  view.setFloat64(offset + EVENT.at.sentAt, event.sentAt ?? 0, true);
  view.setFloat64(offset + EVENT.at.position, event.position, true);
  view.setFloat64(offset + EVENT.at.at, event.at, true);
  view.setFloat64(offset + EVENT.at.endsAt, event.endsAt, true);
  view.setUint8(offset + EVENT.at.reason, event.reason === null ? 0 : END_REASON[event.reason]);
  view.setUint8(offset + EVENT.at.zero, 0);
  view.setUint16(offset + EVENT.at.zero2, 0, true);
  const idBytes = writeUtf8(view, offset + EVENT.bytes, event.playerId);
  const nameBytes = writeUtf8(view, offset + EVENT.bytes + idBytes, event.name);
  view.setUint16(offset + EVENT.at.idBytes, idBytes, true);
  view.setUint16(offset + EVENT.at.nameBytes, nameBytes, true);
  return EVENT.bytes + idBytes + nameBytes;
}

/** The 8 bytes that open a reveal's payload. */
export function writeRevealHeader(view: DataView, offset: number, row: number, count: number): void {
  view.setUint16(offset + REVEAL.at.row, row, true);
  view.setUint16(offset + REVEAL.at.count, count, true);
  view.setUint32(offset + REVEAL.at.zero, 0, true);
}

/** Room of one frame behind its header. */
export const PAYLOAD_BYTES_MAX = FRAME_BYTES_MAX - HEADER.bytes;
