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
import type { GameSocket } from './game-socket.ts';

/**
 * From game state to sockets. Owns the list of sockets of each game and decides, socket by socket, what it gets: the frame that all share,
 * a keyframe of its own after it fell behind, or nothing while its last write is still pending (latest wins: nobody waits for anybody).
 *
 *   tick:   encode once -> every socket that keeps up; skipped ones are counted and get a keyframe when they can be written to again
 *   event:  encode once -> every socket, in order, never skipped; a socket whose queue is full is given up as slow
 *   reveal: encode for one player -> that player's socket
 *
 * Nothing here allocates in a tick, and nothing here knows Nest, logs or metrics: counters are plain numbers that others read.
 */
export interface FanOutCounts {
  stateFramesSent: number;
  eventFramesSent: number;
  revealFramesSent: number;
  bytesSent: number;
  stateFramesSkipped: number;
  slowSockets: number;
  brokenSockets: number;
  /** Frames left out because every slab was held by a pending write. */
  slabsMissing: number;
}

export interface FanOutParts {
  readonly arena: Arena;
  readonly pool: SlabPool;
}

export class FanOut {
  readonly counts: FanOutCounts = {
    stateFramesSent: 0,
    eventFramesSent: 0,
    revealFramesSent: 0,
    bytesSent: 0,
    stateFramesSkipped: 0,
    slowSockets: 0,
    brokenSockets: 0,
    slabsMissing: 0,
  };
  socketCount = 0;
  private readonly arena: Arena;
  private readonly pool: SlabPool;
  private readonly first: (GameSocket | null)[];

  constructor({ arena, pool }: FanOutParts) {
    this.arena = arena;
    this.pool = pool;
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
    if (slab === NO_SLAB) return this.failAll(socket);
    encodeEvent(this.arena, applied, context, this.pool, slab);
    stampSentAfter(this.pool, slab, context);
    while (socket !== null) {
      const next: GameSocket | null = socket.next;
      this.sendInOrder(socket, slab);
      this.counts.eventFramesSent += 1;
      socket = next;
    }
    this.pool.release(slab);
  }

  /** One event to one socket: what a resuming client missed. */
  sendEvent(socket: GameSocket, applied: AppliedEvent, context: FrameContext): void {
    const slab = this.claim();
    if (slab === NO_SLAB) return this.fail(socket);
    encodeEvent(this.arena, applied, context, this.pool, slab);
    stampSentAfter(this.pool, slab, context);
    this.sendInOrder(socket, slab);
    this.counts.eventFramesSent += 1;
    this.pool.release(slab);
  }

  /** A keyframe to one socket, outside of the ticks: the first thing a new socket gets. `flags` are added to the header's. */
  sendKeyframe(socket: GameSocket, flags: number, context: FrameContext): void {
    const slab = this.claim();
    if (slab === NO_SLAB) return this.fail(socket);
    this.encodeOwn(socket, flags, context, slab);
    this.sendInOrder(socket, slab);
    socket.needsKeyframe = false;
    socket.skippedCount = 0;
    this.counts.stateFramesSent += 1;
    this.pool.release(slab);
  }

  /** All that the rules reveal to the socket's player and that its client was not told yet. */
  sendReveals(socket: GameSocket, context: FrameContext): void {
    for (;;) {
      const slab = this.claim();
      if (slab === NO_SLAB) return this.fail(socket);
      const bytes = encodeReveal(this.arena, socket.player, context, this.pool, slab);
      if (bytes > 0) {
        stampSentAfter(this.pool, slab, context);
        this.sendInOrder(socket, slab);
        this.counts.revealFramesSent += 1;
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
    }
    const { transport } = socket;
    if (!transport.idle) transport.flush();
    if (!transport.idle) return this.skip(socket);
    if (socket.full || socket.needsKeyframe) return this.serveOwn(socket, context);
    if (shared === NO_SLAB) return this.skip(socket);
    if (!transport.send(shared)) return this.fail(socket);
    this.sent(socket, shared);
  }

  private serveOwn(socket: GameSocket, context: FrameContext): void {
    const slab = this.claim();
    if (slab === NO_SLAB) return this.skip(socket);
    this.encodeOwn(socket, 0, context, slab);
    if (socket.transport.send(slab)) {
      this.sent(socket, slab);
      socket.needsKeyframe = false;
      socket.skippedCount = 0;
    } else this.fail(socket);
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
    this.counts.stateFramesSent += 1;
    this.counts.bytesSent += this.pool.slabEnd[slab]! - this.pool.slabStart[slab]!;
  }

  private sendInOrder(socket: GameSocket, slab: number): void {
    if (socket.failed) return;
    if (socket.transport.sendInOrder(slab)) this.counts.bytesSent += this.pool.slabEnd[slab]! - this.pool.slabStart[slab]!;
    else this.fail(socket);
  }

  private skip(socket: GameSocket): void {
    socket.needsKeyframe = true;
    socket.skippedCount += 1;
    socket.stalledTickCount += 1;
    this.counts.stateFramesSkipped += 1;
    if (socket.stalledTickCount >= SOCKET_STALLED_TICKS_MAX) this.fail(socket);
  }

  /** Gives a socket up: it gets nothing more, and its owner closes it. */
  private fail(socket: GameSocket): void {
    if (socket.failed) return;
    socket.failed = true;
    this.counts.slowSockets += 1;
    socket.owner.onSlow();
  }

  private failAll(first: GameSocket): void {
    for (let socket: GameSocket | null = first; socket !== null; ) {
      const next: GameSocket | null = socket.next;
      this.fail(socket);
      socket = next;
    }
  }

  private claim(): number {
    const slab = this.pool.claim();
    if (slab === NO_SLAB) this.counts.slabsMissing += 1;
    return slab;
  }
}

const NO_SLAB = -1;
