import { hash } from 'node:crypto';
import type { Actor } from '@waymark/domain';

/**
 * Ids that follow from a command and its Idempotency-Key, so that a retry, also after a crash or in another process, makes the same ids:
 * the store then finds that it has them. A key means something only for the caller who chose it.
 */
export interface CommandKey {
  /** Whose key it is; see callerOf. */
  readonly caller: string;
  /** The Idempotency-Key, or a fresh id where none was sent. */
  readonly key: string;
}

export function callerOf(actor: Actor): string {
  switch (actor.kind) {
    case 'author':
      return `author:${actor.subject}`;
    case 'player':
      return `player:${actor.gameId}:${actor.playerId}`;
    default:
      return actor.kind;
  }
}

/** Id of the event at `index` of the command's append. */
export const eventIdOf = ({ caller, key }: CommandKey, stream: string, index: number): string =>
  uuidOf(`${caller}\n${stream}\n${key}\n${index}`);

/** Id of the thing (quest, game, player) that the command makes. */
export const idMadeBy = ({ caller, key }: CommandKey, kind: string): string => uuidOf(`${kind}\n${caller}\n${key}`);

/** Tells a retry from another command under the same key: of what was asked, in a fixed order of fields. 128 bits are plenty for that. */
export const commandHashOf = (name: string, ...fields: readonly unknown[]): string =>
  hash('sha256', JSON.stringify([name, ...fields])).slice(0, 32);

/** RFC 9562 version 8: 122 bits of a SHA-256. */
function uuidOf(text: string): string {
  const hex = hash('sha256', text);
  const variant = '89ab'[parseInt(hex[16]!, 16) & 3]!;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
