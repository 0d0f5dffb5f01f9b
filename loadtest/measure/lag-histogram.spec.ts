import { LagHistogram, NEGATIVE_BUCKET, upperEdgeMs } from './lag-histogram.ts';

describe('a lag histogram', () => {
  it('tells every lag within 0.8 %, never below it', () => {
    for (let lagMs = 0.001; lagMs < 600_000; lagMs = lagMs * 1.07 + 0.001) {
      const histogram = new LagHistogram();
      histogram.record(lagMs);
      const told = histogram.quantile(1)!;
      const wholeUs = Math.round(lagMs * 1_000) / 1_000;
      expect(told).toBeGreaterThanOrEqual(wholeUs);
      expect(told).toBeLessThanOrEqual(wholeUs * 1.008);
    }
  });

  it('has buckets that follow each other without a gap', () => {
    for (let bucket = 1; bucket < 3_000; bucket++) {
      const histogram = new LagHistogram();
      histogram.record(upperEdgeMs(bucket - 1) + 0.001);
      expect(histogram.sparse()).toEqual([[bucket, 1]]);
    }
  });

  it('takes quantiles by nearest rank', () => {
    const histogram = new LagHistogram();
    for (let n = 1; n <= 100; n++) histogram.record(n / 1_000);
    expect(histogram.quantile(0.5)).toBe(0.05);
    expect(histogram.quantile(0.99)).toBe(0.099);
    expect(histogram.quantile(1)).toBe(0.1);
    expect(new LagHistogram().quantile(0.5)).toBeNull();
  });

  it('is the same after a way through JSON, and adds up', () => {
    const histogram = new LagHistogram();
    for (const lag of [0.2, 3, 3, 40, 1_000, -5]) histogram.record(lag);
    const sum = new LagHistogram();
    sum.add(JSON.parse(JSON.stringify(histogram.sparse())));
    sum.add(histogram.sparse());
    expect(sum.count).toBe(12);
    expect(sum.sparse()).toEqual(histogram.sparse().map(([bucket, count]) => [bucket, 2 * count]));
  });

  it('keeps lags below zero apart, but for what two clocks may differ by', () => {
    const histogram = new LagHistogram();
    histogram.record(-0.4);
    histogram.record(-20);
    expect(histogram.negativeCount).toBe(1);
    expect(histogram.sparse()).toEqual([
      [NEGATIVE_BUCKET, 1],
      [0, 1],
    ]);
  });
});
