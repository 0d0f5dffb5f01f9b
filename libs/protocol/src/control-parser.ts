import { CLIENT_MESSAGE_BYTES_MAX } from '@waymark/base';

import type {
  ByeMessage,
  ClockReply,
  ClockRequest,
  ErrorMessage,
  Resumed,
  RosterEntry,
  ServerMessage,
  WelcomeMessage,
} from './control-messages.ts';
import { GAME_STATUS } from './frame-layout.ts';
import { SUBPROTOCOL } from './subprotocol.ts';

/**
 * Text messages to typed ones. The server takes exactly what is documented, so that a client's mistake is seen at once; a client passes
 * over fields that it does not know, so that the server can add some within v1 (rule TX2).
 */

/** Why a text is not a message of waymark.v1. */
export type TextErrorCode =
  | 'not-json'
  | 'not-object'
  | 'unknown-type'
  | 'missing-field'
  | 'wrong-type'
  | 'unknown-field'
  | 'duplicate-field'
  | 'too-long';

/** A text that is not a message. The parsers throw nothing else. */
export class TextError extends Error {
  override readonly name = 'TextError';
  readonly code: TextErrorCode;
  /** JSON pointer to the value. */
  readonly pointer: string;

  constructor(code: TextErrorCode, pointer: string) {
    super(`${code} at "${pointer}"`);
    this.code = code;
    this.pointer = pointer;
  }
}

/** Reads what a client sent. Throws TextError; the gateway answers that with 4500. */
export function parseClientText(text: string): ClockRequest {
  if (text.length > CLIENT_MESSAGE_BYTES_MAX) throw new TextError('too-long', '');
  const fields = parseObject(text);
  if (fields['type'] !== 'clock') throw new TextError('unknown-type', '/type');
  for (const name of Object.keys(fields))
    if (name !== 'type' && name !== 'clientTime') throw new TextError('unknown-field', `/${name}`);
  const clientTime = number(fields, 'clientTime');
  // JSON.parse keeps the last of several members of one name. Neither name nor value here has a comma, so the only one parts two members.
  if (text.indexOf(',') !== text.lastIndexOf(',')) throw new TextError('duplicate-field', '');
  return { type: 'clock', clientTime };
}

/** Reads what the server sent. Throws TextError; `unknown-type` is for the client to pass over. */
export function parseServerText(text: string): ServerMessage {
  const fields = parseObject(text);
  switch (fields['type']) {
    case 'welcome':
      return readWelcome(fields);
    case 'error':
      return readError(fields);
    case 'clock':
      return readClock(fields);
    case 'bye':
      return readBye(fields);
    default:
      throw new TextError('unknown-type', '/type');
  }
}

type Fields = Readonly<Record<string, unknown>>;

function readWelcome(fields: Fields): WelcomeMessage {
  const limits = object(fields['limits'], '/limits');
  return {
    type: 'welcome',
    protocol: oneOf(fields, 'protocol', [SUBPROTOCOL]),
    session: nullable(fields, 'session', string),
    sessionToken: nullable(fields, 'sessionToken', string),
    epoch: string(fields, 'epoch'),
    gameId: string(fields, 'gameId'),
    playerId: nullable(fields, 'playerId', string),
    row: nullable(fields, 'row', count),
    profile: oneOf(fields, 'profile', ['delta', 'full']),
    questId: string(fields, 'questId'),
    questVersion: count(fields, 'questVersion'),
    contentHash: string(fields, 'contentHash'),
    order: oneOf(fields, 'order', ['sequential', 'free']),
    waypointCount: count(fields, 'waypointCount'),
    maxSpeed: number(fields, 'maxSpeed'),
    status: oneOf(fields, 'status', Object.keys(GAME_STATUS) as (keyof typeof GAME_STATUS)[]),
    startsAt: nullable(fields, 'startsAt', number),
    startedAt: nullable(fields, 'startedAt', number),
    endsAt: nullable(fields, 'endsAt', number),
    tickPeriodMs: number(fields, 'tickPeriodMs'),
    tick: count(fields, 'tick'),
    serverTime: number(fields, 'serverTime'),
    heartbeatMs: number(fields, 'heartbeatMs'),
    resumeWindowEvents: count(fields, 'resumeWindowEvents'),
    drainJitterMs: number(fields, 'drainJitterMs'),
    limits: {
      messageBytes: count(limits, 'messageBytes', '/limits'),
      messagesPerSecond: number(limits, 'messagesPerSecond', '/limits'),
    },
    roster: readRoster(fields['roster']),
    resumed: fields['resumed'] === null ? null : readResumed(object(fields['resumed'], '/resumed')),
  };
}

function readRoster(value: unknown): RosterEntry[] {
  if (!Array.isArray(value)) throw new TextError(value === undefined ? 'missing-field' : 'wrong-type', '/roster');
  return value.map((item: unknown, i) => {
    const pointer = `/roster/${i}`;
    const fields = object(item, pointer);
    return {
      row: count(fields, 'row', pointer),
      playerId: string(fields, 'playerId', pointer),
      name: string(fields, 'name', pointer),
      present: boolean(fields, 'present', pointer),
    };
  });
}

function readResumed(fields: Fields): Resumed {
  return {
    recovered: boolean(fields, 'recovered', '/resumed'),
    fromRevision: number(fields, 'fromRevision', '/resumed'),
    events: count(fields, 'events', '/resumed'),
  };
}

function readError(fields: Fields): ErrorMessage {
  return {
    type: 'error',
    code: string(fields, 'code'),
    message: string(fields, 'message'),
    temporary: boolean(fields, 'temporary'),
    ...(fields['sequence'] === undefined ? {} : { sequence: count(fields, 'sequence') }),
  };
}

function readClock(fields: Fields): ClockReply {
  return { type: 'clock', clientTime: number(fields, 'clientTime'), serverTime: number(fields, 'serverTime') };
}

function readBye(fields: Fields): ByeMessage {
  return {
    type: 'bye',
    code: count(fields, 'code'),
    reason: string(fields, 'reason'),
    ...(fields['retryAfterMs'] === undefined ? {} : { retryAfterMs: number(fields, 'retryAfterMs') }),
    ...(fields['endpoint'] === undefined ? {} : { endpoint: string(fields, 'endpoint') }),
  };
}

function parseObject(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TextError('not-json', '');
  }
  return object(value, '');
}

function object(value: unknown, pointer: string): Fields {
  if (value === undefined) throw new TextError('missing-field', pointer);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TextError('not-object', pointer);
  return value as Fields;
}

function string(fields: Fields, name: string, parent = ''): string {
  const value = fields[name];
  if (typeof value !== 'string') throw fieldError(value, name, parent);
  return value;
}

function boolean(fields: Fields, name: string, parent = ''): boolean {
  const value = fields[name];
  if (typeof value !== 'boolean') throw fieldError(value, name, parent);
  return value;
}

/** A finite number: JSON's 1e999 parses to Infinity. */
function number(fields: Fields, name: string, parent = ''): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isFinite(value)) throw fieldError(value, name, parent);
  return value;
}

function count(fields: Fields, name: string, parent = ''): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw fieldError(value, name, parent);
  return value;
}

function oneOf<Name extends string>(fields: Fields, name: string, names: readonly Name[]): Name {
  const value = fields[name];
  const found = names.find((candidate) => candidate === value);
  if (found === undefined) throw fieldError(value, name, '');
  return found;
}

function nullable<T>(fields: Fields, name: string, read: (fields: Fields, name: string) => T): T | null {
  return fields[name] === null ? null : read(fields, name);
}

function fieldError(value: unknown, name: string, parent: string): TextError {
  return new TextError(value === undefined ? 'missing-field' : 'wrong-type', `${parent}/${name}`);
}
