import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { APPEND_BYTES_MAX } from '@waymark/base';
import { checkQuestDocument, contentHash } from '@waymark/quest';
import { firstInvalidUtf8 } from '../http/body/utf8-place.ts';
import type { QuestReport } from './quest-messages.ts';

/**
 * From the bytes of a document to a quest that can be stored, or to what is wrong with it. Some milliseconds for 8,500 waypoints, up to a
 * hundred for a bad document of 2 MiB: it runs in the quest worker (quest-thread.ts), where nobody waits behind it.
 */
export function checkQuestBytes(bytes: Uint8Array, lint: boolean): QuestReport {
  if (!isUtf8(bytes)) return { kind: 'not-utf8', ...firstInvalidUtf8(bytes) };
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const { content, ...check } = checkQuestDocument(text, { lint });
  if (content === undefined) return { kind: 'checked', check, quest: null };
  const storedBytes = Buffer.byteLength(JSON.stringify(content));
  if (storedBytes > STORED_BYTES_MAX)
    return { kind: 'checked', check: { ...check, ...tooLarge(storedBytes) }, quest: null };
  return { kind: 'checked', check, quest: { content, contentHash: contentHash(content, sha256) } };
}

/** The rest of the event and its metadata have 4 KiB. */
const STORED_BYTES_MAX = APPEND_BYTES_MAX - 4096;

/** Texts full of control characters grow sixfold as JSON: within every other limit, and still too large for one append. */
function tooLarge(storedBytes: number) {
  const detail = `Stored, this quest has ${storedBytes} bytes; at most ${STORED_BYTES_MAX}. Take control characters out of its texts.`;
  return {
    valid: false,
    errors: [{ pointer: '', line: 1, column: 1, code: 'clues-too-large' as const, detail }],
    errorCount: 1,
    warnings: [],
    warningCount: 0,
  };
}

const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer');
