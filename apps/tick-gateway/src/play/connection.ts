import { HEARTBEAT_MS, type Clock } from '@waymark/base';
import {
  ERROR_CODES,
  parseClientText,
  readMove,
  TextError,
  type CloseName,
  type ErrorName,
  type Move,
} from '@waymark/protocol';
import type { WebSocket } from 'ws';
import type { GameSocket, SocketOwner } from '../hot/game-socket.ts';
import { MessageBudget } from './message-budget.ts';
import { closeSocket, sendText, type CloseDetails } from './play-socket.ts';

/**
 * One WebSocket, from its upgrade to its end: reads what the client sends and says whether it is still there. A spectator is a
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
  /** No frame may be written after this: the close frame is next. `name` is null when the ws library closes, for bytes that are no WebSocket. */
  readonly onEnding: (connection: Connection, name: CloseName | null) => void;
  readonly onClosed: (connection: Connection) => void;
}

/** Counters of all connections, for metrics. */
export interface ConnectionCounts {
  moves: number;
  movesRefused: number;
}

export class Connection implements SocketOwner {
  readonly socket: WebSocket;
  /** While the connection is attached to its game. */
  gameSocket: GameSocket | null = null;
  /** The welcome is always the first message (rule HS5): until then the client is answered nothing. */
  isWelcomed = false;
  /** The gateway's own watcher (wiring/canary.ts): in no count. */
  isCanary = false;
  private readonly parts: ConnectionParts;
  private readonly budget: MessageBudget;
  private unansweredPings = 0;

  constructor(parts: ConnectionParts) {
    this.parts = parts;
    this.socket = parts.socket;
    this.budget = new MessageBudget(parts.clock.now());
    this.socket.on('message', (data: Buffer, isBinary: boolean) => this.receive(data, isBinary));
    this.socket.on('ping', () => this.spend(parts.clock.now()));
    this.socket.on('pong', () => this.receivePong());
    this.socket.on('error', () => parts.onEnding(this, null));
    this.socket.on('close', () => parts.onClosed(this));
  }

  get isOpen(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  onSlow(urgent: boolean): void {
    this.end('slowConsumer', 'frames were not read in time');
    if (urgent) this.socket.terminate();
  }

  /** Either the connection is closing already, or nobody is there to say goodbye to. */
  onBroken(): void {
    if (this.isOpen) this.socket.terminate();
  }

  onHeartbeatDue(): void {
    if (this.unansweredPings >= 2) return this.end('heartbeatLost', `no pong in ${(2 * HEARTBEAT_MS) / 1_000} s`);
    this.unansweredPings += 1;
    if (this.isOpen) this.socket.ping();
  }

  /** Says bye and closes; no frame comes after it. Nothing happens when it is closing already. */
  end(name: CloseName, reason: string, details: CloseDetails = {}): void {
    if (!this.isOpen) return;
    this.parts.onEnding(this, name);
    closeSocket(this.socket, name, reason, details);
  }

  /** An error message; the connection stays open. `sequence` is that of the move which it answers, negative for none of this connection. */
  tellError(code: ErrorName, sequence: number, why: string = ERROR_CODES[code].meaning): void {
    const { temporary } = ERROR_CODES[code];
    sendText(this.socket, { type: 'error', code, message: why, temporary, ...(sequence < 0 ? {} : { sequence }) });
  }

  private receive(data: Buffer, isBinary: boolean): void {
    const now = this.parts.clock.now();
    if (!this.isOpen || !this.spend(now)) return;
    if (isBinary) this.receiveMove(data, now);
    else this.receiveText(data.toString(), now);
  }

  private receiveMove(data: Buffer, now: number): void {
    const { moves, counts } = this.parts;
    if (moves === null) return this.refuseFrame('a spectator sends no binary messages');
    const fault = readMove(new DataView(data.buffer, data.byteOffset, data.byteLength), 0, data.byteLength, scratch);
    if (fault !== null) return this.refuseFrame(`a binary message is a move of 17 bytes: ${fault}`);
    if (!this.isWelcomed) return;
    counts.moves += 1;
    const refused = moves.move(this, scratch, now);
    if (refused === null) return;
    counts.movesRefused += 1;
    this.tellError(refused, scratch.sequence);
  }

  private receiveText(text: string, now: number): void {
    try {
      const { clientTime } = parseClientText(text);
      if (this.isWelcomed) sendText(this.socket, { type: 'clock', clientTime, serverTime: now });
    } catch (error) {
      if (!(error instanceof TextError)) throw error;
      this.refuseFrame(`the only text message is clock: ${error.message}`);
    }
  }

  /** Pongs that nobody asked for cost as much as messages. */
  private receivePong(): void {
    if (this.unansweredPings === 0) this.spend(this.parts.clock.now());
    this.unansweredPings = 0;
  }

  /** False when the client is over its budget, and closed for it. */
  private spend(now: number): boolean {
    if (this.budget.take(now)) return true;
    this.end('rateLimited', 'too many messages a second', { retryAfterMs: RATE_LIMITED_RETRY_MS });
    return false;
  }

  private refuseFrame(reason: string): void {
    this.end('badFrame', reason);
  }
}

const RATE_LIMITED_RETRY_MS = 1_000;
/** Read into by every connection, one message at a time. */
const scratch: Move = { sequence: 0, x: 0, y: 0, z: 0 };
