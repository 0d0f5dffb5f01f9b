import type { AppEvidence, Scrape } from './evidence.ts';

/** What an app did in the window by its own counters: the differences of two scrapes, and the largest of the samples. */
export interface AppFigures {
  readonly cores: number;
  readonly rssMaxMb: number;
  readonly majorGcsPerMinute: number;
  /** An upper bound: of the longest pause since the start of the process when it was in the window, else its bucket's edge. */
  readonly gcPauseLongestMs: number;
  readonly gcPauses: readonly GcBucket[];
}

export interface GcBucket {
  /** Null: above all edges. */
  readonly upToMs: number | null;
  readonly count: number;
}

const CPU = 'process_cpu_seconds_total';
const RSS = 'process_resident_memory_bytes';
const STARTED = 'process_start_time_seconds';
const MAJOR = 'waymark_gc_collections_total{kind="major"}';
const LONGEST = 'waymark_gc_pause_longest_seconds';
const PAUSE_BUCKET = /^waymark_gc_pause_seconds_bucket\{le="([^"]+)"\}$/;
/** The start of a process is computed anew at each scrape from two clocks. */
const SAME_START_SECONDS = 0.5;

/** Why the counters cannot be used, or null. */
export function unusable({ app, before, after }: AppEvidence): string | null {
  if (before === null) return `/metrics of the ${app} did not answer at the start of the window`;
  if (after === null) return `/metrics of the ${app} did not answer at the end of the window`;
  for (const scrape of [before, after]) {
    const missing = [CPU, RSS, STARTED, MAJOR, LONGEST].find((name) => scrape.series[name] === undefined);
    if (missing !== undefined) return `/metrics of the ${app} lacks ${missing}`;
    if (bucketCounts(scrape).at(-1)?.[0] !== Infinity)
      return `/metrics of the ${app} lacks waymark_gc_pause_seconds_bucket`;
  }
  const [edges, edgesAfter] = [before, after].map((scrape) =>
    bucketCounts(scrape)
      .map(([edge]) => edge)
      .join(),
  );
  if (edges !== edgesAfter) return `the pauses of the ${app} were counted in other buckets before than after`;
  if (after.takenAtMs <= before.takenAtMs) return `the two scrapes of the ${app} are in the wrong order`;
  if (Math.abs(after.series[STARTED]! - before.series[STARTED]!) > SAME_START_SECONDS) {
    return `the ${app} was started anew inside the window: its counters cannot be compared`;
  }
  return null;
}

/** Null when the counters cannot be used. */
export function appFigures(evidence: AppEvidence): AppFigures | null {
  const { before, after, samples } = evidence;
  if (unusable(evidence) !== null || before === null || after === null) return null;
  const seconds = (after.takenAtMs - before.takenAtMs) / 1_000;
  const grown = (name: string): number => after.series[name]! - before.series[name]!;
  const rssBytes = [...samples.map((sample) => sample.rssBytes), before.series[RSS]!, after.series[RSS]!];
  const gcPauses = pausesBetween(before, after);
  return {
    cores: grown(CPU) / seconds,
    rssMaxMb: Math.max(...rssBytes) / 1e6,
    // Of less than a minute the count itself: one in 20 s is not three a minute. The scrapes are some ms off whole seconds.
    majorGcsPerMinute: (grown(MAJOR) * 60) / Math.max(60, Math.round(seconds)),
    gcPauseLongestMs: longestPauseMs(after.series[LONGEST]! * 1_000, grown(LONGEST) > 0, gcPauses),
    gcPauses,
  };
}

function longestPauseMs(sinceStartMs: number, inWindow: boolean, pauses: readonly GcBucket[]): number {
  if (inWindow) return sinceStartMs;
  const highest = pauses.findLast((bucket) => bucket.count > 0);
  if (highest === undefined) return 0;
  return Math.min(sinceStartMs, highest.upToMs ?? sinceStartMs);
}

function pausesBetween(before: Scrape, after: Scrape): readonly GcBucket[] {
  const earlier = new Map(bucketCounts(before));
  let below = 0;
  return bucketCounts(after).map(([edge, cumulative]) => {
    const grown = cumulative - (earlier.get(edge) ?? 0);
    const count = grown - below;
    below = grown;
    return { upToMs: edge === Infinity ? null : edge * 1_000, count };
  });
}

/** Cumulative, ascending. */
function bucketCounts({ series }: Scrape): readonly (readonly [edge: number, count: number])[] {
  return Object.entries(series)
    .flatMap(([name, count]): [number, number][] => {
      const edge = PAUSE_BUCKET.exec(name)?.[1];
      return edge === undefined ? [] : [[edge === '+Inf' ? Infinity : Number(edge), count]];
    })
    .sort(([a], [b]) => a - b);
}
