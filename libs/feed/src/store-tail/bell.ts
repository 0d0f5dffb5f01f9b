import { chmod, unlink } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { RecordedEvent } from '@waymark/event-store';
import { encodeEvents, encodeHello } from './bell-frames.ts';

/**
 * The bell: a Unix socket on which the command app tells gateways of each commit and hands them its events, so that they need not read
 * the store (polling it every 2 ms cost 1.2 ms of event lag). It promises nothing: who misses a ring finds the events in the store.
 */
export interface Bell {
  /** Hands one commit to all who listen. Never blocks and never waits: who reads too slowly is cut off, reconnects and catches up. */
  ring(events: readonly RecordedEvent[]): void;
  readonly readerCount: number;
  /** Readers that were cut off because they read too slowly. */
  readonly droppedReaderCount: number;
  close(): Promise<void>;
}

export interface BellOptions {
  /** Of the socket, at most 100 bytes: systems take 103 or 107. */
  readonly path: string;
  /** Names the log to those who connect: who follows another one must not mix them. */
  readonly logId: string;
  /** Bytes that may wait for one reader. Default: 8 MiB, several of the largest commits. */
  readonly backlogBytesMax?: number;
}

const BACKLOG_BYTES_MAX = 8 * 1024 * 1024;

/** Rejects when somebody else listens there already, or when the path cannot be used. */
export async function createBell(options: BellOptions): Promise<Bell> {
  const bell = new SocketBell(options);
  await bell.listen();
  return bell;
}

class SocketBell implements Bell {
  droppedReaderCount = 0;
  private readonly path: string;
  private readonly hello: Buffer;
  private readonly backlogBytesMax: number;
  private readonly readers = new Set<Socket>();
  private readonly server: Server = createServer((socket) => this.welcome(socket));

  constructor(options: BellOptions) {
    this.path = options.path;
    this.hello = encodeHello(options.logId);
    this.backlogBytesMax = options.backlogBytesMax ?? BACKLOG_BYTES_MAX;
  }

  get readerCount(): number {
    return this.readers.size;
  }

  async listen(): Promise<void> {
    try {
      await listenOn(this.server, this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      if (await isAnswered(this.path))
        throw new Error(`another process rings the bell ${this.path} already`, { cause: error });
      // The socket of a process that was killed.
      await unlink(this.path);
      await listenOn(this.server, this.path);
    }
    await chmod(this.path, 0o600);
  }

  ring(events: readonly RecordedEvent[]): void {
    if (this.readers.size === 0 || events.length === 0) return;
    for (const frame of encodeEvents(events)) {
      for (const reader of this.readers) {
        if (reader.writableLength + frame.length > this.backlogBytesMax) {
          this.droppedReaderCount += 1;
          this.readers.delete(reader);
          reader.destroy();
        } else reader.write(frame);
      }
    }
  }

  close(): Promise<void> {
    for (const reader of this.readers) reader.destroy();
    this.readers.clear();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private welcome(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.readers.delete(socket));
    // Readers say nothing; reading is how their going is noticed.
    socket.resume();
    socket.write(this.hello);
    this.readers.add(socket);
  }
}

function listenOn(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const end = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
