import { assert, IntRing, SOCKET_PENDING_MAX } from '@waymark/base';
import type { SlabPool } from '@waymark/tick-engine';
import type { Socket } from 'node:net';
import { canWriteRaw, writeRaw, WRITE_DONE, WRITE_PENDING } from './raw-writes.ts';

/**
 * Frames on their way to one socket. Owns the question "may I write now?" and holds a slab for as long as its bytes are not yet the
 * kernel's. State frames are never queued: who finds the transport busy skips the frame and sends a newer one later. Events and reveals
 * are never skipped: they wait in a ring of SOCKET_PENDING_MAX slabs; a full ring means a slow consumer.
 *
 * One write is under way at a time. Used by the fan-out only; nothing here allocates while the socket keeps up.
 */
export class FrameTransport {
  private readonly raw: boolean;
  private inFlightSlab = NO_SLAB;
  /** Made when the first message has to wait: most sockets never need one. */
  private waiting: IntRing | null = null;
  private closed = false;

  constructor(
    private readonly socket: Socket,
    private readonly pool: SlabPool,
  ) {
    this.raw = canWriteRaw(socket);
  }

  /** Whether a state frame may be written now. */
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

  /** Writes a state frame; the transport must be idle. False when the socket is broken. */
  send(slab: number): boolean {
    assert(this.idle, 'a state frame is written only to an idle transport');
    return this.write(slab);
  }

  /** Writes an event or reveal, at once or after those that wait already. False when the ring is full or the socket is broken. */
  sendInOrder(slab: number): boolean {
    if (this.closed) return false;
    if (this.idle) return this.write(slab);
    this.waiting ??= new IntRing(SOCKET_PENDING_MAX);
    if (!this.waiting.push(slab)) return false;
    this.pool.retain(slab);
    return true;
  }

  /** Writes what waits, when the stream of ws was what held it up. Called once a tick. */
  flush(): void {
    if (this.waiting === null || this.inFlightSlab !== NO_SLAB || this.closed) return;
    while (this.inFlightSlab === NO_SLAB && this.socket.writableLength === 0) {
      const slab = this.waiting.shift();
      if (slab === NO_SLAB) return;
      const written = this.write(slab);
      this.pool.release(slab);
      if (!written) return;
    }
  }

  /** Lets go of every slab but the one that the kernel may still read: that one is released when its write ends. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    if (this.waiting === null) return;
    for (let slab = this.waiting.shift(); slab !== NO_SLAB; slab = this.waiting.shift()) this.pool.release(slab);
  }

  private write(slab: number): boolean {
    const bytes = this.pool.message(slab);
    if (this.raw) {
      const outcome = writeRaw(this.socket, bytes, this, onRawWriteDone);
      if (outcome === WRITE_DONE) return true;
      if (outcome !== WRITE_PENDING) return false;
    } else {
      this.socket.write(bytes, this.onStreamWritten);
      if (this.socket.writableLength === 0) return true;
    }
    this.inFlightSlab = slab;
    this.pool.retain(slab);
    return true;
  }

  private readonly onStreamWritten = (): void => {
    if (this.inFlightSlab !== NO_SLAB && (this.socket.writableLength === 0 || this.socket.destroyed)) this.finishWrite();
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
