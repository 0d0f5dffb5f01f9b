/**
 * What can be wrong with a quest document (errors: it is refused) and what is only suspicious (warnings: it is stored), as stable
 * codes. The words of each are in docs/quest-format.md; a test holds the lists equal.
 */
export const QUEST_ERROR_CODES = [
  'wrong-type',
  'unknown-field',
  'missing-field',
  'unknown-value',
  'text-blank',
  'control-character',
  'text-too-long',
  'clues-too-large',
  'not-an-integer',
  'out-of-range',
  'wrong-length',
  'too-few-waypoints',
  'too-many-waypoints',
] as const;

export const QUEST_WARNING_CODES = [
  'no-treasure',
  'treasure-before-end',
  'unreachable-in-time',
  'overlapping-waypoints',
  'duplicate-place',
  'blank-clue',
] as const;

export type QuestErrorCode = (typeof QUEST_ERROR_CODES)[number];
export type QuestWarningCode = (typeof QUEST_WARNING_CODES)[number];
