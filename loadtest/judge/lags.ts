import { LagHistogram, NEGATIVE_BUCKET, upperEdgeMs } from '../measure/lag-histogram.ts';
import type { SparseHistogram } from '../measure/measurement.ts';

/** Questions about histograms in which some of what was due never came. */

/** Recording rounds to whole microseconds. */
const ROUNDING_MS = 0.001;

export function merged(histograms: readonly SparseHistogram[]): LagHistogram {
  const sum = new LagHistogram();
  for (const histogram of histograms) sum.add(histogram);
  return sum;
}

export function countOf(histogram: SparseHistogram): number {
  return histogram.reduce((sum, [, count]) => sum + count, 0);
}

export function negativeCountOf(histogram: SparseHistogram): number {
  return histogram.reduce((sum, [bucket, count]) => (bucket === NEGATIVE_BUCKET ? sum + count : sum), 0);
}

/**
 * How many lags are over a limit: at least and at most, because a bucket that holds the limit tells neither. Recording rounds to whole
 * microseconds, so the edges are taken that much wider.
 */
export function countOver(
  histogram: SparseHistogram,
  limitMs: number,
): { readonly least: number; readonly most: number } {
  let least = 0;
  let most = 0;
  for (const [bucket, count] of histogram) {
    if (bucket === NEGATIVE_BUCKET) continue;
    if (upperEdgeMs(bucket) + ROUNDING_MS > limitMs) most += count;
    if (bucket > 0 && upperEdgeMs(bucket - 1) - ROUNDING_MS > limitMs) least += count;
  }
  return { least, most };
}

/** By nearest rank over what was due; what never came is later than all that did. Null: it is one of those. */
export function quantileOfDue(histogram: LagHistogram, due: number, quantile: number): number | null {
  const all = Math.max(due, histogram.count);
  const rank = Math.max(1, Math.ceil(quantile * all - 1e-9));
  if (rank > histogram.count) return null;
  // Half a rank below, so that rounding cannot lift it to the next.
  return histogram.quantile((rank - 0.5) / histogram.count);
}

/** How many of `due` may be over a limit with the quantile still within it, by nearest rank. */
export function allowedOver(due: number, quantile: number): number {
  return due - Math.max(1, Math.ceil(quantile * due - 1e-9));
}
