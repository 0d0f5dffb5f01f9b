/**
 * Chance from a seed: splitmix32, whose whole state is one u32. Only integer arithmetic, so the same seed gives the same quest on every
 * machine and runtime.
 */

/** Taken out once: inside a test's own context each look at a global costs more than the arithmetic. */
const { imul, floor } = Math;

export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** In [0, 1). */
  fraction(): number {
    this.state = (this.state + 0x9e37_79b9) >>> 0;
    return mix(this.state) / 0x1_0000_0000;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.fraction();
  }

  pick<T>(items: readonly T[]): T {
    return items[floor(this.fraction() * items.length)]!;
  }
}

/** A u32 whose every bit depends on every bit of `value`. */
export function mix(value: number): number {
  let bits = value >>> 0;
  bits = imul(bits ^ (bits >>> 16), 0x21f0_aaad);
  bits = imul(bits ^ (bits >>> 15), 0x735a_2d97);
  return (bits ^ (bits >>> 15)) >>> 0;
}
