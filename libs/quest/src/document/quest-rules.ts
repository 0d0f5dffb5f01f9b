import {
  CLUE_CHARS_MAX,
  COORDINATE_ABS_MAX_M,
  DESCRIPTION_CHARS_MAX,
  DURATION_SECONDS_MAX,
  DURATION_SECONDS_MIN,
  MAX_SPEED_MAX_M_PER_S,
  MAX_SPEED_MIN_M_PER_S,
  PLAYERS_PER_GAME_MAX,
  POINTS_MAX,
  RADIUS_MAX_M,
  RADIUS_MIN_M,
  TITLE_CHARS_MAX,
} from '@waymark/base';
import type { QuestOrder } from '@waymark/domain';

/**
 * What a quest document may say, as data: the reader checks by it and the JSON Schema is made from it, so the two cannot disagree.
 * The numbers are those of libs/base.
 */

export interface NumberRule {
  readonly min: number;
  readonly max: number;
  readonly integer: boolean;
  /** For messages: 'm', or '' for a count. */
  readonly unit: string;
}

export interface TextRule {
  /** Unicode code points, as JSON Schema counts them. */
  readonly charsMax: number;
  /** A text in which there is nothing to see is refused. */
  readonly blankRefused: boolean;
  /** Control characters that it may have: none, nor other ends of a line; those that end a line; or all. */
  readonly controls: 'none' | 'line-ends' | 'all';
}

export const COORDINATE: NumberRule = {
  min: -COORDINATE_ABS_MAX_M,
  max: COORDINATE_ABS_MAX_M,
  integer: false,
  unit: 'm',
};
export const RADIUS: NumberRule = { min: RADIUS_MIN_M, max: RADIUS_MAX_M, integer: false, unit: 'm' };
export const POINTS: NumberRule = { min: 0, max: POINTS_MAX, integer: true, unit: '' };
export const MAX_SPEED: NumberRule = {
  min: MAX_SPEED_MIN_M_PER_S,
  max: MAX_SPEED_MAX_M_PER_S,
  integer: false,
  unit: 'm/s',
};
export const DURATION: NumberRule = { min: DURATION_SECONDS_MIN, max: DURATION_SECONDS_MAX, integer: true, unit: 's' };
export const MAX_PLAYERS: NumberRule = { min: 1, max: PLAYERS_PER_GAME_MAX, integer: true, unit: '' };

export const TITLE: TextRule = { charsMax: TITLE_CHARS_MAX, blankRefused: true, controls: 'none' };
export const DESCRIPTION: TextRule = {
  charsMax: DESCRIPTION_CHARS_MAX,
  blankRefused: false,
  controls: 'line-ends',
};
export const CLUE: TextRule = { charsMax: CLUE_CHARS_MAX, blankRefused: false, controls: 'all' };

export const ORDERS: readonly QuestOrder[] = ['sequential', 'free'];
export const ORDER_DEFAULT: QuestOrder = 'sequential';

/** The fields of each object of a document. `$schema` is there for authors' editors and means nothing to Waymark. */
export const DOCUMENT_FIELDS = ['$schema', 'title', 'description', 'order', 'defaults', 'limits', 'waypoints'];
export const DOCUMENT_FIELDS_REQUIRED = ['title', 'waypoints'];
export const DEFAULTS_FIELDS = ['radius', 'points'];
export const LIMITS_FIELDS = ['maxSpeed', 'durationSeconds', 'maxPlayers'];
export const WAYPOINT_FIELDS = ['at', 'radius', 'points', 'clue', 'treasure'];
export const WAYPOINT_FIELDS_REQUIRED = ['at'];

/**
 * What a clue costs of CLUES_BYTES_MAX beside its own bytes: in an event it stands as `[16383,"..."],`. With it the largest quest
 * that the rules let in fits one append, whatever its clues are made of.
 */
export const CLUE_ENTRY_BYTES = '[16383,""],'.length;

export function isWithin(value: unknown, rule: NumberRule): value is number {
  return (
    typeof value === 'number' && value >= rule.min && value <= rule.max && (!rule.integer || Number.isInteger(value))
  );
}
