import v8 from 'node:v8';
import vm from 'node:vm';
import { BucketTally } from '@waymark/base';
import { until } from '@waymark/testing';
import { startAdminServer, type AdminServer } from '../admin-server.ts';
import { LAG_BUCKETS_SECONDS } from './buckets.ts';
import { registerReadiness } from './health-metrics.ts';
import { createMetrics, type Metrics } from './metrics.ts';

let metrics: Metrics;

beforeEach(() => {
  metrics = createMetrics({ app: 'test', version: '1.2.3' });
});

afterEach(() => metrics.close());

async function valueOf(name: string): Promise<number> {
  const line = (await metrics.render()).split('\n').find((text) => text.startsWith(name));
  return Number(line?.split(' ').at(-1));
}

describe('metrics', () => {
  it('have a bucket edge exactly at the promise', () => {
    expect(LAG_BUCKETS_SECONDS).toContain(0.035);
    expect([...LAG_BUCKETS_SECONDS].sort((a, b) => a - b)).toEqual(LAG_BUCKETS_SECONDS);
  });

  it('ask for pulled numbers at each scrape and do not add them up', async () => {
    let ticks = 5;
    metrics.counter({ name: 'waymark_ticks_total', help: 'x', read: () => ticks });
    metrics.gauge({ name: 'waymark_sockets', help: 'x', label: 'kind', read: () => ({ player: ticks, spectator: 1 }) });
    expect(await valueOf('waymark_ticks_total{')).toBe(5);
    ticks = 8;
    expect(await valueOf('waymark_ticks_total{')).toBe(8);
    expect(await valueOf('waymark_sockets{kind="player"')).toBe(8);
  });

  it('write a tally that is kept elsewhere as a cumulative histogram', async () => {
    const lag = new BucketTally([0.01, 0.035]);
    for (const seconds of [0.01, 0.01, 0.01, 0.035, 0.035, 0.1]) lag.add(seconds);
    metrics.tally({ name: 'waymark_lag_seconds', help: 'x', read: () => lag });
    expect(await valueOf('waymark_lag_seconds_bucket{app="test",le="0.01"')).toBe(3);
    expect(await valueOf('waymark_lag_seconds_bucket{app="test",le="0.035"')).toBe(5);
    expect(await valueOf('waymark_lag_seconds_bucket{app="test",le="+Inf"')).toBe(6);
    expect(await valueOf('waymark_lag_seconds_count')).toBe(6);
    expect(await valueOf('waymark_lag_seconds_sum')).toBeCloseTo(0.2, 9);
  });

  it('write one histogram for each set of labels', async () => {
    const slow = new BucketTally([0.035]);
    slow.add(1);
    const read = () => [
      { labels: { outcome: 'good' }, tally: new BucketTally([0.035]) },
      { labels: { outcome: 'slow' }, tally: slow },
    ];
    metrics.tally({ name: 'waymark_lag_seconds', help: 'x', read });
    expect(await valueOf('waymark_lag_seconds_bucket{outcome="good",app="test",le="0.035"}')).toBe(0);
    expect(await valueOf('waymark_lag_seconds_bucket{outcome="slow",app="test",le="+Inf"}')).toBe(1);
    expect(await valueOf('waymark_lag_seconds_count{outcome="slow",app="test"}')).toBe(1);
  });

  it('tell each check of readiness', async () => {
    registerReadiness(metrics, [
      { name: 'ticks', check: () => ({ ok: true, detail: 'x' }) },
      { name: 'canary', check: () => ({ ok: false, detail: 'x' }) },
    ]);
    expect(await valueOf('waymark_ready{check="ticks"')).toBe(1);
    expect(await valueOf('waymark_ready{check="canary"')).toBe(0);
  });

  it('count every collection of a batch', async () => {
    v8.setFlagsFromString('--expose-gc');
    const collect = vm.runInNewContext('gc') as () => void;
    // In one turn: they are reported together.
    for (let n = 0; n < 5; n++) collect();
    await until('the collections', async () => (await valueOf('waymark_gc_pause_seconds_count')) > 0);
    expect(await valueOf('waymark_gc_collections_total{kind="major"')).toBeGreaterThanOrEqual(5);
    expect(await valueOf('waymark_gc_pause_seconds_count')).toBeGreaterThanOrEqual(5);
    expect(await valueOf('waymark_gc_pause_longest_seconds')).toBeGreaterThan(0);
  });

  it('refuse a name that is taken', () => {
    metrics.counter({ name: 'waymark_a_total', help: 'x', read: () => 1 });
    expect(() => metrics.gauge({ name: 'waymark_a_total', help: 'x', read: () => 1 })).toThrow('already');
    const read = () => new BucketTally([1]);
    expect(() => metrics.tally({ name: 'waymark_a_total', help: 'x', read })).toThrow('already');
    metrics.tally({ name: 'waymark_b_seconds', help: 'x', read });
    expect(() => metrics.tally({ name: 'waymark_b_seconds', help: 'x', read })).toThrow('already');
  });
});

describe('the admin server', () => {
  let server: AdminServer;
  let ready = false;

  beforeEach(async () => {
    server = await startAdminServer({
      host: '127.0.0.1',
      port: 0,
      metrics,
      live: [],
      ready: [
        { name: 'ticks', check: () => ({ ok: ready, detail: 'the last tick is 3 s old' }) },
        {
          name: 'broken',
          check: () => {
            if (!ready) throw new Error('oh');
            return { ok: true, detail: 'fine' };
          },
        },
      ],
    });
  });

  afterEach(() => server.close());

  const get = (path: string, init?: RequestInit): Promise<Response> =>
    fetch(`http://127.0.0.1:${server.port}${path}`, init);

  it('serves metrics', async () => {
    const response = await get('/metrics');
    expect(response.headers.get('content-type')).toContain('text/plain');
    expect(await response.text()).toContain(
      `waymark_build_info{version="1.2.3",node="${process.versions.node}",app="test"} 1`,
    );
  });

  it('tells life from readiness, with a sentence for each check', async () => {
    ready = false;
    expect((await get('/health/live')).status).toBe(200);
    const response = await get('/health/ready');
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      status: 'failing',
      checks: [
        { name: 'ticks', ok: false, detail: 'the last tick is 3 s old' },
        { name: 'broken', ok: false, detail: 'the check itself failed: oh' },
      ],
    });
    ready = true;
    expect((await get('/health/ready')).status).toBe(200);
  });

  it('knows no other path and no other method', async () => {
    expect((await get('/')).status).toBe(404);
    expect((await get('/metrics', { method: 'POST' })).status).toBe(405);
  });

  it('says when its port is taken', async () => {
    const second = startAdminServer({ host: '127.0.0.1', port: server.port, metrics, live: [], ready: [] });
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
