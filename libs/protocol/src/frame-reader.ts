import { FRAME_BYTES_MAX, PLAYERS_PER_GAME_MAX, WAYPOINTS_MAX, WINDOW_WAYPOINTS_MAX } from '@waymark/base';

import { readEventPayload } from './event-reader.ts';
import { FrameError } from './frame-error.ts';
import type { FrameHeader } from './frame-header.ts';
import { createFrameHeader, readHeader } from './frame-header.ts';
import {
  FLAGS_KNOWN,
  FLAG_NOT_RECOVERED,
  FLAG_RESET,
  FRAME_KIND,
  FRAME_MAGIC,
  GAME_BLOCK,
  HEADER,
  PLAYER,
  PLAYER_CONNECTED,
  PLAYER_FLAGS_KNOWN,
  PLAYER_PLACED,
  PLAYER_PRESENT,
  REVEAL,
  REVEAL_ENTRY_BYTES,
  ROW_NONE,
  WAYPOINT,
  WAYPOINT_FLAGS_KNOWN,
  WAYPOINT_NONE,
  WAYPOINT_TREASURE,
} from './frame-layout.ts';
import type {
  DeltaFrame,
  EventFrame,
  Frame,
  KeyframeFrame,
  PlayerRecord,
  RevealEntry,
  RevealFrame,
  WaypointRecord,
} from './frames.ts';
import { readUtf8 } from './utf8.ts';

/**
 * Bytes to frames, each byte checked: what this returns is exactly what a correct writer can have meant, and all else is a FrameError
 * with its place. State frames can be decoded into a FrameScratch, whose objects are used again for the next frame.
 */

/** Objects that one reader uses again and again. What readFrame returned with it is valid until the next call with it. */
export class FrameScratch {
  readonly header: FrameHeader = createFrameHeader();
  readonly keyframe: KeyframeFrame = {
    kind: 'keyframe',
    header: this.header,
    notRecovered: false,
    game: { startedAt: null, endsAt: null, windowRow: null, waypointCount: 0 },
    players: [],
    window: [],
  };
  readonly delta: DeltaFrame = { kind: 'delta', header: this.header, players: [] };
  /** Record i of whichever frame is read next; grown on first need, to the limits at most. */
  readonly playerPool: PlayerRecord[] = [];
  readonly waypointPool: WaypointRecord[] = [];
}

/**
 * Reads one whole frame. Throws FrameError and nothing else. Without `scratch` the frame is the caller's to keep.
 */
export function readFrame(bytes: Uint8Array | ArrayBuffer, scratch: FrameScratch = new FrameScratch()): Frame {
  const view = ArrayBuffer.isView(bytes)
    ? new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new DataView(bytes);
  const header = checkHeader(view, scratch.header);
  switch (header.kind) {
    case FRAME_KIND.keyframe:
      return readKeyframe(view, scratch);
    case FRAME_KIND.delta:
      return readDelta(view, scratch);
    case FRAME_KIND.event:
      return readEvent(view, header);
    default:
      return readReveal(view, header);
  }
}

function checkHeader(view: DataView, header: FrameHeader): FrameHeader {
  const at = HEADER.at;
  if (view.byteLength < HEADER.bytes) throw new FrameError('truncated', 'header', view.byteLength);
  if (view.byteLength > FRAME_BYTES_MAX) throw new FrameError('oversize', 'frame', FRAME_BYTES_MAX);
  if (view.getUint32(at.magic, true) !== FRAME_MAGIC) throw new FrameError('bad-magic', 'header.magic', at.magic);
  readHeader(view, 0, header);
  if (header.kind < FRAME_KIND.keyframe || header.kind > FRAME_KIND.reveal)
    throw new FrameError('unknown-kind', 'header.kind', at.kind);
  if (!flagsFit(header.kind, header.flags)) throw new FrameError('bad-flags', 'header.flags', at.flags);
  if (header.payloadBytes !== view.byteLength - HEADER.bytes)
    throw new FrameError('wrong-payload-bytes', 'header.payloadBytes', at.payloadBytes);
  const countMax = header.kind <= FRAME_KIND.delta ? PLAYERS_PER_GAME_MAX : 0;
  if (header.playerCount > countMax) throw new FrameError('wrong-count', 'header.playerCount', at.playerCount);
  if (!Number.isFinite(header.dueAt)) throw new FrameError('bad-value', 'header.dueAt', at.dueAt);
  if (!Number.isFinite(header.sentAfterMs)) throw new FrameError('bad-value', 'header.sentAfterMs', at.sentAfterMs);
  return header;
}

function flagsFit(kind: number, flags: number): boolean {
  if ((flags & ~FLAGS_KNOWN) !== 0) return false;
  if ((flags & FLAG_RESET) !== 0 && kind !== FRAME_KIND.reveal) return false;
  return (flags & FLAG_NOT_RECOVERED) === 0 || kind === FRAME_KIND.keyframe;
}

function readKeyframe(view: DataView, scratch: FrameScratch): KeyframeFrame {
  const frame = scratch.keyframe;
  const header = frame.header;
  const block = HEADER.bytes;
  if (header.payloadBytes < GAME_BLOCK.bytes) throw new FrameError('wrong-count', 'game', block);
  const windowCount = view.getUint16(block + GAME_BLOCK.at.windowCount, true);
  const windowRow = view.getUint16(block + GAME_BLOCK.at.windowRow, true);
  const recordBytes = header.playerCount * PLAYER.bytes + windowCount * WAYPOINT.bytes;
  if (windowCount > WINDOW_WAYPOINTS_MAX || GAME_BLOCK.bytes + recordBytes !== header.payloadBytes)
    throw new FrameError('wrong-count', 'game.windowCount', block + GAME_BLOCK.at.windowCount);
  if (windowRow !== ROW_NONE && windowRow >= PLAYERS_PER_GAME_MAX)
    throw new FrameError('bad-value', 'game.windowRow', block + GAME_BLOCK.at.windowRow);
  frame.notRecovered = (header.flags & FLAG_NOT_RECOVERED) !== 0;
  frame.game.startedAt = readTime(view, block + GAME_BLOCK.at.startedAt, 'game.startedAt');
  frame.game.endsAt = readTime(view, block + GAME_BLOCK.at.endsAt, 'game.endsAt');
  frame.game.windowRow = windowRow === ROW_NONE ? null : windowRow;
  frame.game.waypointCount = view.getUint32(block + GAME_BLOCK.at.waypointCount, true);
  let offset = block + GAME_BLOCK.bytes;
  readPlayers(view, offset, header.playerCount, frame.players, scratch.playerPool);
  for (let i = 1; i < frame.players.length; i++)
    if (frame.players[i]!.row <= frame.players[i - 1]!.row)
      throw new FrameError('bad-value', `players[${i}].row`, offset + i * PLAYER.bytes);
  offset += header.playerCount * PLAYER.bytes;
  frame.window.length = windowCount;
  for (let i = 0; i < windowCount; i++) {
    const record = (scratch.waypointPool[i] ??= createWaypointRecord());
    readWaypoint(view, offset, record, 'window', i);
    frame.window[i] = record;
    offset += WAYPOINT.bytes;
  }
  return frame;
}

function readDelta(view: DataView, scratch: FrameScratch): DeltaFrame {
  const frame = scratch.delta;
  if (frame.header.playerCount * PLAYER.bytes !== frame.header.payloadBytes)
    throw new FrameError('wrong-count', 'header.playerCount', HEADER.at.playerCount);
  readPlayers(view, HEADER.bytes, frame.header.playerCount, frame.players, scratch.playerPool);
  return frame;
}

function readEvent(view: DataView, header: FrameHeader): EventFrame {
  return { kind: 'event', header, event: readEventPayload(view, HEADER.bytes, header.payloadBytes) };
}

function readReveal(view: DataView, header: FrameHeader): RevealFrame {
  const start = HEADER.bytes;
  if (header.payloadBytes < REVEAL.bytes) throw new FrameError('wrong-count', 'reveal', start);
  const row = view.getUint16(start + REVEAL.at.row, true);
  const count = view.getUint16(start + REVEAL.at.count, true);
  if (row >= PLAYERS_PER_GAME_MAX) throw new FrameError('bad-value', 'reveal.row', start + REVEAL.at.row);
  if (count > WINDOW_WAYPOINTS_MAX) throw new FrameError('wrong-count', 'reveal.count', start + REVEAL.at.count);
  if (view.getUint32(start + REVEAL.at.zero, true) !== 0)
    throw new FrameError('bad-value', 'reveal.zero', start + REVEAL.at.zero);
  const entries: RevealEntry[] = [];
  let offset = start + REVEAL.bytes;
  for (let i = 0; i < count; i++) {
    if (offset + REVEAL_ENTRY_BYTES > view.byteLength)
      throw new FrameError('wrong-count', 'reveal.count', start + REVEAL.at.count);
    const entry: RevealEntry = { ...createWaypointRecord(), clue: '' };
    readWaypoint(view, offset, entry, 'entries', i);
    const clueBytes = view.getUint16(offset + WAYPOINT.bytes, true);
    offset += REVEAL_ENTRY_BYTES;
    if (offset + clueBytes > view.byteLength)
      throw new FrameError('wrong-count', `entries[${i}].clueBytes`, offset - REVEAL_ENTRY_BYTES + WAYPOINT.bytes);
    const clue = readUtf8(view, offset, clueBytes);
    if (clue === undefined) throw new FrameError('bad-utf8', `entries[${i}].clue`, offset);
    entry.clue = clue;
    entries.push(entry);
    offset += clueBytes;
  }
  if (offset !== view.byteLength) throw new FrameError('wrong-count', 'reveal.count', start + REVEAL.at.count);
  return { kind: 'reveal', header, row, reset: (header.flags & FLAG_RESET) !== 0, entries };
}

function readPlayers(view: DataView, start: number, count: number, into: PlayerRecord[], pool: PlayerRecord[]): void {
  into.length = count;
  for (let i = 0; i < count; i++) {
    const record = (pool[i] ??= createPlayerRecord());
    readPlayer(view, start + i * PLAYER.bytes, record, i);
    into[i] = record;
  }
}

function readPlayer(view: DataView, offset: number, into: PlayerRecord, number: number): void {
  const at = PLAYER.at;
  const row = view.getUint16(offset + at.row, true);
  const flags = view.getUint8(offset + at.flags);
  if (row >= PLAYERS_PER_GAME_MAX) throw playerError(number, 'row', offset);
  if ((flags & ~PLAYER_FLAGS_KNOWN) !== 0) throw playerError(number, 'flags', offset);
  if (view.getUint8(offset + at.zero) !== 0) throw playerError(number, 'zero', offset);
  into.row = row;
  into.present = (flags & PLAYER_PRESENT) !== 0;
  into.connected = (flags & PLAYER_CONNECTED) !== 0;
  into.placed = (flags & PLAYER_PLACED) !== 0;
  into.x = view.getFloat32(offset + at.x, true);
  into.y = view.getFloat32(offset + at.y, true);
  into.z = view.getFloat32(offset + at.z, true);
  if (!Number.isFinite(into.x)) throw playerError(number, 'x', offset);
  if (!Number.isFinite(into.y)) throw playerError(number, 'y', offset);
  if (!Number.isFinite(into.z)) throw playerError(number, 'z', offset);
  into.score = view.getUint32(offset + at.score, true);
  into.reachedCount = view.getUint32(offset + at.reachedCount, true);
  const next = view.getUint32(offset + at.nextWaypoint, true);
  if (next !== WAYPOINT_NONE && next >= WAYPOINTS_MAX) throw playerError(number, 'nextWaypoint', offset);
  into.nextWaypoint = next === WAYPOINT_NONE ? null : next;
  into.moveSequence = view.getUint32(offset + at.moveSequence, true);
}

/** Built only when it is thrown: the field's name costs a string. */
function playerError(number: number, field: keyof typeof PLAYER.at, offset: number): FrameError {
  return new FrameError('bad-value', `players[${number}].${field}`, offset + PLAYER.at[field]);
}

function readWaypoint(view: DataView, offset: number, into: WaypointRecord, list: string, number: number): void {
  const at = WAYPOINT.at;
  const flags = view.getUint8(offset + at.flags);
  into.index = view.getUint32(offset + at.index, true);
  into.x = view.getFloat32(offset + at.x, true);
  into.y = view.getFloat32(offset + at.y, true);
  into.z = view.getFloat32(offset + at.z, true);
  into.radius = view.getFloat32(offset + at.radius, true);
  into.points = view.getUint16(offset + at.points, true);
  into.treasure = (flags & WAYPOINT_TREASURE) !== 0;
  const wrong = wrongWaypointField(into, flags, view.getUint8(offset + at.zero));
  if (wrong !== null) throw new FrameError('bad-value', `${list}[${number}].${wrong}`, offset + at[wrong]);
}

function wrongWaypointField(record: WaypointRecord, flags: number, zero: number): keyof typeof WAYPOINT.at | null {
  if (record.index >= WAYPOINTS_MAX) return 'index';
  if (!Number.isFinite(record.x)) return 'x';
  if (!Number.isFinite(record.y)) return 'y';
  if (!Number.isFinite(record.z)) return 'z';
  if (!Number.isFinite(record.radius)) return 'radius';
  if ((flags & ~WAYPOINT_FLAGS_KNOWN) !== 0) return 'flags';
  return zero === 0 ? null : 'zero';
}

/** A time of the game block: 0 on the wire is "not known". */
function readTime(view: DataView, offset: number, field: string): number | null {
  const value = view.getFloat64(offset, true);
  if (!Number.isFinite(value)) throw new FrameError('bad-value', field, offset);
  return value === 0 ? null : value;
}

function createPlayerRecord(): PlayerRecord {
  return {
    row: 0,
    present: false,
    connected: false,
    placed: false,
    x: 0,
    y: 0,
    z: 0,
    score: 0,
    reachedCount: 0,
    nextWaypoint: null,
    moveSequence: 0,
  };
}

function createWaypointRecord(): WaypointRecord {
  return { index: 0, x: 0, y: 0, z: 0, radius: 0, points: 0, treasure: false };
}
