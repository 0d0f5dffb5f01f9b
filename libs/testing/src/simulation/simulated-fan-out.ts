import {
  clearDirty,
  createFrameContext,
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

import type { SeededRandom } from '../seeded-random.ts';
import type { Seat, SimulatedHunt } from './simulated-hunt.ts';

/**
 * Hands the engine's frames to slow sockets by the rules of docs/protocol.md: shared frames for those that keep up, a keyframe of its own
 * for one that fell behind, events and reveals never skipped. Half of the sockets take a message at once, the others when the simulation
 * lets them.
 */
export class SimulatedFanOut {
  readonly context: FrameContext = createFrameContext();
  private readonly arena: Arena;
  private readonly pool: SlabPool;
  private readonly random: SeededRandom;

  constructor(parts: { readonly arena: Arena; readonly pool: SlabPool; readonly random: SeededRandom }) {
    this.arena = parts.arena;
    this.pool = parts.pool;
    this.random = parts.random;
  }

  tick(hunt: SimulatedHunt): void {
    const { arena, pool, context } = this;
    nextFrameSequence(arena, hunt.slot);
    hunt.model.sequence += 1;
    const wantsDelta = hunt.seats.some((seat) => !seat.full && !seat.socket.needsKeyframe);
    let shared = -1;
    if (wantsDelta) {
      shared = pool.claim();
      if (shared !== -1) {
        encodeDelta(arena, hunt.slot, context, pool, shared);
        stampSentAfter(pool, shared, context);
      }
    } else clearDirty(arena, hunt.slot);
    for (const seat of hunt.seats) {
      if (!seat.socket.idle) this.skip(seat);
      else if (seat.full || seat.socket.needsKeyframe) this.sendOwn(hunt, seat, 0);
      else if (shared === -1) this.skip(seat);
      else this.deliver(seat, shared, hunt.expected(seat.row, context.tick));
    }
    if (shared !== -1) pool.release(shared);
  }

  /** False when there was no slab: then everybody must be cut off. */
  event(applied: AppliedEvent, seats: readonly Seat[]): boolean {
    const { arena, pool, context } = this;
    const slab = pool.claim();
    if (slab === -1) return false;
    encodeEvent(arena, applied, context, pool, slab);
    stampSentAfter(pool, slab, context);
    for (const seat of seats) this.deliver(seat, slab, null);
    pool.release(slab);
    return true;
  }

  /** False when there was no slab. */
  reveals(seat: Seat): boolean {
    const { arena, pool, context } = this;
    for (;;) {
      const slab = pool.claim();
      if (slab === -1) return false;
      const bytes = encodeReveal(arena, seat.player, context, pool, slab);
      if (bytes > 0) {
        stampSentAfter(pool, slab, context);
        this.deliver(seat, slab, null);
      }
      pool.release(slab);
      if (bytes === 0) return true;
    }
  }

  /** A keyframe that only this socket gets. What the client then holds is compared at the next tick: its reveals come first. */
  sendOwn(hunt: SimulatedHunt, seat: Seat, flags: number, isFirst = false): boolean {
    const { arena, pool, context } = this;
    const { socket } = seat;
    const slab = pool.claim();
    if (slab === -1) {
      this.skip(seat);
      return false;
    }
    context.flags = flags;
    context.skipped = socket.skippedCount;
    if (seat.full) encodeFull(arena, hunt.slot, seat.player, context, pool, slab);
    else encodeKeyframe(arena, hunt.slot, context, pool, slab);
    context.flags = 0;
    context.skipped = 0;
    stampSentAfter(pool, slab, context);
    this.deliver(seat, slab, isFirst ? null : hunt.expected(seat.row, context.tick));
    pool.release(slab);
    socket.needsKeyframe = false;
    socket.skippedCount = 0;
    return true;
  }

  private skip({ socket }: Seat): void {
    socket.needsKeyframe = true;
    socket.skippedCount += 1;
  }

  private deliver({ socket }: Seat, slab: number, expected: object | null): void {
    const wasIdle = socket.idle;
    socket.send(slab, expected);
    if (wasIdle && this.random.integer(2) === 0) socket.read();
  }
}
