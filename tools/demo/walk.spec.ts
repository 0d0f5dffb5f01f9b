import { distance, near, walk, type Point } from './walk.ts';

describe('walk', () => {
  it('covers speed times time, straight towards the goal', () => {
    const from: Point = [0, 0, 0];
    const at = walk(from, [30, 40, 0], 5, 2);
    expect(at).toEqual([6, 8, 0]);
    expect(distance(from, at)).toBeCloseTo(10);
  });

  it('ends at the goal and does not overshoot', () => {
    expect(walk([0, 0, 0], [1, 2, 2], 10, 1)).toEqual([1, 2, 2]);
    expect(walk([1, 2, 2], [1, 2, 2], 10, 1)).toEqual([1, 2, 2]);
  });
});

describe('near', () => {
  it('stays well inside the radius', () => {
    for (let n = 0; n < 50; n++) {
      const at: Point = [100, -5, 7];
      expect(distance(near(at, 4, (n * 0.37) % 1, (n * 0.61) % 1), at)).toBeLessThan(4 * 0.61);
    }
  });
});
