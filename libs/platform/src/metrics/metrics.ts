import { assert, type BucketTally } from '@waymark/base';
import { Counter, Gauge, Registry } from 'prom-client';
import type { Described, LabelledTally, Pulled, PulledMetrics } from './pulled-metrics.ts';
import { probeRuntime } from './runtime-probes.ts';
import { TallyText } from './tally-text.ts';

/**
 * The numbers of a process for Prometheus. All are pulled: a function is asked when somebody scrapes, and whoever counts (the tick path, a
 * handler) keeps plain numbers and knows nothing of this file. prom-client's own histograms look up a label set at each observation, and its default metrics read the directory of open files at every scrape: neither is used. Names follow Prometheus
 * (base units, `_total`, `_seconds`), every label value that can come stands there from the start, and none of them names a player or a game.
 */

export class Metrics implements PulledMetrics {
  private readonly registry = new Registry();
  private readonly tallies = new Map<string, TallyText>();
  private readonly app: string;
  private readonly closeProbes: () => void;

  constructor(build: { readonly app: string; readonly version: string }) {
    this.app = build.app;
    const info = new Gauge({
      name: 'waymark_build_info',
      help: 'What runs: always 1, told by its labels.',
      labelNames: ['version', 'node'],
      registers: [this.registry],
    });
    info.set({ version: build.version, node: process.versions.node }, 1);
    this.registry.setDefaultLabels({ app: build.app });
    this.closeProbes = probeRuntime(this);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** Everything, as Prometheus reads it. */
  async render(): Promise<string> {
    let text = await this.registry.metrics();
    for (const tally of this.tallies.values()) text += `\n${tally.write()}`;
    return text;
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

  /** A histogram kept elsewhere, or one for each set of labels. */
  tally(metric: Described & { readonly read: () => BucketTally | readonly LabelledTally[] }): void {
    const isTaken = this.registry.getSingleMetric(metric.name) !== undefined || this.tallies.has(metric.name);
    assert(!isTaken, `a metric has a name of its own: there is ${metric.name} already`);
    this.tallies.set(metric.name, new TallyText(metric, this.app));
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
