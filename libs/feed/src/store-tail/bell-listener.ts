import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { RecordedEvent } from '@waymark/event-store';
import { BellFrameReader } from './bell-frames.ts';

/**
 * The gateway's end of the bell: connects, hands on what is rung, and connects again for ever, waiting longer each time. Owned by the
 * store-tail feed, for which a silent bell is not a fault: it reads the store instead.
 */
export interface BellListener {
  stop(): void;
}

export interface BellHandlers {
  onHello(logId: string): void;
  onEvents(events: readonly RecordedEvent[]): void;
  /** The bell was heard and is not any more. */
  onLost(): void;
}

const RECONNECT_MS_MIN = 20;
const RECONNECT_MS_MAX = 1_000;

export function listenToBell(path: string, handlers: BellHandlers): BellListener {
  return new SocketBellListener(path, handlers);
}

class SocketBellListener implements BellListener {
  private readonly path: string;
  private readonly handlers: BellHandlers;
  private socket: Socket | undefined;
  private timer: NodeJS.Timeout | undefined;
  private reconnectMs = RECONNECT_MS_MIN;
  private isHeard = false;
  private isStopped = false;

  constructor(path: string, handlers: BellHandlers) {
    this.path = path;
    this.handlers = handlers;
    this.connect();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
    this.socket?.destroy();
  }

  private connect(): void {
    const reader = new BellFrameReader();
    const socket = connect(this.path);
    this.socket = socket;
    socket.on('data', (chunk) => {
      try {
        reader.push(chunk, (message) => {
          if (this.isStopped) return;
          if (message.kind === 'events') this.handlers.onEvents(message.events);
          else {
            this.isHeard = true;
            this.reconnectMs = RECONNECT_MS_MIN;
            this.handlers.onHello(message.logId);
          }
        });
      } catch {
        // Not our format: as good as no bell.
        socket.destroy();
      }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.reconnect());
  }

  private reconnect(): void {
    if (this.isStopped) return;
    if (this.isHeard) {
      this.isHeard = false;
      this.handlers.onLost();
    }
    this.timer = setTimeout(() => this.connect(), this.reconnectMs);
    this.reconnectMs = Math.min(this.reconnectMs * 2, RECONNECT_MS_MAX);
  }
}
