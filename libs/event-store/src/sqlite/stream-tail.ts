import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { TAIL_EVENTS_MAX } from './stream-index.ts';

/**
 * Where the newest events of each stream stand, for a reader: those that the writer has not carried to the indexes yet (StreamIndex). Found by
 * going through the log once, from where the last look ended, so a look costs a microsecond an event that came since. Owned by
 * SqliteReader.
 */

/** Rows gone through in one turn of the event loop: about a millisecond. */
const LOOK_ROWS = 1_000;
/** Past this many they are read anew, from where the indexes end. */
const HELD_EVENTS_MAX = 4 * TAIL_EVENTS_MAX;

export interface TailEvent {
  readonly revision: number;
  readonly position: number;
}

type Row = [position: number, stream: number, revision: number];

export class StreamTail {
  private readonly selectIndexedThrough: StatementSync;
  private readonly selectNext: StatementSync;
  private readonly streams = new Map<number, TailEvent[]>();
  private heldCount = 0;
  private lookedThrough = 0;
  private isAtEnd = true;
  private readonly heldEventsMax: number;

  constructor(db: DatabaseSync, heldEventsMax = HELD_EVENTS_MAX) {
    this.heldEventsMax = heldEventsMax;
    this.selectIndexedThrough = db.prepare('SELECT indexed_through FROM index_state');
    this.selectNext = db.prepare(
      'SELECT position, stream, revision FROM events WHERE position > ? ORDER BY position LIMIT ?',
    );
    this.selectNext.setReturnArrays(true);
  }

  /**
   * Looks at the next events; true when there are no more. Whoever reads an index must have looked to the end before: what was carried over
   * since is in both, what was carried over before is in the index.
   */
  look(): boolean {
    const indexedThrough = this.selectIndexedThrough.get()!['indexed_through'] as number;
    // Most of what is held is in the indexes by now: they have passed the place of the last look, or it is much more than a tail. Never in the
    // middle of a look, which would not come to an end.
    const isMuch = this.isAtEnd && this.heldCount > this.heldEventsMax;
    if (indexedThrough > this.lookedThrough || isMuch) this.startFrom(indexedThrough);
    const rows = this.selectNext.all(this.lookedThrough, LOOK_ROWS) as unknown as Row[];
    for (const [position, stream, revision] of rows) {
      const events = this.streams.get(stream);
      if (events === undefined) this.streams.set(stream, [{ revision, position }]);
      else events.push({ revision, position });
      this.lookedThrough = position;
    }
    this.heldCount += rows.length;
    this.isAtEnd = rows.length < LOOK_ROWS;
    return this.isAtEnd;
  }

  /** The newest events of a stream, those among them that its index lacks, by ascending revision and without a hole. */
  of(stream: number): readonly TailEvent[] {
    return this.streams.get(stream) ?? NONE;
  }

  private startFrom(position: number): void {
    this.streams.clear();
    this.heldCount = 0;
    this.lookedThrough = position;
  }
}

const NONE: readonly TailEvent[] = [];
