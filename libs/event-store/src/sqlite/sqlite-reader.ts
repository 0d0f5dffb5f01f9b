import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { EventMetadata, ReadStreamOptions, RecordedEvent } from '../event-store.ts';

/**
 * Reads the log over a connection of its own, on the calling thread: an aggregate of a few dozen events takes tens of microseconds.
 * Every read is one short statement: an open read transaction would pin the WAL. Pages are bounded in events and in size.
 */

/** Rows fetched at once: few enough for a short block, many enough to read 500,000 events a second. */
const FETCH_ROWS = 250;
/** A page ends after this much event data, so that a page of published quests is not a gigabyte. */
const PAGE_CHARS_MAX = 4 * 1024 * 1024;
const STREAMS_REMEMBERED_MAX = 16_384;
const INT64_MAX = 2n ** 63n - 1n;
const COLUMNS = 'position, stream, revision, id, type, data, metadata, created';

type Row = [number, number, number, string, string, string, string, number];

export class SqliteReader {
  private readonly db: DatabaseSync;
  private readonly selectAll: StatementSync;
  private readonly selectForwards: StatementSync;
  private readonly selectBackwards: StatementSync;
  private readonly selectStreamId: StatementSync;
  private readonly selectStreamName: StatementSync;
  private readonly selectLast: StatementSync;
  private readonly streamNames = new Map<number, string>();

  constructor(db: DatabaseSync) {
    this.db = db;
    const rows = (sql: string): StatementSync => {
      const statement = db.prepare(sql);
      // Arrays instead of objects: 650,000 instead of 290,000 events a second.
      statement.setReturnArrays(true);
      return statement;
    };
    const ofStream = `SELECT ${COLUMNS} FROM events WHERE stream = ? AND revision`;
    this.selectAll = rows(`SELECT ${COLUMNS} FROM events WHERE position > ? ORDER BY position LIMIT ?`);
    this.selectForwards = rows(`${ofStream} >= ? ORDER BY revision LIMIT ?`);
    this.selectBackwards = rows(`${ofStream} <= ? ORDER BY revision DESC LIMIT ?`);
    this.selectStreamId = rows('SELECT id FROM streams WHERE name = ?');
    this.selectStreamName = rows('SELECT name FROM streams WHERE id = ?');
    this.selectLast = rows('SELECT coalesce(max(position), 0) FROM events');
  }

  lastPosition(): bigint {
    const [position] = this.selectLast.get() as unknown as [number];
    return BigInt(position);
  }

  /** The next events after `after`, at most `maxCount`; fewer where their size ends the page. */
  readAll(after: bigint, maxCount: number): RecordedEvent[] {
    const events: RecordedEvent[] = [];
    if (after >= INT64_MAX) return events;
    let from: bigint = after;
    let chars = 0;
    while (events.length < maxCount && chars < PAGE_CHARS_MAX) {
      const fetched = Math.min(FETCH_ROWS, maxCount - events.length);
      const rows = this.selectAll.all(from, fetched) as unknown as Row[];
      for (const row of rows) {
        chars += row[5].length;
        events.push(recorded(row, this.streamName(row[1])));
      }
      if (rows.length < fetched) break;
      from = events.at(-1)!.position;
    }
    return events;
  }

  /**
   * The pages of a stream one after the other; the caller decides when to go on. Nothing for a stream that holds no such event.
   * Undefined for a stream that was never written.
   */
  streamPages(stream: string, options: ReadStreamOptions): Iterator<RecordedEvent[]> | undefined {
    const row = this.selectStreamId.get(stream) as unknown as [number] | undefined;
    return row === undefined ? undefined : this.pagesOf(row[0], stream, options);
  }

  close(): void {
    this.db.close();
  }

  private *pagesOf(
    id: number,
    stream: string,
    options: ReadStreamOptions,
  ): Generator<RecordedEvent[], void, undefined> {
    const forwards = options.direction !== 'backwards';
    const select = forwards ? this.selectForwards : this.selectBackwards;
    const start = options.fromRevision ?? (forwards ? 'start' : 'end');
    if (start === 'end' && forwards) {
      const last = this.selectBackwards.all(id, INT64_MAX, Math.min(1, options.maxCount ?? 1)) as unknown as Row[];
      return yield last.map((row) => recorded(row, stream));
    }
    let from = start === 'start' ? 0n : start === 'end' || start > INT64_MAX ? INT64_MAX : start;
    let left = options.maxCount ?? Infinity;
    while (left > 0) {
      const fetched = Math.min(FETCH_ROWS, left);
      const rows = select.all(id, from, fetched) as unknown as Row[];
      const events = rows.map((row) => recorded(row, stream));
      if (events.length > 0) yield events;
      if (events.length < fetched) return;
      left -= events.length;
      from = events.at(-1)!.revision + (forwards ? 1n : -1n);
    }
  }

  private streamName(id: number): string {
    const known = this.streamNames.get(id);
    if (known !== undefined) return known;
    const [name] = this.selectStreamName.get(id) as unknown as [string];
    if (this.streamNames.size >= STREAMS_REMEMBERED_MAX) this.streamNames.clear();
    this.streamNames.set(id, name);
    return name;
  }
}

function recorded(row: Row, stream: string): RecordedEvent {
  return {
    id: row[3],
    type: row[4],
    data: row[5],
    metadata: JSON.parse(row[6]) as EventMetadata,
    stream,
    revision: BigInt(row[2]),
    position: BigInt(row[0]),
    created: row[7],
  };
}
