import {
  MAX_SPEED_DEFAULT_M_PER_S,
  DURATION_SECONDS_DEFAULT,
  PLAYERS_PER_GAME_DEFAULT,
  POINTS_DEFAULT,
  RADIUS_DEFAULT_M,
  WAYPOINTS_MAX,
  WAYPOINTS_MIN,
} from '@waymark/base';
import * as rules from './quest-rules.ts';
import type { NumberRule, TextRule } from './quest-rules.ts';

/**
 * JSON Schema 2020-12 of a quest document, made from the rules that the reader checks by: for authors' editors and for programs that write
 * quests. The command app serves it; docs/quest.schema.json is written from it (tools/write-quest-schema.ts) and compared in the tests.
 * A schema cannot say four of the rules: that all clues together have a limit, that names are not repeated, how deep JSON may nest, and which
 * characters there are to see (its patterns are read by many engines, not all of which know the properties of Unicode; blanks it does know).
 */

type Schema = Readonly<Record<string, unknown>>;

/** By the controls that a text may have. A title, the one text with none, may not be blank either. */
const PATTERNS = {
  none: '^(?=.*\\S)[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]*$',
  'line-ends': '^[^\\u0000-\\u0009\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f]*$',
  all: null,
} as const;

const place: Schema = {
  title: 'Place',
  description: 'x, y and z in metres, in a local right-handed frame with z up; kept as float32.',
  type: 'array',
  prefixItems: ['x', 'y', 'z'].map((axis) => number(rules.COORDINATE, `${axis} in metres.`)),
  items: false,
  minItems: 3,
  maxItems: 3,
};

const waypoint: Schema = {
  title: 'Waypoint',
  description: 'A place with more to say than where it is.',
  type: 'object',
  required: rules.WAYPOINT_FIELDS_REQUIRED,
  additionalProperties: false,
  properties: {
    at: { $ref: '#/$defs/place' },
    radius: number(rules.RADIUS, 'How near a player must come, in metres; otherwise that of the defaults.'),
    points: number(rules.POINTS, 'What reaching it gives; otherwise that of the defaults.'),
    clue: text(rules.CLUE, 'Shown to the players who look for this waypoint.'),
    treasure: {
      description: 'True for a waypoint that ends the hunt when it is reached.',
      type: 'boolean',
      default: false,
    },
  },
};

const limits: Schema = {
  title: 'Limits',
  description: 'The bounds of a game of this quest.',
  type: 'object',
  additionalProperties: false,
  properties: {
    maxSpeed: number(
      rules.MAX_SPEED,
      'How fast players may move, in metres a second; faster moves are refused.',
      MAX_SPEED_DEFAULT_M_PER_S,
    ),
    durationSeconds: number(rules.DURATION, 'How long a game lasts at most, in seconds.', DURATION_SECONDS_DEFAULT),
    maxPlayers: number(rules.MAX_PLAYERS, 'How many players a game takes.', PLAYERS_PER_GAME_DEFAULT),
  },
};

const defaults: Schema = {
  title: 'Defaults',
  description: 'What holds for each waypoint that does not say otherwise.',
  type: 'object',
  additionalProperties: false,
  properties: {
    radius: number(rules.RADIUS, 'How near a player must come, in metres.', RADIUS_DEFAULT_M),
    points: number(rules.POINTS, 'What reaching a waypoint gives.', POINTS_DEFAULT),
  },
};

export const questJsonSchema: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $comment: 'Made from libs/quest by tools/write-quest-schema.ts.',
  title: 'Waymark quest',
  description: 'A treasure hunt: places to reach, one after the other or in any order.',
  type: 'object',
  required: rules.DOCUMENT_FIELDS_REQUIRED,
  additionalProperties: false,
  properties: {
    $schema: { description: 'Where an editor finds this schema; Waymark itself does not read it.', type: 'string' },
    title: text(rules.TITLE, 'The name of the quest, as players see it.'),
    description: text(rules.DESCRIPTION, 'What the quest is about.'),
    order: {
      description: 'Sequential: waypoints are reached one after the other. Free: in any order.',
      enum: rules.ORDERS,
      default: rules.ORDER_DEFAULT,
    },
    defaults: { $ref: '#/$defs/defaults' },
    limits: { $ref: '#/$defs/limits' },
    waypoints: {
      description: 'The places of the hunt, in order.',
      type: 'array',
      minItems: WAYPOINTS_MIN,
      maxItems: WAYPOINTS_MAX,
      items: { anyOf: [{ $ref: '#/$defs/place' }, { $ref: '#/$defs/waypoint' }] },
    },
  },
  $defs: { place, waypoint, defaults, limits },
};

function number(rule: NumberRule, description: string, value?: number): Schema {
  const type = rule.integer ? 'integer' : 'number';
  const schema = { description, type, minimum: rule.min, maximum: rule.max };
  return value === undefined ? schema : { ...schema, default: value };
}

function text(rule: TextRule, description: string): Schema {
  const schema = { description, type: 'string', maxLength: rule.charsMax };
  const pattern = PATTERNS[rule.controls];
  return pattern === null ? schema : { ...schema, pattern };
}
