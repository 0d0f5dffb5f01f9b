import { assert, HEARTBEAT_MS, SOCKET_STALLED_TICKS_MAX } from '@waymark/base';
import {
  clearDirty,
  encodeDelta,
  encodeEvent,
  encodeFull,
  encodeKeyframe,
  encodeReveal,
  nextFrameSequence,
  stampSentAfter,
  type AppliedEvent,
  type Arena,
  type FrameContext,
  type SlabPool,
} from '@waymark/tick-engine';
import { createFrameCounts } from './frame-counts.ts';
import { SEND_BROKEN, SEND_FULL, SEND_TAKEN, type SendOutcome } from './frame-transport.ts';
import type { GameSocket } from './game-socket.ts';

/**
 * From game state to sockets. Owns the list of sockets of each game and decides, socket by socket, what it gets: the frame that all share,
 * a keyframe of its own after it fell behind, or nothing while its last write is still pending (latest wins: nobody waits for anybody).
 *
 *   tick:   encode once -> every socket that keeps up; skipped ones are counted and get a keyframe when they can be written to again
 *   event:  encode once -> every socket, in order, never skipped; a socket whose queue is full is given up as slow
 *   resume: encode, copied -> one socket, as many events as it missed
 *   reveal: encode for one player -> that player's socket
 *
 * A write that is pending holds a slab, and slabs are few: when most of them are held, whoever stalls is given up at once, so that the sockets
 * that keep up never find the pool empty.
 *
 * Nothing here allocates in a tick, and nothing here knows Nest, logs or metrics: counters are plain numbers that others read.
 */
export interface FanOutParts {
  readonly arena: Arena;
  readonly pool: SlabPool;
}

export class FanOut {
  /** Of all sockets but those that bring counts of their own. */
  readonly counts = createFrameCounts();
  /** Frames left out because every slab was held by a pending write. */
  slabsMissing = 0;
  socketCount = 0;
  private readonly arena: Arena;
  private readonly pool: SlabPool;
  private readonly first: (GameSocket | null)[];
  /** More slabs in use than this: stalled sockets are no longer waited for. */
  private readonly slabsHeldMax: number;

  constructor({ arena, pool }: FanOutParts) {
    this.arena = arena;
    this.pool = pool;
    this.slabsHeldMax = Math.floor(pool.slabsMax * SLABS_HELD_SHARE_MAX);
    this.first = Array.from({ length: arena.gamesMax }, () => null);
  }

  /** Adds a socket to its game. `now` and `phase` (0 to 1) spread its heartbeats over the period. */
  attach(socket: GameSocket, now: number, phase: number): void {
    assert(!socket.attached, 'a socket is attached once');
    const head = this.first[socket.game]!;
    socket.next = head;
    if (head !== null) head.previous = socket;
    this.first[socket.game] = socket;
    socket.attached = true;
    socket.heartbeatDueAt = now + HEARTBEAT_MS * phase;
    this.socketCount += 1;
  }

  /** Takes a socket out; what waited for it is let go. Safe to call again. */
  detach(socket: GameSocket): void {
    socket.transport.close();
    if (!socket.attached) return;
    if (socket.previous === null) this.first[socket.game] = socket.next;
    else socket.previous.next = socket.next;
    if (socket.next !== null) socket.next.previous = socket.previous;
    socket.next = null;
    socket.previous = null;
    socket.attached = false;
    this.socketCount -= 1;
  }

  firstSocket(game: number): GameSocket | null {
    return this.first[game]!;
  }

  /** One tick of one game: a state frame to each of its sockets. */
  tickGame(game: number, context: FrameContext): void {
    const { arena, first } = this;
    let socket: GameSocket | null = first[game]!;
    nextFrameSequence(arena, game);
    if (socket === null) {
      clearDirty(arena, game);
      return;
    }
    const shared = this.encodeShared(game, context);
    while (socket !== null) {
      // The list may lose this socket while it is served.
      const next: GameSocket | null = socket.next;
      this.serve(socket, shared, context);
      socket = next;
    }
    if (shared !== NO_SLAB) this.pool.release(shared);
  }

  /** An event to every socket of its game, at once. */
  broadcastEvent(applied: AppliedEvent, context: FrameContext): void {
    let socket: GameSocket | null = this.first[applied.game]!;
    if (socket === null) return;
    const slab = this.claim();
    if (slab === NO_SLAB) return this.giveUpAll(socket);
    encodeEvent(this.arena, applied, context, this.pool, slab);
    stampSentAfter(this.pool, slab, context);
    while (socket !== null) {
      const next: GameSocket | null = socket.next;
      if (this.sendInOrder(socket, slab)) socket.counts.eventFramesSent += 1;
      socket = next;
    }
    this.pool.release(slab);
  }

  /** An event's message as bytes of its own, for sendCopies; null when no slab is free. */
  copyEvent(applied: AppliedEvent, context: FrameContext): Uint8Array | null {
    const slab = this.claim();
    if (slab === NO_SLAB) return null;
    encodeEvent(this.arena, applied, context, this.pool, slab);
    stampSentAfter(this.pool, slab, context);
    const copy = new Uint8Array(this.pool.message(slab));
    this.pool.release(slab);
    return copy;
  }

  /** The `count` messages of what a resuming client missed, in one: they may be more than its queue has room for. */
  sendCopies(socket: GameSocket, bytes: Uint8Array, count: number): void {
    const outcome = socket.transport.sendCopies(bytes);
    if (outcome !== SEND_TAKEN) return this.giveUp(socket, outcome);
    socket.counts.eventFramesSent += count;
    socket.counts.bytesSent += bytes.length;
  }

  /** A keyframe to one socket, outside of the ticks: the first thing a new socket gets. `flags` are added to the header's. */
  sendKeyframe(socket: GameSocket, flags: number, context: FrameContext): void {
    const slab = this.claim();
    if (slab === NO_SLAB) return this.giveUp(socket, SEND_FULL);
    this.encodeOwn(socket, flags, context, slab);
    if (this.sendInOrder(socket, slab)) socket.counts.stateFramesSent += 1;
    socket.needsKeyframe = false;
    socket.skippedCount = 0;
    this.pool.release(slab);
  }

  /** All that the rules reveal to the socket's player and that its client was not told yet. */
  sendReveals(socket: GameSocket, context: FrameContext): void {
    for (;;) {
      const slab = this.claim();
      if (slab === NO_SLAB) return this.giveUp(socket, SEND_FULL);
      const bytes = encodeReveal(this.arena, socket.player, context, this.pool, slab);
      if (bytes > 0) {
        stampSentAfter(this.pool, slab, context);
        if (this.sendInOrder(socket, slab)) socket.counts.revealFramesSent += 1;
      }
      this.pool.release(slab);
      if (bytes === 0 || socket.failed) return;
    }
  }

  /** The delta that every socket in step gets; NO_SLAB when nobody needs one. */
  private encodeShared(game: number, context: FrameContext): number {
    let wanted = false;
    for (let socket: GameSocket | null = this.first[game]!; socket !== null; socket = socket.next) {
      if (!socket.full && !socket.needsKeyframe) wanted = true;
    }
    if (!wanted) {
      clearDirty(this.arena, game);
      return NO_SLAB;
    }
    const slab = this.claim();
    if (slab === NO_SLAB) return NO_SLAB;
    encodeDelta(this.arena, game, context, this.pool, slab);
    stampSentAfter(this.pool, slab, context);
    return slab;
  }

  private serve(socket: GameSocket, shared: number, context: FrameContext): void {
    if (socket.failed) return;
    if (context.now >= socket.heartbeatDueAt) {
      socket.heartbeatDueAt = context.now + HEARTBEAT_MS;
      socket.owner.onHeartbeatDue();
      if (!socket.attached) return;
    }
    const { transport } = socket;
    if (!transport.idle) transport.flush();
    if (!transport.idle) return this.stall(socket);
    if (socket.full || socket.needsKeyframe) return this.serveOwn(socket, context);
    if (shared === NO_SLAB) return this.skip(socket);
    const outcome = transport.send(shared);
    if (outcome === SEND_TAKEN) this.sent(socket, shared);
    else this.giveUp(socket, outcome);
  }

  private serveOwn(socket: GameSocket, context: FrameContext): void {
    const slab = this.claim();
    if (slab === NO_SLAB) return this.skip(socket);
    this.encodeOwn(socket, 0, context, slab);
    const outcome = socket.transport.send(slab);
    if (outcome === SEND_TAKEN) {
      this.sent(socket, slab);
      socket.needsKeyframe = false;
      socket.skippedCount = 0;
    } else this.giveUp(socket, outcome);
    this.pool.release(slab);
  }

  private encodeOwn(socket: GameSocket, flags: number, context: FrameContext, slab: number): void {
    context.flags = flags;
    context.skipped = socket.skippedCount;
    if (socket.full) encodeFull(this.arena, socket.game, socket.player, context, this.pool, slab);
    else encodeKeyframe(this.arena, socket.game, context, this.pool, slab);
    context.flags = 0;
    context.skipped = 0;
    stampSentAfter(this.pool, slab, context);
  }

  private sent(socket: GameSocket, slab: number): void {
    socket.stalledTickCount = 0;
    socket.counts.stateFramesSent += 1;
    socket.counts.bytesSent += this.pool.slabEnd[slab]! - this.pool.slabStart[slab]!;
  }

  /** Whether the message is on its way. */
  private sendInOrder(socket: GameSocket, slab: number): boolean {
    if (socket.failed) return false;
    const outcome = this.isPressed && !socket.transport.idle ? SEND_FULL : socket.transport.sendInOrder(slab);
    if (outcome === SEND_TAKEN) socket.counts.bytesSent += this.pool.slabEnd[slab]! - this.pool.slabStart[slab]!;
    else this.giveUp(socket, outcome);
    return outcome === SEND_TAKEN;
  }

  private skip(socket: GameSocket): void {
    socket.needsKeyframe = true;
    socket.skippedCount += 1;
    socket.counts.stateFramesSkipped += 1;
  }

  /** The socket has not taken its last write yet. */
  private stall(socket: GameSocket): void {
    this.skip(socket);
    socket.stalledTickCount += 1;
    if (socket.stalledTickCount >= SOCKET_STALLED_TICKS_MAX || this.isPressed) this.giveUp(socket, SEND_FULL);
  }

  /** It gets nothing more, and its owner closes it. */
  private giveUp(socket: GameSocket, why: SendOutcome): void {
    if (socket.failed) return;
    socket.failed = true;
    if (why === SEND_BROKEN) {
      socket.counts.brokenSockets += 1;
      socket.owner.onBroken();
    } else {
      socket.counts.slowSockets += 1;
      socket.owner.onSlow(this.isPressed);
    }
  }

  /** No slab for an event: nobody of its game can be told, and an event is never left out in silence. */
  private giveUpAll(first: GameSocket): void {
    for (let socket: GameSocket | null = first; socket !== null;) {
      const next: GameSocket | null = socket.next;
      this.giveUp(socket, SEND_FULL);
      socket = next;
    }
  }

  private get isPressed(): boolean {
    return this.pool.usedCount > this.slabsHeldMax;
  }

  private claim(): number {
    const slab = this.pool.claim();
    if (slab === NO_SLAB) this.slabsMissing += 1;
    return slab;
  }
}

const NO_SLAB = -1;
/** Of the pool. The rest is for the frames of a turn, which are claimed and released one after another. */
const SLABS_HELD_SHARE_MAX = 0.75;
