/** A garbage collection, as Node tells it with `--trace-gc --trace-gc-nvp`, of the main thread or of a worker. */
export interface Collection {
  /** Since the collection before it. */
  readonly allocatedBytes: number;
  readonly pauseMs: number;
  readonly isMajor: boolean;
}

/** V8's names in the trace: the scavenger, the minor and the full mark-compact (GCTracer::Event::TypeName of V8 13; older ones wrote `ms`). */
const IS_MAJOR: Readonly<Record<string, boolean>> = { s: false, mmc: false, mc: true };

/** Undefined for a line that tells of no collection. Throws for one of a kind that is not known: an unknown kind counted as minor would hide every major one. */
export function readCollection(line: string): Collection | undefined {
  const pause = / pause=([\d.]+)/.exec(line)?.[1];
  const allocated = / allocated=(\d+)/.exec(line)?.[1];
  if (pause === undefined || allocated === undefined) return undefined;
  const kind = / gc=(\S+)/.exec(line)?.[1] ?? '';
  const isMajor = IS_MAJOR[kind];
  if (isMajor === undefined) throw new Error(`V8 tells of a collection of a kind that is not known: gc=${kind}`);
  return { allocatedBytes: Number(allocated), pauseMs: Number(pause), isMajor };
}
