import { createHash, randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { basePath, connectTo } from './connect-to.ts';

/**
 * The leanest player there is: a TCP socket that upgrades and takes server messages apart in place, without an object a frame, so that 2,000
 * of them leave the machine to the servers. Server messages are neither masked nor fragmented (docs/protocol.md), which is all it reads.
 */
export interface RawSocketHandlers {
  /** A binary message: `bytes` of it at `offset` of `view`, valid during the call. `now` is epoch ms when its bytes were read. */
  onFrame(view: DataView, offset: number, bytes: number, now: number): void;
  onText(text: string): void;
  onClose(code: number, reason: string): void;
  /** After all messages of one piece that was read at `now`. */
  onRead?(now: number): void;
}

export interface RawSocketOptions {
  /** ws://host:port; also wss:, and below a path. */
  readonly server: string;
  /** With the query. */
  readonly path: string;
  readonly subprotocols: readonly string[];
  readonly clock: () => number;
}

const OPCODE_TEXT = 1;
const OPCODE_BINARY = 2;
const OPCODE_CLOSE = 8;
const OPCODE_PING = 9;
const WS_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export class RawSocket {
  private readonly socket: Socket;
  private readonly options: RawSocketOptions;
  private readonly handlers: RawSocketHandlers;
  private readonly key = randomBytes(16).toString('base64');
  private rest: Buffer | null = null;
  private upgraded = false;
  private closeCode = 1006;
  private closeReason = '';

  constructor(options: RawSocketOptions, handlers: RawSocketHandlers) {
    this.options = options;
    this.handlers = handlers;
    const server = new URL(options.server);
    this.socket = connectTo(server);
    this.socket.write(this.request(server));
    this.socket.on('data', (chunk: Buffer) => this.read(chunk));
    this.socket.on('error', (error) => (this.closeReason = error.message));
    this.socket.on('close', () => handlers.onClose(this.closeCode, this.closeReason));
  }

  close(): void {
    this.socket.destroy();
  }

  /** Stops reading, as a player whose train is in a tunnel. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  private request(server: URL): string {
    const { path, subprotocols } = this.options;
    return (
      `GET ${basePath(server)}${path} HTTP/1.1\r\nHost: ${server.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Key: ${this.key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ${subprotocols.join(', ')}\r\n\r\n`
    );
  }

  private read(chunk: Buffer): void {
    const now = this.options.clock();
    const bytes = this.rest === null ? chunk : Buffer.concat([this.rest, chunk]);
    this.rest = null;
    let offset = this.upgraded ? 0 : this.readUpgrade(bytes);
    if (!this.upgraded) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    while (offset < bytes.length) {
      const next = this.readMessage(view, bytes, offset, now);
      if (next === -1) {
        this.rest = bytes.subarray(offset);
        break;
      }
      offset = next;
    }
    this.handlers.onRead?.(now);
  }

  private readUpgrade(bytes: Buffer): number {
    const end = bytes.indexOf('\r\n\r\n');
    if (end === -1) {
      this.rest = bytes;
      return 0;
    }
    const head = bytes.toString('latin1', 0, end);
    const accept = createHash('sha1')
      .update(this.key + WS_GUID)
      .digest('base64');
    if (!head.startsWith('HTTP/1.1 101') || !head.includes(accept)) {
      this.closeReason = `no upgrade: ${head.split('\r\n')[0]}`;
      this.socket.destroy();
      return 0;
    }
    this.upgraded = true;
    return end + 4;
  }

  /** The offset behind the message, or -1 while it is not all there. */
  private readMessage(view: DataView, bytes: Buffer, start: number, now: number): number {
    if (start + 2 > bytes.length) return -1;
    let length = bytes[start + 1]! & 0x7f;
    let offset = start + 2;
    if (length === 126) {
      if (offset + 2 > bytes.length) return -1;
      length = view.getUint16(offset);
      offset += 2;
    }
    if (offset + length > bytes.length) return -1;
    this.take(bytes[start]! & 0x0f, view, bytes, offset, length, now);
    return offset + length;
  }

  private take(opcode: number, view: DataView, bytes: Buffer, offset: number, length: number, now: number): void {
    if (opcode === OPCODE_BINARY) this.handlers.onFrame(view, offset, length, now);
    else if (opcode === OPCODE_TEXT) this.handlers.onText(bytes.toString('utf8', offset, offset + length));
    else if (opcode === OPCODE_PING) this.pong(bytes.subarray(offset, offset + length));
    else if (opcode === OPCODE_CLOSE && length >= 2) {
      this.closeCode = view.getUint16(offset);
      this.closeReason = bytes.toString('utf8', offset + 2, offset + length);
      this.socket.end();
    }
  }

  /** Client messages are masked; a mask of zeros leaves the bytes as they are. */
  private pong(payload: Buffer): void {
    this.socket.write(Buffer.concat([Buffer.from([0x8a, 0x80 | payload.length, 0, 0, 0, 0]), payload]));
  }
}
