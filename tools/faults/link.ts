import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * A TCP proxy between two parties of a run, on a port of its own: it can cut what is connected, refuse what connects, hang (take bytes and pass none on),
 * or pass everything on later. TCP stays TCP: no byte is lost or changed within a connection that lives.
 */
export type LinkMode = 'open' | 'refuse' | 'hang' | 'delay';

const DELAY_MS = 250;

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
}

export class Link {
  readonly name: string;
  readonly port: number;
  private readonly server: Server;
  private readonly pairs = new Set<Pair>();
  private mode: LinkMode = 'open';

  private constructor(name: string, server: Server, targetPort: number) {
    this.name = name;
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (near: Socket) => this.join(near, targetPort));
  }

  static async open(name: string, targetPort: number): Promise<Link> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    return new Link(name, server, targetPort);
  }

  /** Resets every connection. Returns how many there were. */
  cut(): number {
    const count = this.pairs.size;
    for (const { far, near } of this.pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
    this.pairs.clear();
    return count;
  }

  /** From now on; `refuse` resets also what is connected. A hang ends by passing on what was held back. */
  set(mode: LinkMode): void {
    this.mode = mode;
    if (mode === 'refuse') this.cut();
    for (const pair of this.pairs) this.apply(pair);
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(near: Socket, targetPort: number): void {
    if (this.mode === 'refuse') {
      near.resetAndDestroy();
      return;
    }
    const far = connect(targetPort, '127.0.0.1');
    const pair = { near, far };
    this.pairs.add(pair);
    this.carry(pair, near, far);
    this.carry(pair, far, near);
    this.apply(pair);
  }

  private apply({ far, near }: Pair): void {
    for (const socket of [near, far]) {
      if (this.mode === 'hang') socket.pause();
      else socket.resume();
    }
  }

  private carry(pair: Pair, from: Socket, to: Socket): void {
    // What is sent later is sent in order: timers of the same length fire in the order in which they were made.
    let waiting = 0;
    const pass = (act: () => void): void => {
      if (this.mode !== 'delay' && waiting === 0) {
        act();
        return;
      }
      waiting += 1;
      setTimeout(() => {
        waiting -= 1;
        act();
      }, DELAY_MS);
    };
    from.setNoDelay(true);
    from.on('data', (bytes) => pass(() => to.writable && to.write(bytes)));
    from.on('end', () => pass(() => to.end()));
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.pairs.delete(pair);
      pass(() => to.destroy());
    });
  }
}
