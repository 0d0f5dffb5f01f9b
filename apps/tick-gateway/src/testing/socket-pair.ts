import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** Two ends of one TCP connection over the loopback: `near` writes, `far` is the peer, who reads only when the test says so. */
export class SocketPair {
  readonly near: Socket;
  readonly far: Socket;
  private readonly chunks: Buffer[] = [];

  private constructor(near: Socket, far: Socket) {
    this.near = near;
    this.far = far;
    near.on('error', () => undefined);
    far.on('error', () => undefined);
    far.on('data', (chunk: Buffer) => this.chunks.push(chunk));
    far.pause();
  }

  static async open(): Promise<SocketPair> {
    const server = createServer({ noDelay: true, allowHalfOpen: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const accepted = once(server, 'connection');
    const far = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
    const [near] = (await accepted) as [Socket];
    await (far.connecting ? once(far, 'connect') : undefined);
    server.close();
    return new SocketPair(near, far);
  }

  /** All that the far end has read. */
  get received(): Buffer {
    return Buffer.concat(this.chunks);
  }

  get receivedBytes(): number {
    return this.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  close(): void {
    this.near.destroy();
    this.far.destroy();
  }
}
