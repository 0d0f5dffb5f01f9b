import { PLAYERS_PER_GAME_MAX, WAYPOINTS_MAX } from '@waymark/base';

import { FrameError } from './frame-error.ts';
import type { EndReasonName, EventTypeName } from './frame-layout.ts';
import {
  END_REASON,
  EVENT,
  EVENT_FLAGS_KNOWN,
  EVENT_HAS_SENT_AT,
  EVENT_TREASURE,
  EVENT_TYPE,
  ROW_NONE,
  WAYPOINT_NONE,
} from './frame-layout.ts';
import type { EventPayload } from './frames.ts';
import { readUtf8 } from './utf8.ts';

/** The payload of an event frame, with the fields that each type of event must and must not have. Called by readFrame only. */

type EventField = keyof typeof EVENT.at;

/** What a type of event says beside its time and position. */
const SHAPES: {
  readonly [T in EventTypeName]: { readonly player: 'none' | 'some' | 'maybe'; readonly waypoint: boolean };
} = {
  GameCreated: { player: 'none', waypoint: false },
  GameStarted: { player: 'none', waypoint: false },
  GamePaused: { player: 'none', waypoint: false },
  GameResumed: { player: 'none', waypoint: false },
  GameEnded: { player: 'maybe', waypoint: false },
  PlayerJoined: { player: 'some', waypoint: false },
  PlayerLeft: { player: 'some', waypoint: false },
  WaypointReached: { player: 'some', waypoint: true },
};

const TYPE_NAMES = invert(EVENT_TYPE);
const REASON_NAMES = invert(END_REASON);

/** Reads the `bytes` at `start`; `start` also serves the places in errors. */
export function readEventPayload(view: DataView, start: number, bytes: number): EventPayload {
  const at = EVENT.at;
  if (bytes < EVENT.bytes) throw new FrameError('wrong-count', 'event', start);
  const fail = (field: EventField): FrameError => new FrameError('bad-value', `event.${field}`, start + at[field]);

  const type = TYPE_NAMES.get(view.getUint8(start + at.type));
  // GameCreated has a number so that the table equals the domain's; nobody can be connected when it happens, so it is never sent.
  if (type === undefined || type === 'GameCreated') throw fail('type');
  const flags = view.getUint8(start + at.flags);
  if ((flags & ~EVENT_FLAGS_KNOWN) !== 0) throw fail('flags');
  if (view.getUint8(start + at.zero) !== 0) throw fail('zero');
  if (view.getUint16(start + at.zero2, true) !== 0) throw fail('zero2');

  const row = view.getUint16(start + at.row, true);
  const shape = SHAPES[type];
  if (row === ROW_NONE ? shape.player === 'some' : shape.player === 'none' || row >= PLAYERS_PER_GAME_MAX)
    throw fail('row');
  const waypoint = view.getUint32(start + at.waypoint, true);
  if (shape.waypoint ? waypoint >= WAYPOINTS_MAX : waypoint !== WAYPOINT_NONE) throw fail('waypoint');
  const reasonNumber = view.getUint8(start + at.reason);
  const reason = REASON_NAMES.get(reasonNumber);
  if (type === 'GameEnded' ? reason === undefined : reasonNumber !== 0) throw fail('reason');

  const time = (field: EventField): number => {
    const value = view.getFloat64(start + at[field], true);
    if (!Number.isFinite(value)) throw fail(field);
    return value;
  };
  const sentAt = time('sentAt');
  const hasSentAt = (flags & EVENT_HAS_SENT_AT) !== 0;
  if (!hasSentAt && sentAt !== 0) throw fail('sentAt');

  const idBytes = view.getUint16(start + at.idBytes, true);
  const nameBytes = view.getUint16(start + at.nameBytes, true);
  if (EVENT.bytes + idBytes + nameBytes !== bytes)
    throw new FrameError('wrong-count', 'event.idBytes', start + at.idBytes);
  return {
    type,
    row: row === ROW_NONE ? null : row,
    waypoint: waypoint === WAYPOINT_NONE ? null : waypoint,
    points: view.getUint32(start + at.points, true),
    score: view.getUint32(start + at.score, true),
    treasure: (flags & EVENT_TREASURE) !== 0,
    sentAt: hasSentAt ? sentAt : null,
    position: time('position'),
    at: time('at'),
    endsAt: time('endsAt'),
    reason: reason ?? null,
    playerId: readText(view, start + EVENT.bytes, idBytes, 'event.playerId'),
    name: readText(view, start + EVENT.bytes + idBytes, nameBytes, 'event.name'),
  };
}

function readText(view: DataView, offset: number, bytes: number, field: string): string {
  const text = readUtf8(view, offset, bytes);
  if (text === undefined) throw new FrameError('bad-utf8', field, offset);
  return text;
}

function invert<Name extends EventTypeName | EndReasonName>(
  numbers: Readonly<Record<Name, number>>,
): ReadonlyMap<number, Name> {
  return new Map((Object.keys(numbers) as Name[]).map((name) => [numbers[name], name]));
}
