export { parseStrictJson, type StrictJson, type StrictJsonOptions } from './json/parse-strict-json.ts';
export { placeFaults, shortName, type PathSegment, type PlacedError, type PlacedFault } from './json/places.ts';
export { locateRemarks, type Remark } from './json/locate.ts';
export { JSON_ERROR_CODES, type JsonErrorCode } from './json/json-error-codes.ts';
export { checkQuestDocument, type QuestCheckOptions } from './document/check-quest-document.ts';
export type { BoundingBox, QuestCheck, QuestError, QuestStats, QuestWarning } from './document/quest-check.ts';
export {
  QUEST_ERROR_CODES,
  QUEST_WARNING_CODES,
  type QuestErrorCode,
  type QuestWarningCode,
} from './document/quest-codes.ts';
export { controlInLine, isBlank } from './document/plain-text.ts';
export { questJsonSchema } from './document/quest-json-schema.ts';
export { compileQuest } from './content/compile-quest.ts';
export { packQuest, type QuestColumns } from './content/pack-quest.ts';
export { canonicalBytes, contentHash, type Sha256 } from './content/content-hash.ts';
