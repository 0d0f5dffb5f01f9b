import { HEARTBEAT_MS, type Clock } from '@waymark/base';
import { ERROR_CODES, parseClientText, readMove, TextError, type ErrorName, type Move } from '@waymark/protocol';
import type { WebSocket } from 'ws';
import type { GameSocket, SocketOwner } from '../hot/game-socket.ts';
import { MessageBudget } from './message-budget.ts';
import { closeSocket, sendText } from './play-socket.ts';

/**
 * One accepted WebSocket, from its welcome to its end: reads what the client sends and says whether it is still there. A spectator is a
 * connection whose moves go nowhere. Owns no game state: moves are handed to `moves`, frames are the fan-out's.
 */
export interface MoveHandler {
  /** What is wrong with the move, or null when it was accepted or was too old to matter. `now` is epoch ms. */
  move(connection: Connection, move: Readonly<Move>, now: number): ErrorName | null;
}

export interface ConnectionParts {
  readonly socket: WebSocket;
  readonly clock: Clock;
  /** Null for spectators. */
  readonly moves: MoveHandler | null;
  readonly counts: ConnectionCounts;
  readonly onClosed: (connection: Connection) => void;
}

/** Counters of all connections, for metrics. */
export interface ConnectionCounts {
  moves: number;
  movesRefused: number;
  heartbeatsLost: number;
  rateLimited: number;
  slow: number;
  badFrames: number;
}

export function createConnectionCounts(): ConnectionCounts {
  return { moves: 0, movesRefused: 0, heartbeatsLost: 0, rateLimited: 0, slow: 0, badFrames: 0 };
}

export class Connection implements SocketOwner {
  readonly socket: WebSocket;
  /** Set when the connection is attached to its game. */
  gameSocket: GameSocket | null = null;
  private readonly parts: ConnectionParts;
  private readonly budget: MessageBudget;
  private unansweredPings = 0;

  constructor(parts: ConnectionParts) {
    this.parts = parts;
    this.socket = parts.socket;
    this.budget = new MessageBudget(parts.clock.now());
    this.socket.on('message', (data: Buffer, isBinary: boolean) => this.receive(data, isBinary));
    this.socket.on('pong', () => (this.unansweredPings = 0));
    this.socket.on('close', () => parts.onClosed(this));
  }

  onSlow(): void {
    this.parts.counts.slow += 1;
    closeSocket(this.socket, 'slowConsumer', 'frames were not read in time');
  }

  onHeartbeatDue(): void {
    if (this.unansweredPings >= 2) {
      this.parts.counts.heartbeatsLost += 1;
      closeSocket(this.socket, 'heartbeatLost', `no pong in ${(2 * HEARTBEAT_MS) / 1_000} s`);
      return;
    }
    this.unansweredPings += 1;
    if (this.socket.readyState === this.socket.OPEN) this.socket.ping();
  }

  private receive(data: Buffer, isBinary: boolean): void {
    const now = this.parts.clock.now();
    if (!this.budget.take(now)) {
      this.parts.counts.rateLimited += 1;
      closeSocket(this.socket, 'rateLimited', 'too many messages a second', { retryAfterMs: 1_000 });
      return;
    }
    if (isBinary) this.receiveMove(data, now);
    else this.receiveText(data.toString(), now);
  }

  private receiveMove(data: Buffer, now: number): void {
    const { moves, counts } = this.parts;
    if (moves === null) return this.refuseFrame('a spectator sends no binary messages');
    const fault = readMove(new DataView(data.buffer, data.byteOffset, data.byteLength), 0, data.byteLength, scratch);
    if (fault !== null) return this.refuseFrame(`a binary message is a move of 17 bytes: ${fault}`);
    counts.moves += 1;
    const refused = moves.move(this, scratch, now);
    if (refused === null) return;
    counts.movesRefused += 1;
    this.tellError(refused, scratch.sequence);
  }

  private receiveText(text: string, now: number): void {
    try {
      const { clientTime } = parseClientText(text);
      sendText(this.socket, { type: 'clock', clientTime, serverTime: now });
    } catch (error) {
      if (!(error instanceof TextError)) throw error;
      this.refuseFrame(`the only text message is clock: ${error.message}`);
    }
  }

  /** An error message; the connection stays open. */
  tellError(code: ErrorName, sequence: number, why = ERROR_CODES[code].meaning as string): void {
    sendText(this.socket, { type: 'error', code, message: why, temporary: ERROR_CODES[code].temporary, sequence });
  }

  private refuseFrame(reason: string): void {
    this.parts.counts.badFrames += 1;
    closeSocket(this.socket, 'badFrame', reason);
  }
}

/** Read into by every connection, one message at a time. */
const scratch: Move = { sequence: 0, x: 0, y: 0, z: 0 };
