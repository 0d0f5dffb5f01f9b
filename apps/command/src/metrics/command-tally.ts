import { BucketTally } from '@waymark/base';
import type { AppendResult, RecordedEvent } from '@waymark/event-store';
import { GROUP_BUCKETS, LAG_BUCKETS_SECONDS, type LabelledTally } from '@waymark/platform';

/**
 * How an append ended. `repeated`: the store had these ids already. `not_found`: no append at all, but the question whether a key was used
 * before (Aggregates.earlierOutcome), and it was not.
 */
export type AppendOutcome = AppendResult['outcome'] | 'repeated' | 'not_found';

const APPEND_OUTCOMES: readonly AppendOutcome[] = [
  'committed',
  'repeated',
  'conflict',
  'id_reused',
  'unavailable',
  'unknown',
  'not_found',
];

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
  /** Time from asking the store to its answer. */
  readonly appendTimes: Readonly<Record<AppendOutcome, BucketTally>>;
  /** Of each commit, which is a transaction with everything that waited: its events, and the appends that they came from. */
  readonly commitEvents = new BucketTally(GROUP_BUCKETS);
  readonly commitAppends = new BucketTally(GROUP_BUCKETS);

  constructor() {
    const times = APPEND_OUTCOMES.map((outcome) => [outcome, new BucketTally(LAG_BUCKETS_SECONDS)] as const);
    this.appendTimes = Object.fromEntries(times) as Record<AppendOutcome, BucketTally>;
  }

  /** `isQuestion`: nothing was to be appended, see AppendOutcome. */
  appendAnswered(result: AppendResult, ms: number, eventCount: number, isQuestion: boolean): void {
    const outcome = outcomeOf(result, isQuestion);
    this.appendTimes[outcome].add(ms / 1_000);
    if (outcome !== 'committed') return;
    this.appends += 1;
    this.events += eventCount;
  }

  /** Called with the events of each commit. Those of one append stand in a row and share stream and command. */
  committed(events: readonly RecordedEvent[]): void {
    let appendCount = 0;
    let stream = '';
    let commandId = '';
    for (let i = 0; i < events.length; i++) {
      const event = events[i]!;
      if (event.stream === stream && event.metadata.commandId === commandId) continue;
      stream = event.stream;
      commandId = event.metadata.commandId;
      appendCount += 1;
    }
    this.commitEvents.add(events.length);
    this.commitAppends.add(appendCount);
  }

  appendTallies(): LabelledTally[] {
    return APPEND_OUTCOMES.map((outcome) => ({ labels: { outcome }, tally: this.appendTimes[outcome] }));
  }
}

function outcomeOf(result: AppendResult, isQuestion: boolean): AppendOutcome {
  if (result.outcome === 'committed') return result.repeated ? 'repeated' : 'committed';
  return isQuestion && result.outcome === 'conflict' ? 'not_found' : result.outcome;
}
