import { join } from 'node:path';
import { decodeEvent, gameStream, type GameEvent } from '@waymark/domain';
import { openSqliteEventStore, type EventStore, type RecordedEvent } from '@waymark/event-store';

/** The log of a deployment as it stands on disk, read beside the apps and not through them. */
const PAGE_EVENTS = 1_000;

/** Everything in it, in order. */
export async function readLog(dataDir: string): Promise<RecordedEvent[]> {
  const store = await openSqliteEventStore({ file: join(dataDir, 'events.db'), readOnly: true });
  try {
    return await wholeLog(store);
  } finally {
    await store.close();
  }
}

export async function wholeLog(store: Pick<EventStore, 'readAll'>): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for (let after = 0n; ; after = events.at(-1)!.position) {
    const page = await store.readAll({ after, maxCount: PAGE_EVENTS });
    if (page.length === 0) return events;
    events.push(...page);
  }
}

export const decoded = ({ data, metadata, type }: RecordedEvent): GameEvent =>
  decodeEvent(type, metadata.schemaVersion, data) as GameEvent;

export interface FoldedScore {
  readonly score: number;
  readonly reachedCount: number;
}

/** Scores of one game by player, added up from what each reach gave: the plainest fold that there is. */
export function foldScores(events: readonly RecordedEvent[], gameId: string): Map<string, FoldedScore> {
  const scores = new Map<string, FoldedScore>();
  for (const recorded of events) {
    if (recorded.stream !== gameStream(gameId)) continue;
    const event = decoded(recorded);
    if (event.type === 'PlayerJoined') scores.set(event.data.playerId, { score: 0, reachedCount: 0 });
    if (event.type !== 'WaypointReached') continue;
    const before = scores.get(event.data.playerId)!;
    scores.set(event.data.playerId, {
      score: before.score + event.data.points,
      reachedCount: before.reachedCount + 1,
    });
  }
  return scores;
}
