import {
  COORDINATE_ABS_MAX_M,
  DURATION_SECONDS_MAX,
  DURATION_SECONDS_MIN,
  PLAYER_NAME_CHARS_MAX,
  PLAYERS_PER_GAME_MAX,
  WAYPOINTS_MAX,
} from '@waymark/base';
import { questJsonSchema } from '@waymark/quest';
import { ID_PATTERN, JOIN_CODE_CHARS_MAX, QUEST_VERSION_MAX } from '../http/dto/rules.ts';

/** Shapes of bodies and answers for the API description. A test holds the bodies to the fields of their DTOs. */
export type Json = { readonly [name: string]: unknown };

export const id: Json = { type: 'string', pattern: ID_PATTERN.source };
const revision: Json = { type: 'integer', minimum: 0, description: 'Revision of the stream after it.' };
const contentHash: Json = { type: 'string', pattern: '^sha256-[0-9a-f]{64}$' };

const object = (properties: Json, required: readonly string[] = Object.keys(properties)): Json => ({
  type: 'object',
  required,
  properties,
});
/** Bodies take no other fields; answers may get more in later versions. */
const closed = (properties: Json, required: readonly string[]): Json => ({
  ...object(properties, required),
  additionalProperties: false,
});

const remark = object({
  pointer: { type: 'string', description: 'RFC 6901 pointer into the body; "" is the whole of it.' },
  line: { type: 'integer', minimum: 1 },
  column: { type: 'integer', minimum: 1, description: 'In UTF-16 code units.' },
  code: { type: 'string', description: 'Stable, for programs.' },
  detail: { type: 'string', description: 'A sentence, for people.' },
});

/** The quest schema stands for itself; inside this description its definitions are found by another path. */
function embedded(schema: unknown): unknown {
  const text = JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/QuestDocument/$defs/');
  return JSON.parse(text) as unknown;
}

export const SCHEMAS: Readonly<Record<string, unknown>> = {
  QuestDocument: embedded(questJsonSchema),
  QuestWritten: object({ questId: id, revision }),
  QuestPublished: object({ questId: id, version: { type: 'integer', minimum: 1 }, contentHash }),
  QuestReport: object({
    valid: { type: 'boolean' },
    errors: { type: 'array', items: remark, description: 'The first 100.' },
    errorCount: { type: 'integer', minimum: 0 },
    warnings: { type: 'array', items: remark, description: 'The first 100.' },
    warningCount: { type: 'integer', minimum: 0 },
    stats: object({
      waypointCount: { type: 'integer', minimum: 0 },
      treasureCount: { type: 'integer', minimum: 0 },
      clueCount: { type: 'integer', minimum: 0 },
      totalPoints: { type: 'integer', minimum: 0 },
      lengthMetres: { type: 'number', minimum: 0 },
      boundingBox: {
        oneOf: [
          { type: 'null' },
          object({ min: { $ref: '#/components/schemas/Place' }, max: { $ref: '#/components/schemas/Place' } }),
        ],
      },
    }),
  }),
  Place: {
    type: 'array',
    prefixItems: ['x', 'y', 'z'].map((axis) => ({
      type: 'number',
      minimum: -COORDINATE_ABS_MAX_M,
      maximum: COORDINATE_ABS_MAX_M,
      description: `${axis} in metres`,
    })),
    items: false,
    minItems: 3,
    maxItems: 3,
  },
  CreateGameBody: closed(
    {
      questId: id,
      version: {
        type: 'integer',
        minimum: 1,
        maximum: QUEST_VERSION_MAX,
        description: 'The latest unless it is given.',
      },
      startsAt: {
        description:
          'When it starts by itself; otherwise its owner starts it. Not in the past, at most 366 days ahead.',
        oneOf: [
          { type: 'string', format: 'date-time', description: 'With a zone.' },
          { type: 'integer', minimum: 0, description: 'Epoch milliseconds.' },
        ],
      },
      durationSeconds: {
        type: 'integer',
        minimum: DURATION_SECONDS_MIN,
        maximum: DURATION_SECONDS_MAX,
        description: 'As the quest says unless it is given.',
      },
      maxPlayers: {
        type: 'integer',
        minimum: 1,
        maximum: PLAYERS_PER_GAME_MAX,
        description: 'Players who ever join, those who left included. As the quest says unless it is given.',
      },
      open: { type: 'boolean', default: false, description: 'Whether everybody may join without a code.' },
    },
    ['questId'],
  ),
  GameMade: object({
    gameId: id,
    joinCode: { type: ['string', 'null'], description: 'What players say to join; null for an open game.' },
    revision,
  }),
  Steered: object({ revision }),
  JoinBody: closed(
    {
      playerId: {
        ...id,
        description:
          'Made up unless it is given. Who has left comes back with the id of before and the session token of before.',
      },
      name: { type: 'string', minLength: 1, maxLength: PLAYER_NAME_CHARS_MAX },
      joinCode: { type: 'string', maxLength: JOIN_CODE_CHARS_MAX },
    },
    ['name'],
  ),
  PlayerJoined: object({
    playerId: id,
    ticket: {
      type: 'string',
      description: 'Shown once to the gateway, within 60 s, as the WebSocket subprotocol `ticket.{ticket}`.',
    },
    gatewayUrl: { type: 'string', format: 'uri' },
    revision,
  }),
  ReachBody: closed(
    {
      waypoint: { type: 'integer', minimum: 0, maximum: WAYPOINTS_MAX - 1, description: 'Index in the quest.' },
      at: { $ref: '#/components/schemas/Place' },
    },
    ['waypoint', 'at'],
  ),
  WaypointGiven: object({
    revision,
    position: { type: 'integer', minimum: 1, description: 'Of its event in the log.' },
    points: { type: 'integer', minimum: 0, description: 'What the waypoint gave.' },
    score: { type: 'integer', minimum: 0, description: 'The player’s score after it.' },
  }),
  ProblemKind: object({
    type: { type: 'string' },
    status: { type: 'integer' },
    title: { type: 'string' },
    meaning: { type: 'string' },
  }),
  Health: object({
    status: { enum: ['ok', 'failing'] },
    checks: {
      type: 'array',
      items: object({ name: { type: 'string' }, ok: { type: 'boolean' }, detail: { type: 'string' } }),
    },
  }),
  Problem: {
    ...object(
      {
        type: { type: 'string', description: 'Address of the problem type: GET it to read what it means.' },
        title: { type: 'string' },
        status: { type: 'integer' },
        detail: { type: 'string' },
        instance: { type: 'string', description: 'Of this answer; it is in the log.' },
        errors: {
          type: 'array',
          items: {
            ...remark,
            required: ['code', 'detail'],
            properties: {
              ...(remark['properties'] as Json),
              parameter: { type: 'string', description: 'A header or path parameter, when it is not the body.' },
            },
          },
        },
      },
      ['type', 'title', 'status', 'detail'],
    ),
    description: 'RFC 9457.',
  },
};
