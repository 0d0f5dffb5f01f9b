import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { checkQuestDocument, contentHash } from '@waymark/quest';
import { notUtf8 } from '../http/body/utf8-place.ts';
import type { DocumentCheck, QuestReport } from './quest-messages.ts';

/**
 * From the bytes of a document to a quest that can be stored, or to what is wrong with it. Some milliseconds for 8,500 waypoints, up to a
 * hundred for a bad document of 2 MiB: it runs in the quest worker (quest-thread.ts), where nobody waits behind it.
 */
export function checkQuestBytes(bytes: Uint8Array, lint: boolean): QuestReport {
  if (!isUtf8(bytes)) return { kind: 'checked', check: checkOfNoText(bytes), quest: null };
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const { content, ...check } = checkQuestDocument(text, { lint });
  if (content === undefined) return { kind: 'checked', check, quest: null };
  return { kind: 'checked', check, quest: { content, contentHash: contentHash(content, sha256) } };
}

/** That one error, and else what is said of a text in which there is nothing. */
function checkOfNoText(bytes: Uint8Array): DocumentCheck {
  return { ...checkQuestDocument('', { lint: false }), errors: [notUtf8(bytes)] };
}

const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer');
