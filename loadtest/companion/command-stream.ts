import type { Socket } from 'node:net';
import { basePath, connectTo } from './connect-to.ts';

/**
 * Commands in an open model: each has a time at which it is meant to be sent, and its latency counts from that time, whether or not the
 * generator or the server was late. HTTP/1.1 over a fixed set of keep-alive connections, one request at a time on each; a request
 * that finds no free connection waits in a queue, and that waiting counts too.
 */
export interface Command {
  /** Path and JSON body of a POST. */
  readonly path: string;
  readonly token: string;
  readonly key: string;
  readonly body: string;
  /** Epoch ms. */
  readonly intendedAt: number;
}

export interface CommandResult {
  readonly command: Command;
  readonly status: number;
  readonly body: string;
  /** Epoch ms when the answer was read. */
  readonly answeredAt: number;
}

export interface CommandStreamOptions {
  /** http://host:port; also https:, and below a path. */
  readonly commandUrl: string;
  readonly connections: number;
  readonly clock: () => number;
  readonly onResult: (result: CommandResult) => void;
}

/** A server that is gone is asked again now and then, not at once. */
const AGAIN_MS = 50;

export class CommandStream {
  readonly url: URL;
  private readonly free: Line[] = [];
  private readonly lines = new Set<Line>();
  private closed = false;
  private readonly waiting: Command[] = [];
  readonly options: CommandStreamOptions;

  constructor(options: CommandStreamOptions) {
    this.options = options;
    this.url = new URL(options.commandUrl);
    for (let i = 0; i < options.connections; i++) this.open();
  }

  get waitingCount(): number {
    return this.waiting.length;
  }

  send(command: Command): void {
    const line = this.free.pop();
    if (line === undefined) this.waiting.push(command);
    else line.send(command);
  }

  /** A line has its answer and takes the next command. */
  release(line: Line): void {
    const next = this.waiting.shift();
    if (next === undefined) this.free.push(line);
    else line.send(next);
  }

  /** Servers close connections that are idle for long, and the deepest of the pool are: another takes its place. */
  lost(line: Line): void {
    this.lines.delete(line);
    const place = this.free.indexOf(line);
    if (place !== -1) this.free.splice(place, 1);
    if (!this.closed) setTimeout(() => this.open(), AGAIN_MS);
  }

  close(): void {
    this.closed = true;
    for (const line of this.lines) line.socket.destroy();
  }

  private open(): void {
    if (this.closed) return;
    const line = new Line(this, connectTo(this.url));
    this.lines.add(line);
    this.release(line);
  }
}

class Line {
  readonly socket: Socket;
  private readonly stream: CommandStream;
  private command: Command | null = null;
  /** Before the path, and behind it. */
  private readonly base: string;
  private readonly host: string;
  private text = '';

  constructor(stream: CommandStream, socket: Socket) {
    this.stream = stream;
    this.base = basePath(stream.url);
    this.host = stream.url.host;
    this.socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => this.read(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      stream.lost(this);
      if (this.command !== null) this.answer(0, 'the connection broke');
    });
  }

  send(command: Command): void {
    this.command = command;
    const { path, token, key, body, intendedAt } = command;
    this.socket.write(
      `POST ${this.base}${path} HTTP/1.1\r\nhost: ${this.host}\r\nauthorization: Bearer ${token}\r\nidempotency-key: ${key}\r\n` +
        `waymark-sent-at: ${intendedAt}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  }

  private read(chunk: string): void {
    this.text += chunk;
    const headEnd = this.text.indexOf('\r\n\r\n');
    if (headEnd === -1) return;
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(this.text.slice(0, headEnd + 2))?.[1] ?? 0);
    const body = this.text.slice(headEnd + 4);
    if (Buffer.byteLength(body) < length) return;
    const status = Number(this.text.slice(9, 12));
    this.text = '';
    this.answer(status, body);
    this.stream.release(this);
  }

  private answer(status: number, body: string): void {
    const { command } = this;
    if (command === null) throw new Error(`an answer that nobody asked for: ${status} ${body.slice(0, 200)}`);
    this.command = null;
    this.stream.options.onResult({ command, status, body, answeredAt: this.stream.options.clock() });
  }
}
