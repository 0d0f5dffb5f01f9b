import type { QuestContent } from '@waymark/domain';
import type { JsonErrorCode } from '../json/json-error-codes.ts';
import type { PlacedError } from '../json/places.ts';
import type { QuestErrorCode, QuestWarningCode } from './quest-codes.ts';

/** What `checkQuestDocument` says of a text. Errors and warnings stand in the order of the text. */
export interface QuestCheck {
  readonly valid: boolean;
  /** At most DOCUMENT_ERRORS_MAX of them. */
  readonly errors: readonly QuestError[];
  /** How many errors there are in all. */
  readonly errorCount: number;
  /** At most DOCUMENT_ERRORS_MAX; empty for an invalid document. */
  readonly warnings: readonly QuestWarning[];
  readonly warningCount: number;
  readonly stats: QuestStats;
  /** There exactly when the document is valid. */
  readonly content?: QuestContent;
}

export type QuestError = PlacedError<JsonErrorCode | QuestErrorCode>;
export type QuestWarning = PlacedError<QuestWarningCode>;

/** Figures of the quest; of an invalid document, of nothing (zeros and null). */
export interface QuestStats {
  readonly waypointCount: number;
  readonly treasureCount: number;
  readonly clueCount: number;
  /** Points of all waypoints together. */
  readonly totalPoints: number;
  /** From the first waypoint to the last in the order of the document, straight from each to the next. */
  readonly lengthMetres: number;
  readonly boundingBox: BoundingBox | null;
}

/** Metres; the corners as float32 coordinates. */
export interface BoundingBox {
  readonly min: readonly [x: number, y: number, z: number];
  readonly max: readonly [x: number, y: number, z: number];
}
