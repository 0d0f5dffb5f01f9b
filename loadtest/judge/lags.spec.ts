import { LagHistogram } from '../measure/lag-histogram.ts';
import { allowedOver, countOver, quantileOfDue } from './lags.ts';

function of(...lags: readonly number[]): LagHistogram {
  const histogram = new LagHistogram();
  for (const lag of lags) histogram.record(lag);
  return histogram;
}

describe('lags of which some never came', () => {
  it('take what never came for later than all that did', () => {
    const hundred = of(...Array.from({ length: 98 }, () => 1), 2);
    expect(quantileOfDue(hundred, 99, 0.99)).toBeCloseTo(2, 1);
    expect(quantileOfDue(hundred, 100, 0.99)).toBeCloseTo(2, 1);
    expect(quantileOfDue(hundred, 101, 0.99)).toBeNull();
    expect(quantileOfDue(of(), 10, 0.5)).toBeNull();
  });

  it('allow as many over a limit as leave the quantile within it', () => {
    expect(allowedOver(400, 0.99)).toBe(4);
    expect(allowedOver(133, 0.99)).toBe(1);
    expect(allowedOver(99, 0.99)).toBe(0);
    expect(allowedOver(1_000, 0.999)).toBe(1);
    for (const due of [1, 7, 66, 100, 399, 400, 401]) {
      const over = allowedOver(due, 0.99);
      const within = [...Array.from({ length: due - over }, () => 1), ...Array.from({ length: over }, () => 50)];
      expect(quantileOfDue(of(...within), due, 0.99)!).toBeLessThan(2);
      expect(quantileOfDue(of(...within.slice(1), 50), due, 0.99)!).toBeGreaterThan(49);
    }
  });

  it('are over a limit for sure, or perhaps where its bucket holds both', () => {
    expect(countOver(of(34, 35.04, 36).sparse(), 35)).toEqual({ least: 1, most: 2 });
    expect(countOver(of(-5, 0, 1).sparse(), 35)).toEqual({ least: 0, most: 0 });
  });
});
