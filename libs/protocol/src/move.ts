import { COORDINATE_ABS_MAX_M } from '@waymark/base';

import { MOVE, MOVE_KIND } from './frame-layout.ts';

/** The one binary message of a client (rules MV), and the speed rule that the gateway applies and a client can keep. */
export interface Move {
  /** Grows with each move of a connection. */
  sequence: number;
  /** Metres. */
  x: number;
  y: number;
  z: number;
}

/** Why bytes are not a move; the socket is closed with 4500. */
export type MoveFault = 'wrong-size' | 'unknown-kind' | 'not-finite';

/** Time without moves that counts towards the distance of those that follow. */
export const MOVE_REST_MS_MAX = 60_000;
/** Lent to a player on top of the time that has passed, so that network jitter does not make an honest move too fast. */
export const MOVE_GRACE_MS = 250;
/** Over the allowed distance, for rounding to float32 and clocks that run fast. */
export const MOVE_TOLERANCE = 1.05;

/** Writes the 17 bytes of a move. */
export function writeMove(view: DataView, offset: number, move: Readonly<Move>): void {
  view.setUint8(offset + MOVE.at.kind, MOVE_KIND);
  view.setUint32(offset + MOVE.at.sequence, move.sequence, true);
  view.setFloat32(offset + MOVE.at.x, move.x, true);
  view.setFloat32(offset + MOVE.at.y, move.y, true);
  view.setFloat32(offset + MOVE.at.z, move.z, true);
}

/** Reads the message of `bytes` bytes at `offset` into `into`. Returns what is wrong with it, or null; `into` is valid only then. */
export function readMove(view: DataView, offset: number, bytes: number, into: Move): MoveFault | null {
  if (bytes !== MOVE.bytes) return 'wrong-size';
  if (view.getUint8(offset + MOVE.at.kind) !== MOVE_KIND) return 'unknown-kind';
  into.sequence = view.getUint32(offset + MOVE.at.sequence, true);
  into.x = view.getFloat32(offset + MOVE.at.x, true);
  into.y = view.getFloat32(offset + MOVE.at.y, true);
  into.z = view.getFloat32(offset + MOVE.at.z, true);
  // The sum of finite floats of this size cannot overflow a double, so one test answers for all three.
  return Number.isFinite(into.x + into.y + into.z) ? null : 'not-finite';
}

/** Whether the place is inside the world; outside it the answer is the error move-out-of-bounds. */
export function isInBounds(move: Readonly<Move>): boolean {
  const max = COORDINATE_ABS_MAX_M;
  return Math.abs(move.x) <= max && Math.abs(move.y) <= max && Math.abs(move.z) <= max;
}

/** Metres that a player may cover who has `elapsedMs` of time left; past that the answer is the error move-too-fast. */
export function moveDistanceMaxM(maxSpeedMPerS: number, elapsedMs: number): number {
  const restMs = Math.min(Math.max(elapsedMs, 0), MOVE_REST_MS_MAX);
  return (maxSpeedMPerS * (restMs + MOVE_GRACE_MS) * MOVE_TOLERANCE) / 1_000;
}
