import type { FrameTransport } from './frame-transport.ts';

/**
 * One socket of one game: a player's or a spectator's. A row of the fan-out's table: plain fields, all set once in the constructor so that
 * every socket has the same shape; linked into its game's list. `owner` is whoever opened the socket and hears of its end.
 */
export interface SocketOwner {
  /** The socket fell too far behind, or broke; the owner closes it. Called outside of any list walk. */
  onSlow(): void;
  /** Time to ask whether anybody is there. */
  onHeartbeatDue(): void;
}

export class GameSocket {
  next: GameSocket | null = null;
  previous: GameSocket | null = null;
  attached = false;
  /** A socket that was told to close gets nothing more. */
  failed = false;
  /** The next state frame must stand alone: at first, and after a skip. */
  needsKeyframe = true;
  /** State frames left out since the last one that was written. */
  skippedCount = 0;
  /** Ticks in a row at which the transport was busy. */
  stalledTickCount = 0;
  /** Epoch ms. */
  heartbeatDueAt = Number.POSITIVE_INFINITY;

  readonly game: number;
  /** Row in the arena's player columns, -1 for a spectator. */
  readonly player: number;
  readonly full: boolean;
  readonly transport: FrameTransport;
  readonly owner: SocketOwner;

  constructor(parts: {
    readonly game: number;
    readonly player: number;
    readonly full: boolean;
    readonly transport: FrameTransport;
    readonly owner: SocketOwner;
  }) {
    this.game = parts.game;
    this.player = parts.player;
    this.full = parts.full;
    this.transport = parts.transport;
    this.owner = parts.owner;
  }
}
