import { FRAME_KIND, HEADER, patchSentAfterMs, PLAYER, SUBPROTOCOL, writeHeader } from '@waymark/protocol';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { Pacer } from '../pace/pacer.ts';
import { SendSchedule } from '../pace/send-schedule.ts';

/**
 * A ticker that has nothing to do: each of its few sockets gets a frame each period, staggered as games are, with the header of waymark.v1 and the size
 * of a delta of one player. When these are late, the machine is.
 */
export interface NullTickerOptions {
  readonly tickPeriodMs: number;
  /** Places in the period; a socket takes the next one that is free. */
  readonly places: number;
  readonly clock: () => number;
  /** After each frame: when it was due, and how late it was written. */
  readonly onTick: (dueAtMs: number, lateMs: number) => void;
}

const FRAME_BYTES = HEADER.bytes + PLAYER.bytes;

export class NullTicker {
  private readonly options: NullTickerOptions;
  private readonly server: WebSocketServer;
  private readonly sockets: (WebSocket | null)[];
  private readonly pacer: Pacer;
  private readonly schedule: SendSchedule;
  private ticks = 0;

  private constructor(options: NullTickerOptions, server: WebSocketServer) {
    const { tickPeriodMs, places, clock } = options;
    const steps = [{ fromMs: clock() + tickPeriodMs, perSecond: (places * 1_000) / tickPeriodMs }];
    this.options = options;
    this.server = server;
    this.sockets = Array.from({ length: places }, () => null);
    server.on('connection', (socket) => this.seat(socket));
    this.schedule = new SendSchedule(steps);
    this.pacer = new Pacer(steps, (dueCount) => this.sendDue(dueCount));
  }

  static async listen(options: NullTickerOptions): Promise<NullTicker> {
    const server = new WebSocketServer({
      host: '127.0.0.1',
      port: 0,
      perMessageDeflate: false,
      handleProtocols: () => SUBPROTOCOL,
    });
    await new Promise((resolve, reject) => {
      server.once('listening', resolve);
      server.once('error', reject);
    });
    return new NullTicker(options, server);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    await this.pacer.stop();
    for (const client of this.server.clients) client.terminate();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private seat(socket: WebSocket): void {
    const place = this.sockets.indexOf(null);
    if (place === -1) {
      socket.close(1013, 'the witness has no place left');
      return;
    }
    this.sockets[place] = socket;
    socket.on('error', () => undefined);
    socket.on('close', () => (this.sockets[place] = null));
  }

  private sendDue(dueCount: number): void {
    const { clock, places, onTick } = this.options;
    for (; this.ticks < dueCount; this.schedule.advance(), this.ticks++) {
      const { dueAt } = this.schedule;
      const socket = this.sockets[this.ticks % places]!;
      if (socket === null) continue;
      const lateMs = Math.max(0, clock() - dueAt);
      socket.send(frameOf(Math.floor(this.ticks / places), dueAt, lateMs));
      onTick(dueAt, lateMs);
    }
  }
}

function frameOf(tick: number, dueAt: number, lateMs: number): Uint8Array {
  const bytes = new Uint8Array(FRAME_BYTES);
  const view = new DataView(bytes.buffer);
  writeHeader(view, 0, FRAME_KIND.delta, 0, 1, tick, 0, tick + 1, dueAt, PLAYER.bytes);
  patchSentAfterMs(view, 0, lateMs);
  return bytes;
}
