import type { DatabaseSync, StatementSync } from 'node:sqlite';

/**
 * Where the events of each stream stand, for the writer. Two indexes of the log tell it, by revision and by event id, and they follow the log at
 * a distance: an index entry dirties a page of 4 KiB that no other stream's event shares, so writing it with each event was half of what a
 * commit wrote (12 of 26 MB/s at 2,000 events/s over 2,000 streams). Here the last TAIL_EVENTS_MAX events are held in memory instead; what
 * is older goes to the indexes stream by stream, so that a page takes several entries at once. `indexed_through` in the log says how far the indexes are
 * complete; after a crash the tail is read again from there. Owned by LogWriter, inside whose transactions all of this happens.
 */

/** Several for each of the 2,000 streams of a full load. Each takes about 100 bytes of memory, and reading them at the start 20 ms in all. */
export const TAIL_EVENTS_MAX = 16_384;
/** Entries that one commit carries to the indexes, past what it adds: under a millisecond of work. */
const INDEX_STEP_EVENTS = 64;
/** Streams whose last revision is remembered, at about 150 bytes each; the others cost an index look-up. */
const HEADS_MAX = 16_384;

export interface Head {
  /** The stream's number, 0 while it has no row. */
  id: number;
  /** Of the stream's last event; -1 when it has none. */
  revision: number;
  position: number;
}

/** The events of one stream that no index knows yet. */
interface TailStream {
  firstRevision: number;
  lastPosition: number;
  /** Position by event id, in the order of the revisions. */
  readonly positions: Map<string, number>;
}

export class StreamIndex {
  private readonly heads = new Map<string, Head>();
  /** By stream number; those that wait longest for their indexes first. */
  private readonly tail = new Map<number, TailStream>();
  private tailCount = 0;
  private readonly tailEventsMax: number;
  private readonly stepEvents: number;
  private readonly insertStream: StatementSync;
  private readonly selectStream: StatementSync;
  private readonly selectHead: StatementSync;
  private readonly selectById: StatementSync;
  private readonly selectLast: StatementSync;
  private readonly selectTail: StatementSync;
  private readonly isIndexed: StatementSync;
  private readonly insertRevision: StatementSync;
  private readonly insertId: StatementSync;
  private readonly updateIndexedThrough: StatementSync;

  constructor(db: DatabaseSync, tailEventsMax: number) {
    this.tailEventsMax = tailEventsMax;
    this.stepEvents = Math.min(INDEX_STEP_EVENTS, Math.max(1, tailEventsMax >> 2));
    this.insertStream = db.prepare('INSERT INTO streams (name) VALUES (?)');
    this.selectStream = db.prepare('SELECT id FROM streams WHERE name = ?');
    this.selectHead = db.prepare(
      'SELECT revision, position FROM revision_index WHERE stream = ? ORDER BY revision DESC LIMIT 1',
    );
    this.selectById = db.prepare(`SELECT position FROM id_index WHERE stream = ? AND id = unhex(?, '-')`);
    this.selectLast = db.prepare('SELECT coalesce(max(position), 0) AS position FROM events');
    this.selectTail = db.prepare(
      `SELECT position, stream, revision, id FROM events
       WHERE position > (SELECT indexed_through FROM index_state) ORDER BY position`,
    );
    this.isIndexed = db.prepare('SELECT 1 FROM revision_index WHERE stream = ? AND revision = ?');
    this.insertRevision = db.prepare('INSERT INTO revision_index (stream, revision, position) VALUES (?, ?, ?)');
    this.insertId = db.prepare(`INSERT INTO id_index (stream, id, position) VALUES (?, unhex(?, '-'), ?)`);
    this.updateIndexedThrough = db.prepare('UPDATE index_state SET indexed_through = ?');
  }

  /** Reads the tail from the log: at the start, and after a transaction that failed. Gives the last position of the log. */
  recover(): number {
    this.heads.clear();
    this.tail.clear();
    this.tailCount = 0;
    for (const row of this.selectTail.iterate()) {
      const { id, position, revision, stream } = row as {
        id: string;
        position: number;
        revision: number;
        stream: number;
      };
      // Streams go to the indexes one after the other, so some of the events after indexed_through are there already.
      if (!this.tail.has(stream) && this.isIndexed.get(stream, revision) !== undefined) continue;
      this.hold(stream, { id, position, revision });
    }
    return this.selectLast.get()!['position'] as number;
  }

  headOf(stream: string): Head {
    const known = this.heads.get(stream);
    if (known !== undefined) return known;
    const row = this.selectStream.get(stream);
    if (row === undefined) return { id: 0, revision: -1, position: -1 };
    const id = row['id'] as number;
    const waiting = this.tail.get(id);
    const head =
      waiting === undefined
        ? ({ id, ...this.selectHead.get(id) } as Head)
        : { id, revision: waiting.firstRevision + waiting.positions.size - 1, position: waiting.lastPosition };
    this.remember(stream, head);
    return head;
  }

  /** Gives the stream a number, unless it has one. */
  open(stream: string, head: Head): void {
    if (head.id !== 0) return;
    head.id = Number(this.insertStream.run(stream).lastInsertRowid);
    this.remember(stream, head);
  }

  /** Position of the event with this id; 0 when the stream holds none. */
  find(head: Head, id: string): number {
    if (head.id === 0) return 0;
    const waiting = this.tail.get(head.id)?.positions.get(id);
    return waiting ?? (this.selectById.get(head.id, id)?.['position'] as number | undefined) ?? 0;
  }

  /** Takes the event that `head` stands at now, just written. */
  add(head: Head, id: string): void {
    this.hold(head.id, { id, position: head.position, revision: head.revision });
  }

  /**
   * Carries the oldest events of the tail to the indexes, when there are enough of them. A stream that is carried in part has the next one carried
   * beside it: one game that writes nearly all events would else keep the others' waiting, and indexed_through with them, for as long as it is played.
   */
  catchUp(lastPosition: number): void {
    const due = this.tailCount - this.tailEventsMax;
    if (due < this.stepEvents) return;
    let left = due;
    let isBeside = false;
    for (const [stream, waiting] of this.tail) {
      left -= this.carry(stream, waiting, left);
      if (left > 0) continue;
      if (isBeside || waiting.positions.size === 0) break;
      isBeside = true;
      left = due;
    }
    this.updateIndexedThrough.run(this.firstWaiting(lastPosition + 1) - 1);
  }

  /** Carries at most `countMax` events of one stream; gives how many. */
  private carry(stream: number, waiting: TailStream, countMax: number): number {
    let count = 0;
    for (const [id, position] of waiting.positions) {
      if (count === countMax) break;
      this.insertRevision.run(stream, waiting.firstRevision, position);
      this.insertId.run(stream, id, position);
      waiting.firstRevision += 1;
      waiting.positions.delete(id);
      count += 1;
    }
    this.tailCount -= count;
    if (waiting.positions.size === 0) this.tail.delete(stream);
    return count;
  }

  /**
   * Streams stand in the order of their first waiting events, all but the first two: those may have been carried over in part, and what is left of
   * them can be younger than the third.
   */
  private firstWaiting(none: number): number {
    let first = none;
    let looked = 0;
    for (const { positions } of this.tail.values()) {
      first = Math.min(first, positions.values().next().value!);
      if (++looked === 3) break;
    }
    return first;
  }

  private hold(
    stream: number,
    event: { readonly id: string; readonly position: number; readonly revision: number },
  ): void {
    let waiting = this.tail.get(stream);
    if (waiting === undefined) {
      waiting = { firstRevision: event.revision, lastPosition: event.position, positions: new Map() };
      this.tail.set(stream, waiting);
    }
    waiting.lastPosition = event.position;
    waiting.positions.set(event.id, event.position);
    this.tailCount += 1;
  }

  /** Oldest out first: a stream in use comes back by one look-up. */
  private remember(stream: string, head: Head): void {
    if (this.heads.size >= HEADS_MAX) this.heads.delete(this.heads.keys().next().value!);
    this.heads.set(stream, head);
  }
}
