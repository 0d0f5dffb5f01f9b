import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
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
  return { kind: 'checked', check, quest: { content, contentHash: contentHash(content, sha256) } };
}

const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer');
