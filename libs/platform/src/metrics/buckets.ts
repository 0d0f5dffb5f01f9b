/** Edges of the histograms that both apps and the rules on them agree on. Seconds, or plain counts where the name says so. */

/** One edge lies exactly at the promise, 0.035, so that its share is a ratio of counters. */
export const LAG_BUCKETS_SECONDS: readonly number[] = [
  0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.025, 0.035, 0.05, 0.075, 0.1, 0.15, 0.3, 1,
];

/** A turn of the ticker serves one slot of games, 67 of 2,000: under a millisecond. */
export const TURN_BUCKETS_SECONDS: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.035, 0.075, 0.15,
];

/** Young collections take under 2 ms; the longest that is allowed is 10 ms. */
export const GC_BUCKETS_SECONDS: readonly number[] = [0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.035, 0.1];

/** Events, or appends, of one commit. */
export const GROUP_BUCKETS: readonly number[] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024];
