import { assert } from '@waymark/base';

/**
 * Which of `capacity` slots are free: a stack of their numbers. The slot given back last is taken first, so a half-full table stays on
 * few memory pages. Taking from an empty list is -1, never growth.
 */
export class FreeList {
  readonly capacity: number;
  private readonly slots: Int32Array;
  private freeCount: number;

  constructor(capacity: number) {
    assert(Number.isInteger(capacity) && capacity > 0, 'a free list holds at least one slot');
    this.capacity = capacity;
    this.slots = new Int32Array(capacity);
    this.freeCount = capacity;
    for (let i = 0; i < capacity; i++) this.slots[i] = capacity - 1 - i;
  }

  get usedCount(): number {
    return this.capacity - this.freeCount;
  }

  /** A slot, or -1 when none is free. */
  take(): number {
    if (this.freeCount === 0) return -1;
    this.freeCount -= 1;
    return this.slots[this.freeCount];
  }

  /** The caller has made sure that `slot` was taken: a list of numbers cannot tell. */
  give(slot: number): void {
    assert(this.freeCount < this.capacity, 'no more slots are given back than were taken');
    this.slots[this.freeCount] = slot;
    this.freeCount += 1;
  }
}
