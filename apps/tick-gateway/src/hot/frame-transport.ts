import { assert, IntRing, SOCKET_PENDING_MAX } from '@waymark/base';
import type { SlabPool } from '@waymark/tick-engine';
import type { Socket } from 'node:net';
import { canWriteRaw, writeRaw, WRITE_DONE, WRITE_PENDING } from './raw-writes.ts';

/** The message is written, or will be as soon as the socket takes it. */
export const SEND_TAKEN = 0;
/** Too many messages wait already: a slow consumer. */
export const SEND_FULL = 1;
/** The socket takes nothing any more. */
export const SEND_BROKEN = 2;
export type SendOutcome = typeof SEND_TAKEN | typeof SEND_FULL | typeof SEND_BROKEN;

/** What the fan-out needs of the way to one socket. */
export interface Transport {
  /** Whether a state frame may be written now. */
  readonly idle: boolean;
  /** Writes a state frame; the transport must be idle. */
  send(slab: number): SendOutcome;
  /** Writes an event or reveal, at once or after those that wait already. */
  sendInOrder(slab: number): SendOutcome;
  /** Writes bytes that are the socket's own, as many as there are; what is sent after them waits until they are gone. */
  sendCopies(bytes: Uint8Array): SendOutcome;
  /** Writes what waits, when the stream of ws was what held it up. Called once a tick. */
  flush(): void;
  /** Lets go of every slab but the one that the kernel may still read: that one is released when its write ends. */
  close(): void;
}

/**
 * Frames on their way to one socket. Owns the question "may I write now?" and holds a slab for as long as its bytes are not yet the
 * kernel's. State frames are never queued: who finds the transport busy skips the frame and sends a newer one later. Events and reveals
 * are never skipped: they wait in a ring of SOCKET_PENDING_MAX slabs; a full ring means a slow consumer.
 *
 * One write is under way at a time. Used by the fan-out only; nothing here allocates while the socket keeps up.
 */
export class FrameTransport implements Transport {
  private readonly socket: Socket;
  private readonly pool: SlabPool;
  private readonly raw: boolean;
  private inFlightSlab = NO_SLAB;
  /** Made when the first message has to wait: most sockets never need one. */
  private waiting: IntRing | null = null;
  private closed = false;
  /** Without raw writes: how many were asked of the stream, how many it has ended, and which of them is under way. */
  private streamWrites = 0;
  private streamWritesEnded = 0;
  private streamWriteInFlight = 0;

  /** `mayWriteRaw`: whether to go past the stream where that can be done; tests take the other way. */
  constructor(socket: Socket, pool: SlabPool, mayWriteRaw = true) {
    this.socket = socket;
    this.pool = pool;
    this.raw = mayWriteRaw && canWriteRaw(socket);
  }

  get idle(): boolean {
    return (
      this.inFlightSlab === NO_SLAB &&
      !this.closed &&
      (this.waiting === null || this.waiting.size === 0) &&
      this.socket.writableLength === 0
    );
  }

  /** Messages that wait for the socket, the one under way included. */
  get pendingCount(): number {
    return (this.inFlightSlab === NO_SLAB ? 0 : 1) + (this.waiting?.size ?? 0);
  }

  send(slab: number): SendOutcome {
    assert(this.idle, 'a state frame is written only to an idle transport');
    return this.write(slab);
  }

  sendInOrder(slab: number): SendOutcome {
    if (this.closed) return SEND_BROKEN;
    if (this.idle) return this.write(slab);
    this.waiting ??= new IntRing(SOCKET_PENDING_MAX);
    if (!this.waiting.push(slab)) return SEND_FULL;
    this.pool.retain(slab);
    return SEND_TAKEN;
  }

  sendCopies(bytes: Uint8Array): SendOutcome {
    assert(this.pendingCount === 0, 'copies are sent before anything waits');
    if (this.closed || !this.socket.writable) return SEND_BROKEN;
    this.socket.write(bytes);
    return SEND_TAKEN;
  }

  flush(): void {
    if (this.waiting === null || this.closed) return;
    while (this.inFlightSlab === NO_SLAB && this.socket.writableLength === 0) {
      const slab = this.waiting.shift();
      if (slab === NO_SLAB) return;
      const outcome = this.write(slab);
      this.pool.release(slab);
      if (outcome !== SEND_TAKEN) return;
    }
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    if (this.waiting === null) return;
    for (let slab = this.waiting.shift(); slab !== NO_SLAB; slab = this.waiting.shift()) this.pool.release(slab);
  }

  private write(slab: number): SendOutcome {
    const bytes = this.pool.message(slab);
    if (this.raw) {
      const outcome = writeRaw(this.socket, bytes, this, onRawWriteDone);
      if (outcome !== WRITE_PENDING) return outcome === WRITE_DONE ? SEND_TAKEN : SEND_BROKEN;
    } else {
      if (!this.socket.writable) return SEND_BROKEN;
      this.streamWrites += 1;
      this.socket.write(bytes, this.onStreamWritten);
      if (this.socket.writableLength === 0) return SEND_TAKEN;
      this.streamWriteInFlight = this.streamWrites;
    }
    this.inFlightSlab = slab;
    this.pool.retain(slab);
    return SEND_TAKEN;
  }

  /** The stream ends writes in their order, also those that it had finished at once: only the one under way is waited for. */
  private readonly onStreamWritten = (): void => {
    this.streamWritesEnded += 1;
    if (this.inFlightSlab !== NO_SLAB && this.streamWritesEnded === this.streamWriteInFlight) this.finishWrite();
  };

  /** Called by onRawWriteDone and by the stream. */
  finishWrite(): void {
    const slab = this.inFlightSlab;
    assert(slab !== NO_SLAB, 'a write that ends was under way');
    this.inFlightSlab = NO_SLAB;
    this.pool.release(slab);
    this.flush();
  }
}

const NO_SLAB = -1;

function onRawWriteDone(owner: unknown): void {
  (owner as FrameTransport).finishWrite();
}
