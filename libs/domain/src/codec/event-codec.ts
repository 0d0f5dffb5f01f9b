import type { GameEvent } from '../game/game-events.ts';
import type { QuestEvent } from '../quest/quest-events.ts';
import { createCodec, type EventFormat } from './codec.ts';
import {
  isCount,
  isFlag,
  isNumber,
  isText,
  listOf,
  objectOf,
  oneOf,
  orNull,
  tupleOf,
  type Shape,
} from './event-shapes.ts';

/**
 * The formats of every event in the log. A format never changes once written: a new shape gets the next version, an upcaster from the one
 * before, and a golden file beside those of the old versions (src/golden, where a test reads them all).
 */
const content: Shape = [
  ['title', isText],
  ['description', isText],
  ['order', oneOf('sequential', 'free')],
  [
    'limits',
    objectOf([
      ['maxSpeed', isNumber],
      ['durationSeconds', isNumber],
      ['maxPlayers', isCount],
    ]),
  ],
  ['waypointCount', isCount],
  ['places', isText],
  ['points', isText],
  ['treasures', listOf(isCount)],
  ['clues', listOf(tupleOf(isCount, isText))],
];

const firstVersion = (...shape: Shape): EventFormat => ({ version: 1, shape, upcasters: [] });

export const EVENT_FORMATS: Readonly<Record<(QuestEvent | GameEvent)['type'], EventFormat>> = {
  QuestDrafted: firstVersion(
    ['questId', isText],
    ['authorId', isText],
    ['content', objectOf(content)],
    ['contentHash', isText],
    ['at', isNumber],
  ),
  QuestRevised: firstVersion(['content', objectOf(content)], ['contentHash', isText], ['at', isNumber]),
  QuestPublished: firstVersion(
    ['questId', isText],
    ['authorId', isText],
    ['version', isCount],
    ['content', objectOf(content)],
    ['contentHash', isText],
    ['at', isNumber],
  ),
  QuestRetired: firstVersion(['at', isNumber]),
  GameCreated: firstVersion(
    ['gameId', isText],
    ['questId', isText],
    ['questVersion', isCount],
    ['contentHash', isText],
    ['ownerId', isText],
    ['joinCode', orNull(isText)],
    ['startsAt', orNull(isNumber)],
    ['durationSeconds', isNumber],
    ['maxPlayers', isCount],
    ['at', isNumber],
  ),
  GameStarted: firstVersion(['at', isNumber], ['endsAt', isNumber]),
  GamePaused: firstVersion(['at', isNumber]),
  GameResumed: firstVersion(['at', isNumber], ['endsAt', isNumber]),
  GameEnded: firstVersion(
    ['at', isNumber],
    ['reason', oneOf('operator', 'time', 'treasure')],
    ['winnerId', orNull(isText)],
  ),
  PlayerJoined: firstVersion(['playerId', isText], ['name', isText], ['row', isCount], ['at', isNumber]),
  PlayerLeft: firstVersion(['playerId', isText], ['row', isCount], ['at', isNumber]),
  WaypointReached: firstVersion(
    ['playerId', isText],
    ['row', isCount],
    ['waypoint', isCount],
    ['place', tupleOf(isNumber, isNumber, isNumber)],
    ['points', isCount],
    ['score', isCount],
    ['treasure', isFlag],
    ['at', isNumber],
  ),
};

const codec = createCodec<QuestEvent | GameEvent>(EVENT_FORMATS);

export const encodeEvent = codec.encode;
export const decodeEvent = codec.decode;

const QUEST_EVENT_TYPES: ReadonlySet<string> = new Set<QuestEvent['type']>([
  'QuestDrafted',
  'QuestRevised',
  'QuestPublished',
  'QuestRetired',
]);

export const isQuestEvent = (event: QuestEvent | GameEvent): event is QuestEvent => QUEST_EVENT_TYPES.has(event.type);
export const isGameEvent = (event: QuestEvent | GameEvent): event is GameEvent => !QUEST_EVENT_TYPES.has(event.type);
