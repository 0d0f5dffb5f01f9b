import { Counter, Gauge, Histogram, Registry, type Metric } from 'prom-client';
import type { Described, Pulled, PulledMetrics, Tally } from './pulled-metrics.ts';
import { probeRuntime } from './runtime-probes.ts';

/**
 * The numbers of a process for Prometheus. Two kinds: pulled (a function is asked when somebody scrapes; the only kind for whatever is counted
 * on the tick path, which knows nothing of this file) and observed (for HTTP handlers and the like). prom-client's default metrics
 * are not registered: they read the directory of open files at every scrape. Names follow Prometheus: base units, `_total`, `_seconds`.
 */

/** Seconds. One edge lies exactly at the promise, 0.035, so that its share is a ratio of counters. */
export const LAG_BUCKETS_SECONDS: readonly number[] = [
  0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.025, 0.035, 0.05, 0.075, 0.1, 0.15, 0.3, 1,
];

export class Metrics implements PulledMetrics {
  private readonly registry = new Registry();
  private readonly closeProbes: () => void;

  constructor(build: { readonly app: string; readonly version: string }) {
    this.gauge({
      name: 'waymark_build_info',
      help: 'What runs: always 1, told by its labels.',
      label: 'version',
      read: () => ({ [build.version]: 1 }),
    });
    this.registry.setDefaultLabels({ app: build.app });
    this.closeProbes = probeRuntime(this);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** Everything, as Prometheus reads it. */
  render(): Promise<string> {
    return this.registry.metrics();
  }

  /** A number that only grows, kept elsewhere. `name` ends in _total. */
  counter(metric: Described & { readonly label?: string; readonly read: Pulled }): void {
    const { label, read } = metric;
    const made = new Counter({
      ...this.facts(metric, label),
      collect() {
        this.reset();
        forEachPulled(read, (value, labelValue) => {
          if (label === undefined) this.inc(value);
          else this.inc({ [label]: labelValue }, value);
        });
      },
    });
    this.registry.registerMetric(made);
  }

  gauge(metric: Described & { readonly label?: string; readonly read: Pulled }): void {
    const { label, read } = metric;
    const made = new Gauge({
      ...this.facts(metric, label),
      collect() {
        this.reset();
        forEachPulled(read, (value, labelValue) => {
          if (label === undefined) this.set(value);
          else this.set({ [label]: labelValue }, value);
        });
      },
    });
    this.registry.registerMetric(made);
  }

  /** A histogram kept elsewhere, as a Tally over `edges` (ascending). */
  tally(metric: Described & { readonly edges: readonly number[]; readonly read: () => Tally }): void {
    const { edges, help, name, read } = metric;
    const get = async (): Promise<unknown> => ({
      name,
      help,
      type: 'histogram',
      values: tallyValues(name, edges, read()),
    });
    // prom-client has no histogram that is read elsewhere; of a metric its registry uses only name and get().
    this.registry.registerMetric({ name, help, get, reset: () => undefined } as unknown as Metric);
  }

  /** A histogram of seconds that the caller observes. Not for the tick path. */
  timing<Label extends string>(metric: Described & { readonly labels: readonly Label[] }): Histogram<Label> {
    return new Histogram({
      name: metric.name,
      help: metric.help,
      labelNames: [...metric.labels],
      buckets: [...LAG_BUCKETS_SECONDS],
      registers: [this.registry],
    });
  }

  /** A counter that the caller counts up. Not for the tick path. `name` ends in _total. */
  counting<Label extends string>(metric: Described & { readonly labels: readonly Label[] }): Counter<Label> {
    return new Counter({
      name: metric.name,
      help: metric.help,
      labelNames: [...metric.labels],
      registers: [this.registry],
    });
  }

  /** Lets go of the runtime's observers. */
  close(): void {
    this.closeProbes();
  }

  private facts(
    metric: Described,
    label: string | undefined,
  ): { name: string; help: string; labelNames: string[]; registers: Registry[] } {
    return {
      name: metric.name,
      help: metric.help,
      labelNames: label === undefined ? [] : [label],
      registers: [],
    };
  }
}

export function createMetrics(build: { readonly app: string; readonly version: string }): Metrics {
  return new Metrics(build);
}

function forEachPulled(read: Pulled, take: (value: number, labelValue: string) => void): void {
  const pulled = read();
  if (typeof pulled === 'number') take(pulled, '');
  else for (const [labelValue, value] of Object.entries(pulled)) take(value, labelValue);
}

function tallyValues(name: string, edges: readonly number[], tally: Tally): unknown[] {
  let below = 0;
  const values: unknown[] = edges.map((edge, index) => {
    below += tally.counts[index]!;
    return { metricName: `${name}_bucket`, labels: { le: String(edge) }, value: below };
  });
  const count = below + tally.counts[edges.length]!;
  return [
    ...values,
    { metricName: `${name}_bucket`, labels: { le: '+Inf' }, value: count },
    { metricName: `${name}_sum`, labels: {}, value: tally.sum },
    { metricName: `${name}_count`, labels: {}, value: count },
  ];
}
