import { build, type Histogram } from 'hdr-histogram-js';

/** Latencies as an HDR histogram of whole microseconds with three significant digits, up to ten minutes; told in milliseconds. */
const HIGHEST_US = 600_000_000;

export interface LatencySummary {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export class LatencyHistogram {
  private readonly histogram: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST_US,
    numberOfSignificantValueDigits: 3,
  });

  get count(): number {
    return this.histogram.totalCount;
  }

  /** A clock that is read twice may be a rounding below zero. */
  record(ms: number): void {
    this.histogram.recordValue(Math.min(HIGHEST_US, Math.max(0, Math.round(ms * 1_000))));
  }

  summary(): LatencySummary {
    const of = (percentile: number): number => this.histogram.getValueAtPercentile(percentile) / 1_000;
    return { count: this.count, p50: of(50), p99: of(99), p999: of(99.9), max: this.histogram.maxValue / 1_000 };
  }
}
