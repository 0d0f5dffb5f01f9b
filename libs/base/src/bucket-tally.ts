import { assert } from './assert.ts';

/**
 * A histogram as plain numbers: what is counted on a hot path and pulled when somebody scrapes. Adding allocates nothing. Buckets are
 * Prometheus': a value that equals an edge is inside it.
 */
export class BucketTally {
  /** Upper edges, ascending. */
  readonly edges: Float64Array;
  /** Of each edge, the values above the edge before and up to it; then those above all. Not cumulative. */
  readonly counts: Float64Array;
  /** Minus nought is a double to V8 from the start: a field that becomes one later throws away the optimised code of every tally's user. */
  sum = -0;

  constructor(edges: readonly number[]) {
    for (let i = 1; i < edges.length; i++) assert(edges[i - 1]! < edges[i]!, 'edges of a histogram ascend');
    this.edges = Float64Array.from(edges);
    this.counts = new Float64Array(edges.length + 1);
  }

  add(value: number): void {
    const { edges } = this;
    let bucket = 0;
    while (bucket < edges.length && value > edges[bucket]!) bucket += 1;
    this.counts[bucket]! += 1;
    this.sum += value;
  }

  /** Values added. */
  get count(): number {
    let count = 0;
    for (const inBucket of this.counts) count += inBucket;
    return count;
  }
}
