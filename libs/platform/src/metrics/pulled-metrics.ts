import type { BucketTally } from '@waymark/base';

/** The shapes of numbers that are pulled at a scrape, and the part of Metrics that takes them: what runtime-probes.ts needs of it. */

export interface Described {
  /** Whole, as it is scraped: `waymark_ticks_total`. */
  readonly name: string;
  readonly help: string;
}

/** One of the histograms of a metric that has labels. */
export interface LabelledTally {
  readonly labels: Readonly<Record<string, string>>;
  readonly tally: BucketTally;
}

/** One value, or one for each value of `label`. */
export type Pulled = () => number | Readonly<Record<string, number>>;

export interface PulledMetrics {
  /** A number that only grows, kept elsewhere. `name` ends in _total. */
  counter(metric: Described & { readonly label?: string; readonly read: Pulled }): void;
  gauge(metric: Described & { readonly label?: string; readonly read: Pulled }): void;
  /** A histogram kept elsewhere, or one for each set of labels. */
  tally(metric: Described & { readonly read: () => BucketTally | readonly LabelledTally[] }): void;
}
