import { assert } from '@waymark/base';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { isJsonText } from '../json-text.ts';
import { SQLITE_FULL, isPassing, messageOf, sqliteCode } from './sqlite-errors.ts';
import { StreamIndex, type Head } from './stream-index.ts';
import {
  ANSWER,
  APPEND_EVENT_ITEMS,
  APPEND_HEAD_ITEMS,
  expectationHolds,
  TEXT_CHARS_CHECKED_AT_ONCE_MAX,
} from './writer-messages.ts';
import type { AppendMessage } from './writer-messages.ts';

/**
 * Group commit: any number of appends in one transaction, each with its own answer. Whether an append can be is settled before its
 * first row is written, against heads kept in memory, so there is nothing to roll back for one of them alone; later appends of a group
 * see the earlier ones. Runs in the writer thread, the only place that writes the log.
 */

/** A group that was not committed; its transaction is over and the writer can go on. */
export class GroupFailedError extends Error {
  override readonly name = 'GroupFailedError';
  readonly outcome: 'unavailable' | 'unknown';

  constructor(outcome: 'unavailable' | 'unknown', reason: string) {
    super(reason);
    this.outcome = outcome;
  }
}

export class LogWriter {
  private readonly db: DatabaseSync;
  private readonly index: StreamIndex;
  /** -1 when it must be read first: after a group that failed, when reading may fail too. */
  private lastPosition: number;
  private readonly begin: StatementSync;
  private readonly commit: StatementSync;
  private readonly insertEvent: StatementSync;
  private readonly selectEvent: StatementSync;

  constructor(db: DatabaseSync, tailEventsMax: number) {
    this.db = db;
    this.begin = db.prepare('BEGIN IMMEDIATE');
    this.commit = db.prepare('COMMIT');
    this.index = new StreamIndex(db, tailEventsMax);
    this.lastPosition = this.index.recover();
    this.insertEvent = db.prepare(
      'INSERT INTO events (position, stream, revision, id, type, data, metadata, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    );
    this.selectEvent = db.prepare('SELECT revision, type, data FROM events WHERE position = ?');
  }

  /**
   * Commits all appends of `messages` and gives their answers, in order. Throws GroupFailedError when none of them was written (or it
   * cannot be told), and whatever else went wrong when the log or this code is broken: then the thread must end.
   */
  commitGroup(messages: readonly AppendMessage[]): number[] {
    const answers: number[] = [];
    try {
      this.begin.run();
      if (this.lastPosition < 0) this.lastPosition = this.index.recover();
      for (const message of messages) {
        let offset = 0;
        while (offset < message.length) offset = this.append(message, offset, answers);
      }
      this.index.catchUp(this.lastPosition);
    } catch (error) {
      throw this.abandon(error, 'unavailable');
    }
    try {
      this.commit.run();
    } catch (error) {
      // A full disk is met while frames are written, before the one that commits. Any other fault can be met after it, in the fsync,
      // and then a crash right now would bring the group back from the file.
      throw this.abandon(error, sqliteCode(error) === SQLITE_FULL ? 'unavailable' : 'unknown');
    }
    return answers;
  }

  /** Handles the append at `offset` of `message`; gives the offset of the next. */
  private append(message: AppendMessage, offset: number, answers: number[]): number {
    const stream = message[offset] as string;
    const expected = message[offset + 1] as number;
    const created = message[offset + 2] as number;
    const count = message[offset + 3] as number;
    const events = offset + APPEND_HEAD_ITEMS;
    const next = events + count * APPEND_EVENT_ITEMS;
    if (answerIfNotJson(message, events, next, answers)) return next;
    const head = this.index.headOf(stream);
    if (head.revision >= 0 && count > 0 && this.answerIfKnown(head, message, events, next, answers)) return next;
    if (!expectationHolds(expected, head.revision)) {
      answers.push(ANSWER.CONFLICT, head.revision, 0);
      return next;
    }
    if (count > 0) this.insert(stream, head, message, { events, next, created });
    answers.push(ANSWER.COMMITTED, head.revision, head.position);
    return next;
  }

  private insert(
    stream: string,
    head: Head,
    message: AppendMessage,
    place: { readonly events: number; readonly next: number; readonly created: number },
  ): void {
    this.index.open(stream, head);
    for (let item = place.events; item < place.next; item += APPEND_EVENT_ITEMS) {
      head.revision += 1;
      this.lastPosition += 1;
      head.position = this.lastPosition;
      this.insertEvent.run(
        head.position,
        head.id,
        head.revision,
        message[item]!,
        message[item + 1]!,
        message[item + 2]!,
        message[item + 3]!,
        place.created,
      );
      this.index.add(head, message[item] as string);
    }
    assert(this.lastPosition < Number.MAX_SAFE_INTEGER, 'positions are exact as numbers');
  }

  /** Answers an append some of whose ids the stream holds already; false when it holds none of them. */
  private answerIfKnown(head: Head, message: AppendMessage, events: number, next: number, answers: number[]): boolean {
    let held = -1;
    let wrong = -1;
    let first = 0;
    let last = 0;
    let position = 0;
    for (let item = events, index = 0; item < next; item += APPEND_EVENT_ITEMS, index++) {
      const found = this.index.find(head, message[item] as string);
      if (found === 0) {
        if (held >= 0 && wrong < 0) wrong = held;
        continue;
      }
      const row = this.selectEvent.get(found)!;
      last = row['revision'] as number;
      position = found;
      const same = row['type'] === message[item + 1] && row['data'] === message[item + 2];
      if (held < 0) {
        held = index;
        first = last;
      }
      if (wrong < 0 && (held > 0 || !same || last !== first + index)) wrong = index;
    }
    if (held < 0) return false;
    if (wrong >= 0) answers.push(ANSWER.ID_REUSED, wrong, 0);
    else answers.push(ANSWER.REPEATED, last, position);
    return true;
  }

  private abandon(error: unknown, outcome: 'unavailable' | 'unknown'): unknown {
    if (this.db.isTransaction) this.db.exec('ROLLBACK');
    this.lastPosition = -1;
    return isPassing(sqliteCode(error)) ? new GroupFailedError(outcome, messageOf(error)) : error;
  }
}

/** Answers an append with long data that is not JSON text; false when all of it is. */
function answerIfNotJson(message: AppendMessage, events: number, next: number, answers: number[]): boolean {
  for (let item = events, index = 0; item < next; item += APPEND_EVENT_ITEMS, index++) {
    const data = message[item + 2] as string;
    if (data.length <= TEXT_CHARS_CHECKED_AT_ONCE_MAX || isJsonText(data)) continue;
    answers.push(ANSWER.NOT_JSON, index, 0);
    return true;
  }
  return false;
}
