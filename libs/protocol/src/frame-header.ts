import type { GameStatusName } from './frame-layout.ts';
import { FLAG_FULL, FLAG_STATUS_MASK, FRAME_MAGIC, HEADER } from './frame-layout.ts';

/**
 * Single fields of a header, read in place: for load generators and gateways that need a number of each frame and not a decoded frame.
 * They check nothing; isFrame is the cheap question to ask first.
 */

/** Whether the bytes are long enough for a header and begin with the magic. */
export function isFrame(view: DataView, offset = 0): boolean {
  return view.byteLength - offset >= HEADER.bytes && view.getUint32(offset + HEADER.at.magic, true) === FRAME_MAGIC;
}

/** A FRAME_KIND. */
export function headerKind(view: DataView, offset = 0): number {
  return view.getUint8(offset + HEADER.at.kind);
}

export function headerFlags(view: DataView, offset = 0): number {
  return view.getUint8(offset + HEADER.at.flags);
}

export function headerTick(view: DataView, offset = 0): number {
  return view.getUint32(offset + HEADER.at.tick, true);
}

export function headerRevision(view: DataView, offset = 0): number {
  return view.getUint32(offset + HEADER.at.revision, true);
}

/** Epoch ms. */
export function headerDueAt(view: DataView, offset = 0): number {
  return view.getFloat64(offset + HEADER.at.dueAt, true);
}

export function headerSequence(view: DataView, offset = 0): number {
  return view.getUint32(offset + HEADER.at.sequence, true);
}

export function headerPayloadBytes(view: DataView, offset = 0): number {
  return view.getUint32(offset + HEADER.at.payloadBytes, true);
}

export function headerSentAfterMs(view: DataView, offset = 0): number {
  return view.getFloat32(offset + HEADER.at.sentAfterMs, true);
}

export function headerSkipped(view: DataView, offset = 0): number {
  return view.getUint32(offset + HEADER.at.skipped, true);
}

/** A decoded header. */
export interface FrameHeader {
  kind: number;
  flags: number;
  status: GameStatusName;
  /** The frame is of the `full` profile. */
  full: boolean;
  playerCount: number;
  /** Number of the tick period since the gateway started its ticker. */
  tick: number;
  /** Revision of the game's stream that the frame includes; of an event frame, its own. */
  revision: number;
  /** When the tick was due or the event recorded, epoch ms of the server's clock. */
  dueAt: number;
  /** Of the game's shared frames. */
  sequence: number;
  payloadBytes: number;
  /** From dueAt to the write on the server. */
  sentAfterMs: number;
  /** State frames left out for this socket before this one. */
  skipped: number;
}

const STATUS_NAMES: readonly GameStatusName[] = ['scheduled', 'running', 'paused', 'ended'];

export function createFrameHeader(): FrameHeader {
  return {
    kind: 0,
    flags: 0,
    status: 'scheduled',
    full: false,
    playerCount: 0,
    tick: 0,
    revision: 0,
    dueAt: 0,
    sequence: 0,
    payloadBytes: 0,
    sentAfterMs: 0,
    skipped: 0,
  };
}

/** Fills `into` from the 40 bytes at `offset`, unchecked. */
export function readHeader(view: DataView, offset: number, into: FrameHeader): void {
  const flags = headerFlags(view, offset);
  into.kind = headerKind(view, offset);
  into.flags = flags;
  into.status = STATUS_NAMES[flags & FLAG_STATUS_MASK]!;
  into.full = (flags & FLAG_FULL) !== 0;
  into.playerCount = view.getUint16(offset + HEADER.at.playerCount, true);
  into.tick = headerTick(view, offset);
  into.revision = headerRevision(view, offset);
  into.dueAt = headerDueAt(view, offset);
  into.sequence = headerSequence(view, offset);
  into.payloadBytes = headerPayloadBytes(view, offset);
  into.sentAfterMs = headerSentAfterMs(view, offset);
  into.skipped = headerSkipped(view, offset);
}
