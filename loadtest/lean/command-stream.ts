import { connect, type Socket } from 'node:net';

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
  /** http://host:port */
  readonly commandUrl: string;
  readonly connections: number;
  readonly clock: () => number;
  readonly onResult: (result: CommandResult) => void;
}

export class CommandStream {
  readonly host: string;
  private readonly free: Line[] = [];
  private readonly lines: Line[] = [];
  private readonly waiting: Command[] = [];
  readonly options: CommandStreamOptions;

  constructor(options: CommandStreamOptions) {
    this.options = options;
    const { hostname, port } = new URL(options.commandUrl);
    this.host = `${hostname}:${port}`;
    for (let i = 0; i < options.connections; i++) {
      const line = new Line(this, connect({ host: hostname, port: Number(port), noDelay: true }));
      this.lines.push(line);
      this.free.push(line);
    }
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

  close(): void {
    for (const line of this.lines) line.socket.destroy();
  }
}

class Line {
  readonly socket: Socket;
  private readonly stream: CommandStream;
  private command: Command | null = null;
  private text = '';

  constructor(stream: CommandStream, socket: Socket) {
    this.stream = stream;
    this.socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => this.read(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.command !== null) this.finish(0, 'the connection broke');
    });
  }

  send(command: Command): void {
    this.command = command;
    const { path, token, key, body, intendedAt } = command;
    this.socket.write(
      `POST ${path} HTTP/1.1\r\nhost: ${this.stream.host}\r\nauthorization: Bearer ${token}\r\nidempotency-key: ${key}\r\n` +
        `waymark-sent-at: ${intendedAt}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
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
    this.finish(status, body);
  }

  private finish(status: number, body: string): void {
    const { command } = this;
    if (command === null) throw new Error(`an answer that nobody asked for: ${status} ${body.slice(0, 200)}`);
    this.command = null;
    this.stream.options.onResult({ command, status, body, answeredAt: this.stream.options.clock() });
    this.stream.release(this);
  }
}
