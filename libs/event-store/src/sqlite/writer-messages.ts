import type { ExpectedRevision } from '../event-store.ts';

/**
 * What travels between the store and its writer thread. Appends and answers are flat arrays, because structured clone is paid per
 * object: one array for all appends of a turn of the event loop, one for all answers of a commit. Answers come in the order of the
 * appends, so they carry no numbers of their own.
 *
 * An append: stream, expected revision (number, see below), created (epoch ms), event count, then id, type, data, metadata of each event.
 * An answer: three numbers, the first one of ANSWER.
 */
export type AppendMessage = (string | number)[];
export const APPEND_HEAD_ITEMS = 4;
export const APPEND_EVENT_ITEMS = 4;

export const ANSWER = {
  /** revision, position of the last event. */
  COMMITTED: 0,
  /** revision, position as the first time. */
  REPEATED: 1,
  /** actual revision (-1: no stream), 0. */
  CONFLICT: 2,
  /** index of the event, 0. */
  ID_REUSED: 3,
  /** index of the event whose data is not JSON text, 0. */
  NOT_JSON: 4,
} as const;
export const ANSWER_ITEMS = 3;

/** Data past this length is checked by the writer, shorter data by the store before it is sent. */
export const TEXT_CHARS_CHECKED_AT_ONCE_MAX = 16_384;

export const EXPECT_ANY = -1;
export const EXPECT_NO_STREAM = -2;
export const EXPECT_STREAM_EXISTS = -3;

/** Numbers end at 2^53, far past any head: an expectation beyond them is as wrong as the largest number is. */
export function encodeExpected(expected: ExpectedRevision): number {
  if (expected === 'any') return EXPECT_ANY;
  if (expected === 'no_stream') return EXPECT_NO_STREAM;
  if (expected === 'stream_exists') return EXPECT_STREAM_EXISTS;
  return expected > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(expected);
}

export function expectationHolds(expected: number, headRevision: number): boolean {
  if (expected === EXPECT_ANY) return true;
  if (expected === EXPECT_NO_STREAM) return headRevision === -1;
  if (expected === EXPECT_STREAM_EXISTS) return headRevision >= 0;
  return expected === headRevision;
}

export function countAppends(message: AppendMessage): number {
  let count = 0;
  for (let offset = 0; offset < message.length; count++) {
    offset += APPEND_HEAD_ITEMS + (message[offset + 3] as number) * APPEND_EVENT_ITEMS;
  }
  return count;
}

/** What the writer is asked besides appends. */
export type WriterOrder = 'checkpoint' | 'close';

export type WriterReply =
  | { readonly kind: 'opened'; readonly logId: string }
  | { readonly kind: 'refused'; readonly failure: string; readonly message: string }
  /** The group was not written, or (unknown) it cannot be told. */
  | {
      readonly kind: 'failed';
      readonly count: number;
      readonly outcome: 'unavailable' | 'unknown';
      readonly reason: string;
    }
  | { readonly kind: 'checkpointed'; readonly ms: number }
  | { readonly kind: 'checkpoint_failed' }
  | { readonly kind: 'closed' };

export interface WriterSettings {
  readonly file: string;
  /** Past this size of the file appends are refused; 0: no bound. */
  readonly fileBytesMax: number;
  /** Size that the WAL is given at the start. */
  readonly walBytes: number;
  /** Events that the indexes may be behind; see StreamIndex. */
  readonly tailEventsMax: number;
}
