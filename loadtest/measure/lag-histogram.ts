import type { SparseHistogram } from './measurement.ts';

/**
 * Lags as a log-linear histogram: 128 buckets an octave of whole microseconds, so a value is told within 0.8 %. Exact counts against a
 * budget are kept beside it (PlayerMeasurement.framesLate): no verdict hangs on a bucket's width. Mergeable, and the same in k6, in
 * the companion and in the judge. A lag below zero has a bucket of its own, -1: only a clock can make one.
 */
const SUB_BUCKETS_LOG2 = 7;
const SUB_BUCKETS = 1 << SUB_BUCKETS_LOG2;
/** Up to 2^30 us, eighteen minutes; longer ones count as that. */
const VALUE_MAX_US = 2 ** 30 - 1;
/** Clocks are compared to within this; a lag less than that below zero is zero. */
const CLOCK_SLACK_MS = 0.5;
export const NEGATIVE_BUCKET = -1;
const BUCKETS = bucketOf(VALUE_MAX_US) + 1;

export class LagHistogram {
  private readonly counts = new Uint32Array(BUCKETS);
  private negative = 0;
  count = 0;

  record(lagMs: number): void {
    this.count += 1;
    if (lagMs < -CLOCK_SLACK_MS) this.negative += 1;
    else this.counts[bucketOf(Math.min(VALUE_MAX_US, Math.max(0, Math.round(lagMs * 1_000))))]! += 1;
  }

  add(sparse: SparseHistogram): void {
    for (const [bucket, count] of sparse) {
      this.count += count;
      if (bucket === NEGATIVE_BUCKET) this.negative += count;
      else this.counts[bucket]! += count;
    }
  }

  get negativeCount(): number {
    return this.negative;
  }

  /** In ms, the upper edge of its bucket; null of an empty histogram. `quantile` in (0, 1], by nearest rank. */
  quantile(quantile: number): number | null {
    if (this.count === 0) return null;
    let rank = Math.max(1, Math.ceil(quantile * this.count)) - this.negative;
    if (rank <= 0) return -CLOCK_SLACK_MS;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      rank -= this.counts[bucket]!;
      if (rank <= 0) return upperEdgeMs(bucket);
    }
    return upperEdgeMs(BUCKETS - 1);
  }

  sparse(): SparseHistogram {
    const pairs: [number, number][] = this.negative > 0 ? [[NEGATIVE_BUCKET, this.negative]] : [];
    this.counts.forEach((count, bucket) => {
      if (count > 0) pairs.push([bucket, count]);
    });
    return pairs;
  }
}

/** The largest lag, in ms, that falls into a bucket. */
export function upperEdgeMs(bucket: number): number {
  if (bucket < SUB_BUCKETS) return bucket / 1_000;
  const octave = (bucket >> SUB_BUCKETS_LOG2) - 1;
  const lower = (SUB_BUCKETS + (bucket & (SUB_BUCKETS - 1))) * 2 ** octave;
  return (lower + 2 ** octave - 1) / 1_000;
}

function bucketOf(valueUs: number): number {
  if (valueUs < SUB_BUCKETS) return valueUs;
  const octave = 31 - Math.clz32(valueUs) - SUB_BUCKETS_LOG2;
  return ((octave + 1) << SUB_BUCKETS_LOG2) + (valueUs >>> octave) - SUB_BUCKETS;
}
