import type { FrameHeader } from './frame-header.ts';
import type { EndReasonName, EventTypeName } from './frame-layout.ts';

/** Decoded frames, as readFrame returns them. "None" is null here, whatever number stands for it on the wire. */
export type Frame = KeyframeFrame | DeltaFrame | EventFrame | RevealFrame;

export interface KeyframeFrame {
  readonly kind: 'keyframe';
  readonly header: FrameHeader;
  /** The server could not continue the client's session state: events may be missing before this frame. */
  notRecovered: boolean;
  readonly game: GameBlock;
  /** Every row that ever joined, ascending. */
  readonly players: PlayerRecord[];
  /** Waypoints ahead of `game.windowRow`; empty in the `delta` profile. */
  readonly window: WaypointRecord[];
}

export interface GameBlock {
  /** Epoch ms. */
  startedAt: number | null;
  /** Epoch ms. */
  endsAt: number | null;
  /** Row whose window this is. */
  windowRow: number | null;
  waypointCount: number;
}

export interface DeltaFrame {
  readonly kind: 'delta';
  readonly header: FrameHeader;
  /** Rows that changed since the state frame before, possibly none. */
  readonly players: PlayerRecord[];
}

export interface EventFrame {
  readonly kind: 'event';
  readonly header: FrameHeader;
  readonly event: EventPayload;
}

export interface RevealFrame {
  readonly kind: 'reveal';
  readonly header: FrameHeader;
  readonly row: number;
  /** Forget the window first. */
  readonly reset: boolean;
  readonly entries: RevealEntry[];
}

export interface PlayerRecord {
  row: number;
  /** Joined and not left. */
  present: boolean;
  /** Has a socket. */
  connected: boolean;
  /** Position known; x, y, z are 0 until then. */
  placed: boolean;
  /** Metres. */
  x: number;
  y: number;
  z: number;
  score: number;
  reachedCount: number;
  /** Sequential order: index of the next waypoint; free order: the lowest not reached; null when none is left. */
  nextWaypoint: number | null;
  /** Sequence of the last move that was accepted. */
  moveSequence: number;
}

export interface WaypointRecord {
  /** In the quest, from 0. */
  index: number;
  /** Metres. */
  x: number;
  y: number;
  z: number;
  radius: number;
  points: number;
  treasure: boolean;
}

export interface RevealEntry extends WaypointRecord {
  /** Empty where there is none or the rules do not reveal it yet. */
  clue: string;
}

/** What an event frame says. A writer may reuse one object for all its events; the reader returns a fresh one. */
export interface EventPayload {
  type: EventTypeName;
  /** Row of the player it is about (GameEnded: of the winner), or null. */
  row: number | null;
  /** Index of the waypoint reached, or null. */
  waypoint: number | null;
  /** What the waypoint gave; 0 unless WaypointReached. */
  points: number;
  /** The player's score after it; 0 unless WaypointReached. */
  score: number;
  treasure: boolean;
  /** When the command was sent by its own account (header Waymark-Sent-At), epoch ms; null when it did not say. */
  sentAt: number | null;
  /** Place in the whole log. */
  position: number;
  /** When it happened, epoch ms. */
  at: number;
  /** GameStarted and GameResumed: when the game ends by itself, epoch ms; else 0. */
  endsAt: number;
  /** GameEnded: why; else null. */
  reason: EndReasonName | null;
  /** Of PlayerJoined, PlayerLeft, WaypointReached and a GameEnded with a winner; else ''. */
  playerId: string;
  /** Of PlayerJoined; else ''. */
  name: string;
}
