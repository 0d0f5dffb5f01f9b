import {
  constants,
  monitorEventLoopDelay,
  performance,
  PerformanceObserver,
  type NodeGCPerformanceDetail,
} from 'node:perf_hooks';
import { BucketTally } from '@waymark/base';
import { GC_BUCKETS_SECONDS } from './buckets.ts';
import type { PulledMetrics } from './pulled-metrics.ts';

/**
 * What the runtime does to a process: garbage collections, delay and use of the event loop, memory, CPU. Called once by Metrics.
 * All of it is cheap enough to leave on: collections are reported by V8 in batches, the loop's delay is kept by libuv.
 */

/** The loop's delay is summed up over windows of this length, so that any number of scrapers may look. */
const DELAY_WINDOW_MS = 10_000;

const GC_KINDS: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weakcb',
};

/** The declarations of Node give every entry the type of the most general one, without `detail`. */
interface GcEntry {
  readonly duration: number;
  readonly detail: NodeGCPerformanceDetail;
}

/** Registers the probes; what it returns ends them. */
export function probeRuntime(metrics: PulledMetrics, delayWindowMs = DELAY_WINDOW_MS): () => void {
  const closers = [probeCollections(metrics), probeLoopDelay(metrics, delayWindowMs)];
  metrics.counter({
    name: 'waymark_eventloop_active_seconds_total',
    help: 'Time in which the event loop had something to do.',
    read: () => performance.eventLoopUtilization().active / 1000,
  });
  metrics.counter({
    name: 'waymark_eventloop_idle_seconds_total',
    help: 'Time in which the event loop waited. Utilisation is active / (active + idle).',
    read: () => performance.eventLoopUtilization().idle / 1000,
  });
  metrics.counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time of the process, all threads, user and system.',
    read: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    },
  });
  metrics.gauge({
    name: 'process_resident_memory_bytes',
    help: 'Memory of the process that lies in RAM.',
    read: () => process.memoryUsage.rss(),
  });
  metrics.gauge({
    name: 'nodejs_heap_size_used_bytes',
    help: 'Live and not yet collected objects on the JavaScript heap.',
    read: () => process.memoryUsage().heapUsed,
  });
  metrics.gauge({
    name: 'process_start_time_seconds',
    help: 'When the process started, seconds since the Unix epoch.',
    read: () => performance.timeOrigin / 1000,
  });
  return () => closers.forEach((close) => close());
}

function probeCollections(metrics: PulledMetrics): () => void {
  const pauses = new BucketTally(GC_BUCKETS_SECONDS);
  const byKind: Record<string, number> = { major: 0, minor: 0, incremental: 0, weakcb: 0 };
  let longestSeconds = 0;
  const observer = new PerformanceObserver((list) => {
    // V8 reports several at once; whoever looks at the first alone undercounts.
    for (const entry of list.getEntries() as unknown as GcEntry[]) {
      const seconds = entry.duration / 1000;
      pauses.add(seconds);
      longestSeconds = Math.max(longestSeconds, seconds);
      const kind = GC_KINDS[entry.detail.kind ?? 0];
      if (kind !== undefined) byKind[kind]! += 1;
    }
  });
  observer.observe({ type: 'gc', buffered: false });
  metrics.tally({
    name: 'waymark_gc_pause_seconds',
    help: 'Pauses by garbage collections of any kind.',
    read: () => pauses,
  });
  metrics.counter({
    name: 'waymark_gc_collections_total',
    help: 'Garbage collections by kind.',
    label: 'kind',
    read: () => byKind,
  });
  metrics.gauge({
    name: 'waymark_gc_pause_longest_seconds',
    help: 'Longest pause by a garbage collection since the start.',
    read: () => longestSeconds,
  });
  return () => observer.disconnect();
}

function probeLoopDelay(metrics: PulledMetrics, windowMs: number): () => void {
  // Sampled by a timer of its own resolution, an idle loop would show that resolution as delay.
  const histogram = monitorEventLoopDelay({ samplePerIteration: true });
  histogram.enable();
  let window: Record<string, number> = { p50: 0, p99: 0, max: 0 };
  const timer = setInterval(() => {
    const measured = histogram.count > 0;
    window = {
      p50: measured ? histogram.percentile(50) / 1e9 : 0,
      p99: measured ? histogram.percentile(99) / 1e9 : 0,
      max: measured ? histogram.max / 1e9 : 0,
    };
    histogram.reset();
  }, windowMs);
  timer.unref();
  metrics.gauge({
    name: 'waymark_eventloop_delay_seconds',
    help: `Delay of the event loop in the last whole window of ${windowMs / 1000} s, median, 99th percentile and longest.`,
    label: 'stat',
    read: () => window,
  });
  return () => {
    clearInterval(timer);
    histogram.disable();
  };
}
