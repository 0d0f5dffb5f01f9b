import type { FrameCounts } from './frame-counts.ts';
import type { Transport } from './frame-transport.ts';

/**
 * One socket of one game: a player's or a spectator's. A row of the fan-out's table: plain fields, all set once in the constructor so that
 * every socket has the same shape; linked into its game's list. `owner` is whoever opened the socket and hears of its end; it may
 * detach the socket in any of these calls.
 */
export interface SocketOwner {
  /** The socket fell too far behind; the owner closes it. `urgent`: what it holds is needed, nobody can wait for a goodbye. */
  onSlow(urgent: boolean): void;
  /** The socket takes nothing any more. */
  onBroken(): void;
  /** Time to ask whether anybody is there. */
  onHeartbeatDue(): void;
}

export class GameSocket {
  next: GameSocket | null = null;
  previous: GameSocket | null = null;
  attached = false;
  /** Given up: it gets nothing more. */
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
  readonly transport: Transport;
  readonly owner: SocketOwner;
  /** Where its frames are counted. */
  readonly counts: FrameCounts;

  constructor(parts: {
    readonly game: number;
    readonly player: number;
    readonly full: boolean;
    readonly transport: Transport;
    readonly owner: SocketOwner;
    readonly counts: FrameCounts;
  }) {
    this.game = parts.game;
    this.player = parts.player;
    this.full = parts.full;
    this.transport = parts.transport;
    this.owner = parts.owner;
    this.counts = parts.counts;
  }
}
