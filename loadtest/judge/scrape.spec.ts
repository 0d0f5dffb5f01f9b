import { Metrics } from '@waymark/platform';
import { Random } from '../../tools/quest-generator/random.ts';
import { simulatedApp } from '../testing/simulated-run.ts';
import { appFigures, unusable } from './app-figures.ts';
import { readScrape } from './scrape.ts';

describe('the counters of an app', () => {
  it('are read from what the apps really answer at /metrics', async () => {
    const metrics = new Metrics({ app: 'gateway', version: '1' });
    const before = readScrape(await metrics.render(), 0);
    const after = readScrape(await metrics.render(), 1_000);
    metrics.close();
    expect(unusable({ app: 'gateway', before, after, samples: [] })).toBeNull();
    expect(before.series['waymark_gc_collections_total{kind="major"}']).toBeGreaterThanOrEqual(0);
  });

  it('keep their labels in order and without the app', () => {
    const text = '# HELP x y\nx{b="2",app="g",a="1 } \\" {"} 3\ny{app="g"} 1e3\nz NaN\n';
    expect(readScrape(text, 7)).toEqual({ takenAtMs: 7, series: { 'x{a="1 } \\" {",b="2"}': 3, y: 1_000 } });
  });

  it('of something else than /metrics are an error', () => {
    expect(() => readScrape('<html>', 0)).toThrow('not a line of /metrics: <html>');
  });

  it('give cores, memory, collections and pauses of the window alone', () => {
    const app = simulatedApp('gateway', 30, { cores: 0.4, rssMb: 150, random: new Random(1) });
    const figures = appFigures(app)!;
    expect(figures.cores).toBeCloseTo(0.4);
    expect(figures.rssMaxMb).toBe(150);
    expect(figures.majorGcsPerMinute).toBe(0);
    expect(figures.gcPauses.map(({ count }) => count)).toEqual([30, 30, 0, 0, 0]);
    // The longest since the start, 2.8 ms, was before the window; in it, none was over 1.
    expect(figures.gcPauseLongestMs).toBe(1);
  });
});
