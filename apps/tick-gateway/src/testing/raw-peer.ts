import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A peer below the WebSocket: sends the frames that a test makes, answers nothing by itself, and keeps each frame that it is sent. */
export interface RawFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

export const OPCODE = { text: 1, binary: 2, close: 8 } as const;

export class RawPeer {
  private bytes = Buffer.alloc(0);

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => (this.bytes = Buffer.concat([this.bytes, chunk])));
    socket.on('error', () => undefined);
  }

  static async open(port: number, path: string, protocols: readonly string[]): Promise<RawPeer> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const peer = new RawPeer(socket);
    await once(socket, 'connect');
    socket.write(upgradeRequest(path, protocols));
    return peer;
  }

  /** In order, whole ones only. */
  get frames(): RawFrame[] {
    const found: RawFrame[] = [];
    const start = this.bytes.indexOf('\r\n\r\n');
    for (let at = start + 4; start !== -1 && at + 2 <= this.bytes.length;) {
      const short = this.bytes[at + 1]!;
      const head = short < 126 ? 2 : 4;
      if (at + head > this.bytes.length) break;
      const end = at + head + (short < 126 ? short : this.bytes.readUInt16BE(at + 2));
      if (end > this.bytes.length) break;
      found.push({ opcode: this.bytes[at]! & 0x0f, payload: this.bytes.subarray(at + head, end) });
      at = end;
    }
    return found;
  }

  send(opcode: number, payload: Uint8Array | string): void {
    const body = Buffer.from(payload);
    // A mask of zeros leaves the payload as it is.
    this.socket.write(Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | body.length, 0, 0, 0, 0]), body]));
  }
}

export function upgradeRequest(path: string, protocols: readonly string[]): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    'Host: x',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${Buffer.alloc(16, 1).toString('base64')}`,
    `Sec-WebSocket-Protocol: ${protocols.join(', ')}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}
