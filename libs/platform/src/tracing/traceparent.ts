import { randomFillSync } from 'node:crypto';

/**
 * The header `traceparent` of W3C Trace Context: `version-traceid-parentid-flags`, in small hexadecimal digits. Read from commands, kept in
 * the metadata of their events, sent on with reaches. Source: https://www.w3.org/TR/trace-context/, section 3.2.
 */

/** Version 00: these four fields and nothing else. An id of zeros only is no id. */
const VERSION_00 = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
/** A later version may have more behind a further dash; ff is no version. */
const LATER = /^(?!00|ff)[0-9a-f]{2}-((?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;
const FLAG_SAMPLED = 1;
const TRACE_ID_FROM = 3;
const TRACE_ID_CHARS = 32;

/**
 * The header as version 00, or undefined where there is none that holds. A broken one is passed over, never refused: the standard wants it
 * so, because a proxy may have made it and the caller cannot help it. Sent twice, Node joins it with a comma, and so it is broken.
 */
export function readTraceparent(header: string | readonly string[] | undefined): string | undefined {
  if (typeof header !== 'string') return undefined;
  if (VERSION_00.test(header)) return header;
  const later = LATER.exec(header);
  // Of a later version's flags only the first is known to mean the same.
  return later === null ? undefined : `00-${later[1]}-0${parseInt(later[2]!, 16) & FLAG_SAMPLED}`;
}

/** Of a traceparent that holds. */
export const traceIdOf = (traceparent: string): string =>
  traceparent.slice(TRACE_ID_FROM, TRACE_ID_FROM + TRACE_ID_CHARS);

/** Whether who made it may have recorded it. Of a traceparent that holds. */
export const isSampled = (traceparent: string): boolean =>
  (parseInt(traceparent.slice(-1), 16) & FLAG_SAMPLED) === FLAG_SAMPLED;

const RANDOM_BYTES = 24;
const pool = Buffer.alloc(RANDOM_BYTES * 256);
let used = pool.length;

/** The beginning of a trace that nobody records: it ties log lines and events together. Random bytes are fetched for 256 at a time. */
export function makeTraceparent(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const hex = pool.toString('hex', used, used + RANDOM_BYTES);
  used += RANDOM_BYTES;
  // One in 2^64 has an id of zeros only; whoever reads it passes over it.
  return `00-${hex.slice(0, TRACE_ID_CHARS)}-${hex.slice(TRACE_ID_CHARS)}-00`;
}
