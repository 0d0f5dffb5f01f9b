import { until } from '@waymark/testing';
import type { Pulled, PulledMetrics } from './pulled-metrics.ts';
import { probeRuntime } from './runtime-probes.ts';

/** What the probes tell of this very process, in base units: seconds and bytes. */
const WINDOW_MS = 400;
const BLOCKED_MS = 60;

const reads = new Map<string, Pulled>();
const metrics: PulledMetrics = {
  counter: ({ name, read }) => void reads.set(name, read),
  gauge: ({ name, read }) => void reads.set(name, read),
  tally: () => undefined,
};
let close: () => void;
beforeAll(() => {
  close = probeRuntime(metrics, WINDOW_MS);
});
afterAll(() => close());

const valueOf = (name: string): number => reads.get(name)!() as number;
const delay = (): Record<string, number> => reads.get('waymark_eventloop_delay_seconds')!() as Record<string, number>;

function block(): void {
  for (const untilMs = performance.now() + BLOCKED_MS; performance.now() < untilMs;);
}

describe('probes of the runtime', () => {
  it('tell a turn that blocks the loop, and no delay of a loop that has nothing to do', async () => {
    await until('a window', () => delay()['p50']! > 0);
    // In turns of its own, so that the loop's delay sees it.
    const blocking = setInterval(block, 2 * BLOCKED_MS);
    try {
      await until(
        () => `a window that was blocked, and otherwise idle: ${JSON.stringify(delay())}`,
        // Sampled by a timer, an idle loop would show the timer's 10 ms at the median.
        () => delay()['max']! > 0.8 * (BLOCKED_MS / 1_000) && delay()['p50']! < 0.008,
      );
      expect(delay()['max']).toBeLessThan(2);
      expect(delay()['p99']).toBeLessThanOrEqual(delay()['max']!);
    } finally {
      clearInterval(blocking);
    }
  });

  it('count busy and idle time of the loop, and CPU, in seconds', async () => {
    const names = ['waymark_eventloop_active_seconds_total', 'waymark_eventloop_idle_seconds_total'];
    const all = [...names, 'process_cpu_seconds_total'];
    const startedAt = performance.now();
    const before = all.map(valueOf);
    for (let n = 0; n < 4; n++) {
      await new Promise((resolve) => setTimeout(resolve, BLOCKED_MS));
      block();
    }
    const seconds = (performance.now() - startedAt) / 1_000;
    const [active, idle, cpu] = all.map((name, index) => valueOf(name) - before[index]!) as [number, number, number];
    expect(active + idle).toBeGreaterThan(0.8 * seconds);
    expect(active + idle).toBeLessThan(1.2 * seconds);
    expect(active).toBeGreaterThan((3 * BLOCKED_MS) / 1_000);
    expect(idle).toBeGreaterThan((2 * BLOCKED_MS) / 1_000);
    expect(cpu).toBeGreaterThan(0.02);
    expect(cpu).toBeLessThan(20 * seconds);
  });

  it('tell memory in bytes and the start in seconds since 1970', () => {
    for (const name of ['process_resident_memory_bytes', 'nodejs_heap_size_used_bytes']) {
      expect(valueOf(name)).toBeGreaterThan(5e6);
      expect(valueOf(name)).toBeLessThan(16e9);
    }
    const startedAt = valueOf('process_start_time_seconds');
    expect(Math.abs(Date.now() / 1_000 - process.uptime() - startedAt)).toBeLessThan(5);
  });
});
