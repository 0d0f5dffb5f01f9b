import { LAG_BUCKETS_SECONDS } from '@waymark/platform';

/** Counts of the write side, kept as plain numbers and pulled when metrics are scraped (wiring/metrics.ts). */
export class CommandTally {
  /** Appends that were committed, and the events in them. */
  appends = 0;
  events = 0;
  /** Commands that the domain refused. */
  refused = 0;
  /** Commands that got the outcome of an earlier one with the same key. */
  repeated = 0;
  /** Appends that met another revision than the one decided on. */
  conflicts = 0;
  /** Appends that the store did not answer. */
  unknown = 0;
  unavailable = 0;
  overloaded = 0;
  /** Time from asking the store to its answer, by LAG_BUCKETS_SECONDS, and above. */
  readonly appendCounts = new Float64Array(LAG_BUCKETS_SECONDS.length + 1);
  appendSeconds = 0;

  appended(ms: number, eventCount: number): void {
    this.appends += 1;
    this.events += eventCount;
    const seconds = ms / 1000;
    this.appendSeconds += seconds;
    let bucket = 0;
    while (bucket < LAG_BUCKETS_SECONDS.length && seconds > LAG_BUCKETS_SECONDS[bucket]!) bucket += 1;
    this.appendCounts[bucket]! += 1;
  }
}
