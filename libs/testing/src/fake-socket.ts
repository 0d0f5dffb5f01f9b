import { assert } from '@waymark/base';

interface FakeSocketEvents {
  open: object;
  message: { data: unknown };
  close: { code: number; reason: string };
  error: object;
}
type Listeners = { [Type in keyof FakeSocketEvents]: ((event: FakeSocketEvents[Type]) => void)[] };

/**
 * A WebSocket whose other end is the test. It has the standard's events and nothing that happens by itself: the test
 * accepts, sends, closes or drops, and reads what the client sent. FakeNetwork makes them and keeps them in order.
 */
export class FakeSocket {
  readonly url: string;
  readonly protocols: readonly string[];
  binaryType = 'blob';
  readyState = 0;
  /** What the client has sent, oldest first. */
  readonly sent: (string | Uint8Array)[] = [];
  /** How the client closed it, if it did. */
  closedByClient: { readonly code: number | undefined; readonly reason: string | undefined } | null = null;

  private readonly listeners: Listeners = { open: [], message: [], close: [], error: [] };

  constructor(url: string, protocols: readonly string[]) {
    this.url = url;
    this.protocols = protocols;
  }

  addEventListener<Type extends keyof FakeSocketEvents>(
    type: Type,
    listener: (event: FakeSocketEvents[Type]) => void,
  ): void {
    this.listeners[type].push(listener);
  }

  send(data: string | ArrayBufferView): void {
    assert(this.readyState === 1, 'a client sends only on an open socket');
    this.sent.push(
      typeof data === 'string' ? data : new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice(),
    );
  }

  close(code?: number, reason?: string): void {
    assert(code === undefined || code === 1000 || (code >= 3000 && code < 5000), 'browsers refuse other close codes');
    this.closedByClient = { code, reason };
    this.readyState = 2;
  }

  // The other end.

  accept(): void {
    this.readyState = 1;
    this.dispatch('open', {});
  }

  sendText(message: object): void {
    this.dispatch('message', { data: JSON.stringify(message) });
  }

  /** Hands over a copy, as a network would: the sender may use its buffer again. */
  sendBytes(bytes: Uint8Array): void {
    this.dispatch('message', { data: bytes.slice().buffer });
  }

  /** Ends it with a close frame. */
  end(code: number, reason = ''): void {
    this.readyState = 3;
    this.dispatch('close', { code, reason });
  }

  /** Ends it without one: a cable pulled, a process killed, a connection refused. */
  drop(): void {
    this.dispatch('error', {});
    this.end(1006);
  }

  /** The texts that the client has sent, parsed. */
  texts(): Record<string, unknown>[] {
    return this.sent
      .filter((data) => typeof data === 'string')
      .map((text) => JSON.parse(text) as Record<string, unknown>);
  }

  private dispatch<Type extends keyof FakeSocketEvents>(type: Type, event: FakeSocketEvents[Type]): void {
    for (const listener of this.listeners[type]) listener(event);
  }
}

/** Hands out FakeSockets in place of the global WebSocket: `new network.WebSocket(url, protocols)`. */
export class FakeNetwork {
  readonly sockets: FakeSocket[] = [];
  readonly WebSocket: new (url: string, protocols: string[]) => FakeSocket;

  constructor() {
    const { sockets } = this;
    this.WebSocket = class extends FakeSocket {
      constructor(url: string, protocols: string[]) {
        super(url, [...protocols]);
        sockets.push(this);
      }
    };
  }

  /** The socket that was opened last. */
  get latest(): FakeSocket {
    const socket = this.sockets.at(-1);
    assert(socket !== undefined, 'the client has opened a socket');
    return socket;
  }
}
