/** The shapes of numbers that are pulled at a scrape, and the part of Metrics that takes them: what runtime-probes.ts needs of it. */

export interface Described {
  /** Whole, as it is scraped: `waymark_ticks_total`. */
  readonly name: string;
  readonly help: string;
}

/** A histogram that somebody else keeps. `counts[i]` are the values up to `edges[i]`, `counts[edges.length]` those above all; not cumulative. */
export interface Tally {
  readonly counts: ArrayLike<number>;
  readonly sum: number;
}

/** One value, or one for each value of `label`. */
export type Pulled = () => number | Readonly<Record<string, number>>;

export interface PulledMetrics {
  /** A number that only grows, kept elsewhere. `name` ends in _total. */
  counter(metric: Described & { readonly label?: string; readonly read: Pulled }): void;
  gauge(metric: Described & { readonly label?: string; readonly read: Pulled }): void;
  /** A histogram kept elsewhere, as a Tally over `edges` (ascending). */
  tally(metric: Described & { readonly edges: readonly number[]; readonly read: () => Tally }): void;
}
