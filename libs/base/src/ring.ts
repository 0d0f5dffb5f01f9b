import { assert } from './assert.ts';

/**
 * A bounded first-in first-out queue of small integers (slab numbers, row numbers) over one Int32Array.
 * Full is a return value, never growth. Capacity must be a power of two, so that wrapping is a mask.
 */
export class IntRing {
  private readonly items: Int32Array;
  private readonly mask: number;
  private head = 0;
  private count = 0;

  constructor(capacity: number) {
    assert(capacity > 0 && (capacity & (capacity - 1)) === 0, 'a ring capacity is a power of two');
    this.items = new Int32Array(capacity);
    this.mask = capacity - 1;
  }

  get size(): number {
    return this.count;
  }

  /** False when full. */
  push(item: number): boolean {
    if (this.count > this.mask) return false;
    this.items[(this.head + this.count) & this.mask] = item;
    this.count += 1;
    return true;
  }

  /** The oldest item, or -1 when empty. */
  shift(): number {
    if (this.count === 0) return -1;
    const item = this.items[this.head]!;
    this.head = (this.head + 1) & this.mask;
    this.count -= 1;
    return item;
  }
}
