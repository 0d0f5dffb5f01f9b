import {
  applyFrame,
  applyWelcome,
  createHuntState,
  MOVE,
  parseServerText,
  readFrame,
  writeMove,
  type EventFrame,
  type Frame,
  type HuntState,
  type KeyframeFrame,
  type ServerMessage,
  type WelcomeMessage,
} from '@waymark/protocol';
import { until } from '@waymark/testing';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';

/**
 * A client for tests that keeps everything it is sent, in order, and folds it as docs/protocol.md says (FR8): a frame that does not follow
 * from those before it is a fault of the server, and so is a byte that cannot be read. `faults` is empty at the end of a good test.
 */
export type Received =
  { readonly kind: 'text'; readonly message: ServerMessage } | { readonly kind: 'frame'; readonly frame: Frame };

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

export interface ConnectOptions {
  readonly protocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Of an earlier client, which a resumed connection goes on with. */
  readonly state?: HuntState;
}

export class TestClient {
  /** Everything, and the same by kind. */
  readonly received: Received[] = [];
  readonly frames: Frame[] = [];
  readonly texts: ServerMessage[] = [];
  readonly events: EventFrame[] = [];
  readonly keyframes: KeyframeFrame[] = [];
  readonly faults: string[] = [];
  readonly state: HuntState;
  closed: Closed | null = null;
  readonly socket: WebSocket;
  /** HTTP status of an upgrade that was refused. */
  refusedStatus: number | null = null;
  private moves = 0;

  constructor(
    url: string,
    { headers = {}, protocols = ['waymark.v1'], state = createHuntState() }: ConnectOptions = {},
  ) {
    this.state = state;
    this.socket = new WebSocket(url, [...protocols], { headers });
    this.socket.on('message', (data: Buffer, isBinary) => this.receive(data, isBinary));
    this.socket.on('unexpected-response', (_request, response) => {
      this.refusedStatus = response.statusCode ?? 0;
      response.destroy();
      this.closed = { code: 0, reason: 'the upgrade was refused' };
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', (code, reason) => (this.closed ??= { code, reason: reason.toString() }));
  }

  get welcome(): WelcomeMessage {
    const first = this.texts.find((message) => message.type === 'welcome');
    if (first === undefined) throw new Error('there was no welcome');
    return first;
  }

  text<Type extends ServerMessage['type']>(type: Type): Extract<ServerMessage, { type: Type }> | null {
    const found = this.texts.findLast((message) => message.type === type);
    return (found as Extract<ServerMessage, { type: Type }> | undefined) ?? null;
  }

  /** Resolves when the first keyframe of this connection is there. */
  async welcomed(): Promise<this> {
    await until('a welcome and a keyframe', () => {
      if (this.closed !== null) throw new Error(`closed with ${this.closed.code}: ${this.closed.reason}`);
      return this.keyframes.length > 0;
    });
    return this;
  }

  /** Waits for `count` more frames that match. */
  async more(count: number, kinds: readonly Frame['kind'][] = ['keyframe', 'delta']): Promise<void> {
    const seen = this.countOf(kinds);
    await until(`${count} more of ${kinds.join(', ')}`, () => {
      if (this.closed !== null) throw new Error(`closed with ${this.closed.code}: ${this.closed.reason}`);
      return this.countOf(kinds) >= seen + count;
    });
  }

  async closing(): Promise<Closed> {
    return until('the end of the connection', () => this.closed);
  }

  /** Its sequence. */
  move(x: number, y = 0, z = 0, sequence = (this.moves += 1)): number {
    const view = new DataView(new ArrayBuffer(MOVE.bytes));
    writeMove(view, 0, { sequence, x, y, z });
    this.socket.send(new Uint8Array(view.buffer));
    return sequence;
  }

  /** Waits until the server has taken the move. */
  async moved(x: number, y = 0, z = 0): Promise<void> {
    const sequence = this.move(x, y, z);
    await until(`move ${sequence} in a frame`, () => this.self.moveSequence === sequence);
  }

  get self(): HuntState['players'][number] {
    return this.state.players[this.state.row!]!;
  }

  /** Stops reading, as a peer whose network has died: what was sent stays in the kernels. */
  pause(): void {
    (this.socket as unknown as { readonly _socket: Socket })._socket.pause();
  }

  goOn(): void {
    (this.socket as unknown as { readonly _socket: Socket })._socket.resume();
  }

  close(): void {
    this.socket.close(1000);
  }

  private countOf(kinds: readonly Frame['kind'][]): number {
    return this.frames.filter((frame) => kinds.includes(frame.kind)).length;
  }

  private receive(data: Buffer, isBinary: boolean): void {
    try {
      if (isBinary) this.receiveFrame(data);
      else this.receiveText(data.toString());
    } catch (error) {
      this.faults.push(String(error));
    }
  }

  private receiveText(text: string): void {
    const message = parseServerText(text);
    this.received.push({ kind: 'text', message });
    this.texts.push(message);
    if (message.type === 'welcome') applyWelcome(this.state, message);
  }

  private receiveFrame(data: Buffer): void {
    const frame = readFrame(new Uint8Array(data));
    this.received.push({ kind: 'frame', frame });
    this.frames.push(frame);
    if (frame.kind === 'event') this.events.push(frame);
    if (frame.kind === 'keyframe') this.keyframes.push(frame);
    const outcome = applyFrame(this.state, frame);
    if (outcome !== 'applied') this.faults.push(`a ${frame.kind} of revision ${frame.header.revision} was ${outcome}`);
  }
}
