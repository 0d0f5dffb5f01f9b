import { IntRing } from './ring.ts';

describe('IntRing', () => {
  it('gives items back in the order they came, across the wrap', () => {
    const ring = new IntRing(4);
    for (let round = 0; round < 10; round++) {
      expect(ring.push(round)).toBe(true);
      expect(ring.push(round + 100)).toBe(true);
      expect(ring.shift()).toBe(round);
      expect(ring.shift()).toBe(round + 100);
    }
    expect(ring.shift()).toBe(-1);
  });

  it('refuses an item when full and keeps what it has', () => {
    const ring = new IntRing(2);
    expect([ring.push(1), ring.push(2), ring.push(3)]).toEqual([true, true, false]);
    expect([ring.shift(), ring.shift()]).toEqual([1, 2]);
  });

  it('refuses a capacity that is not a power of two', () => {
    expect(() => new IntRing(3)).toThrow('power of two');
  });
});
