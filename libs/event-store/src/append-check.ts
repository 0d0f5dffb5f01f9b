import { APPEND_BYTES_MAX, APPEND_EVENTS_MAX, STREAM_NAME_CHARS_MAX } from '@waymark/base';
import { InvalidAppendError } from './event-store.ts';
import type { ExpectedRevision, NewEvent } from './event-store.ts';
import { isJsonText } from './json-text.ts';

/**
 * What every adapter asks of the arguments of an append before it touches the log. It stands between a bug of a caller and a log that
 * keeps it for ever: an event that no reader can decode would stop each replay from now on.
 */

/** EventStoreDB gives ids back in lower case, so only these come back from every adapter as they went in. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const EVENT_TYPE_CHARS_MAX = 128;

/**
 * Throws InvalidAppendError unless the append can be right. Gives the metadata of each event as JSON text, which is what its size is
 * counted by: type, data and metadata in UTF-8, all events together, as EventStoreDB counts them. Data of more than `textCharsMax`
 * characters is left to the caller: parsing a large quest takes milliseconds, which the SQLite store spends in its own thread.
 */
export function checkAppend(
  stream: string,
  events: readonly NewEvent[],
  expected: ExpectedRevision,
  textCharsMax = Infinity,
): readonly string[] {
  checkStreamName(stream);
  checkExpectedRevision(expected);
  if (events.length > APPEND_EVENTS_MAX) {
    throw new InvalidAppendError(`${events.length} events in one append; at most ${APPEND_EVENTS_MAX}`);
  }
  const metadataTexts: string[] = [];
  let bytes = 0;
  for (const event of events) {
    const metadataText = checkEvent(event, textCharsMax);
    metadataTexts.push(metadataText);
    bytes += Buffer.byteLength(event.type) + Buffer.byteLength(event.data) + Buffer.byteLength(metadataText);
  }
  if (bytes > APPEND_BYTES_MAX) {
    throw new InvalidAppendError(`an append of ${bytes} bytes; at most ${APPEND_BYTES_MAX}`);
  }
  if (events.length > 1) checkIdsDiffer(events);
  return metadataTexts;
}

function checkStreamName(stream: string): void {
  if (typeof stream !== 'string' || stream.length === 0 || stream.length > STREAM_NAME_CHARS_MAX) {
    throw new InvalidAppendError(`a stream name has 1 to ${STREAM_NAME_CHARS_MAX} characters`);
  }
  if (!stream.isWellFormed() || stream.includes('\0')) {
    throw new InvalidAppendError('a stream name is well-formed Unicode without NUL');
  }
}

function checkExpectedRevision(expected: ExpectedRevision): void {
  if (typeof expected === 'bigint') {
    if (expected < 0n) throw new InvalidAppendError(`an expected revision is not negative: ${expected}`);
  } else if (expected !== 'any' && expected !== 'no_stream' && expected !== 'stream_exists') {
    throw new InvalidAppendError(`an append says what revision it expects, not ${String(expected)}`);
  }
}

function checkEvent(event: NewEvent, textCharsMax: number): string {
  if (!UUID.test(event.id)) throw new InvalidAppendError(`an event id is a lower-case UUID, not ${event.id}`);
  if (event.type.length === 0 || event.type.length > EVENT_TYPE_CHARS_MAX || !event.type.isWellFormed()) {
    throw new InvalidAppendError(`an event type has 1 to ${EVENT_TYPE_CHARS_MAX} well-formed characters`);
  }
  if (!Number.isInteger(event.metadata.schemaVersion) || event.metadata.schemaVersion < 1) {
    throw new InvalidAppendError(`a schema version is a whole number from 1: ${event.metadata.schemaVersion}`);
  }
  const isLong = typeof event.data === 'string' && event.data.length > textCharsMax;
  if (!isLong && !isJsonText(event.data)) throw notJson(event);
  return JSON.stringify(event.metadata);
}

export function notJson({ type }: NewEvent): InvalidAppendError {
  return new InvalidAppendError(`data of ${type} is not JSON text`);
}

function checkIdsDiffer(events: readonly NewEvent[]): void {
  const ids = new Set<string>();
  for (const event of events) {
    if (ids.has(event.id)) throw new InvalidAppendError(`event id ${event.id} is twice in one append`);
    ids.add(event.id);
  }
}
