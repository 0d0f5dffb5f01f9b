import { FRAME_BYTES_MAX, assert } from '@waymark/base';

import {
  FLAG_FULL,
  FLAG_NOT_RECOVERED,
  FLAG_RESET,
  FRAME_KIND,
  GAME_BLOCK,
  GAME_STATUS,
  HEADER,
  PLAYER,
  PLAYER_CONNECTED,
  PLAYER_PLACED,
  PLAYER_PRESENT,
  REVEAL,
  REVEAL_ENTRY_BYTES,
  WAYPOINT,
  WAYPOINT_TREASURE,
} from './frame-layout.ts';
import type { GameStatusName } from './frame-layout.ts';
import {
  patchSentAfterMs,
  patchSkipped,
  writeEventPayload,
  writeGameBlock,
  writeHeader,
  writePlayerRecord,
  writeRevealHeader,
} from './frame-writer.ts';
import type { EventPayload, Frame, GameBlock, PlayerRecord, RevealEntry, WaypointRecord } from './frames.ts';
import { writeUtf8 } from './utf8.ts';

/**
 * Whole frames from plain objects: the readable way to make one, for golden vectors, fake servers and tests. The tick engine does not
 * come here; it writes records from its columns (frame-writer.ts).
 */

/** The parts of a header that the payload does not decide. */
export interface FrameMeta {
  readonly status?: GameStatusName;
  readonly full?: boolean;
  readonly tick: number;
  readonly revision: number;
  readonly dueAt: number;
  readonly sequence: number;
  readonly sentAfterMs?: number;
  readonly skipped?: number;
}

/** What one frame says. */
export type FrameContent =
  | {
      readonly kind: 'keyframe';
      readonly notRecovered?: boolean;
      readonly game: Readonly<GameBlock>;
      readonly players: readonly PlayerRecord[];
      readonly window?: readonly WaypointRecord[];
    }
  | { readonly kind: 'delta'; readonly players: readonly PlayerRecord[] }
  | { readonly kind: 'event'; readonly event: EventPayload }
  | {
      readonly kind: 'reveal';
      readonly row: number;
      readonly reset?: boolean;
      readonly entries: readonly RevealEntry[];
    };

/** The bytes of a frame. Content that does not fit 4,096 bytes is the caller's mistake and throws. */
export function encodeFrame(meta: FrameMeta, content: FrameContent): Uint8Array {
  const view = new DataView(new ArrayBuffer(FRAME_BYTES_MAX));
  const players = content.kind === 'keyframe' || content.kind === 'delta' ? content.players.length : 0;
  const payloadBytes = writePayload(view, HEADER.bytes, content);
  const flags = GAME_STATUS[meta.status ?? 'running'] | (meta.full === true ? FLAG_FULL : 0) | contentFlags(content);
  const kind = FRAME_KIND[content.kind];
  const { tick, revision, sequence, dueAt } = meta;
  writeHeader(view, 0, kind, flags, players, tick, revision, sequence, dueAt, payloadBytes);
  patchSentAfterMs(view, 0, meta.sentAfterMs ?? 0);
  patchSkipped(view, 0, meta.skipped ?? 0);
  return new Uint8Array(view.buffer, 0, HEADER.bytes + payloadBytes);
}

/** A decoded frame back to its bytes. */
export function reencodeFrame(frame: Frame): Uint8Array {
  return encodeFrame(frame.header, frame);
}

function contentFlags(content: FrameContent): number {
  if (content.kind === 'keyframe') return content.notRecovered === true ? FLAG_NOT_RECOVERED : 0;
  if (content.kind === 'reveal') return content.reset === true ? FLAG_RESET : 0;
  return 0;
}

function writePayload(view: DataView, start: number, content: FrameContent): number {
  switch (content.kind) {
    case 'keyframe': {
      const { game, window = [] } = content;
      const { startedAt, endsAt, windowRow, waypointCount } = game;
      assertFits(GAME_BLOCK.bytes + content.players.length * PLAYER.bytes + window.length * WAYPOINT.bytes);
      writeGameBlock(view, start, startedAt ?? 0, endsAt ?? 0, window.length, windowRow ?? -1, waypointCount);
      let offset = start + GAME_BLOCK.bytes;
      for (const player of content.players) offset += writePlayer(view, offset, player);
      for (const waypoint of window) offset += writeWaypoint(view, offset, waypoint);
      return offset - start;
    }
    case 'delta': {
      assertFits(content.players.length * PLAYER.bytes);
      let offset = start;
      for (const player of content.players) offset += writePlayer(view, offset, player);
      return offset - start;
    }
    case 'event':
      return writeEventPayload(view, start, content.event);
    case 'reveal': {
      writeRevealHeader(view, start, content.row, content.entries.length);
      let offset = start + REVEAL.bytes;
      for (const entry of content.entries) {
        writeWaypoint(view, offset, entry);
        const clueBytes = writeUtf8(view, offset + REVEAL_ENTRY_BYTES, entry.clue);
        view.setUint16(offset + WAYPOINT.bytes, clueBytes, true);
        offset += REVEAL_ENTRY_BYTES + clueBytes;
      }
      return offset - start;
    }
  }
}

function writePlayer(view: DataView, offset: number, player: PlayerRecord): number {
  const flags =
    (player.present ? PLAYER_PRESENT : 0) |
    (player.connected ? PLAYER_CONNECTED : 0) |
    (player.placed ? PLAYER_PLACED : 0);
  const { row, x, y, z, score, reachedCount, nextWaypoint, moveSequence } = player;
  writePlayerRecord(view, offset, row, flags, x, y, z, score, reachedCount, nextWaypoint ?? -1, moveSequence);
  return PLAYER.bytes;
}

function writeWaypoint(view: DataView, offset: number, waypoint: WaypointRecord): number {
  view.setUint32(offset + WAYPOINT.at.index, waypoint.index, true);
  view.setFloat32(offset + WAYPOINT.at.x, waypoint.x, true);
  view.setFloat32(offset + WAYPOINT.at.y, waypoint.y, true);
  view.setFloat32(offset + WAYPOINT.at.z, waypoint.z, true);
  view.setFloat32(offset + WAYPOINT.at.radius, waypoint.radius, true);
  view.setUint16(offset + WAYPOINT.at.points, waypoint.points, true);
  view.setUint8(offset + WAYPOINT.at.flags, waypoint.treasure ? WAYPOINT_TREASURE : 0);
  view.setUint8(offset + WAYPOINT.at.zero, 0);
  return WAYPOINT.bytes;
}

function assertFits(payloadBytes: number): void {
  assert(HEADER.bytes + payloadBytes <= FRAME_BYTES_MAX, 'the content fits one frame');
}
