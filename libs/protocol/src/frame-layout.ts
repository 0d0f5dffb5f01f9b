import {
  FRAME_GAME_BLOCK_BYTES,
  FRAME_HEADER_BYTES,
  FRAME_PLAYER_BYTES,
  FRAME_WAYPOINT_BYTES,
  MOVE_BYTES,
  assert,
} from '@waymark/base';

import { layout } from './layout.ts';

/**
 * Every binary record of waymark.v1: descriptors, kinds, flags and the values that mean "none". docs/protocol.md is the same in prose;
 * a test compares the two. Offsets are bytes, little endian, packed.
 */

/** The bytes 57 4D 4B 31, "WMK1", read as a little-endian u32. */
export const FRAME_MAGIC = 0x314b4d57;

export const FRAME_KIND = { keyframe: 1, delta: 2, event: 3, reveal: 4 } as const;

/** Game status in the two lowest bits of a header's flags. */
export const GAME_STATUS = { scheduled: 0, running: 1, paused: 2, ended: 3 } as const;
export type GameStatusName = keyof typeof GAME_STATUS;

export const FLAG_STATUS_MASK = 0b0000_0011;
/** The frame belongs to the `full` profile. */
export const FLAG_FULL = 0b0000_0100;
/** Reveal only: the reader forgets its window before it takes the entries. */
export const FLAG_RESET = 0b0000_1000;
/** Keyframe after a resume that could not be continued: events may be missing before it. */
export const FLAG_NOT_RECOVERED = 0b0001_0000;
export const FLAGS_KNOWN = FLAG_STATUS_MASK | FLAG_FULL | FLAG_RESET | FLAG_NOT_RECOVERED;

/** No row, in a u16. Writers also take -1, which has the same bytes. */
export const ROW_NONE = 0xffff;
/** No waypoint, in a u32. Writers also take -1: the same bytes, and a small integer for the engine where 0xFFFFFFFF is a boxed number. */
export const WAYPOINT_NONE = 0xffff_ffff;

/*
 *  0       4    5     6            8      12       16       24        28           32          36      40
 *  +-------+----+-----+------------+------+--------+--------+---------+------------+-----------+-------+
 *  | magic |kind|flags| playerCount| tick |revision| dueAt  |sequence |payloadBytes|sentAfterMs|skipped|
 *  | u32   |u8  |u8   | u16        | u32  | u32    | f64    | u32     | u32        | f32       | u32   |
 *  +-------+----+-----+------------+------+--------+--------+---------+------------+-----------+-------+
 */
export const HEADER = layout('header', [
  ['magic', 'u32'],
  ['kind', 'u8'],
  ['flags', 'u8'],
  ['playerCount', 'u16'],
  ['tick', 'u32'],
  ['revision', 'u32'],
  ['dueAt', 'f64'],
  ['sequence', 'u32'],
  ['payloadBytes', 'u32'],
  ['sentAfterMs', 'f32'],
  ['skipped', 'u32'],
]);

/*
 *  0     2      3     4   8   12  16      20            24             28             32
 *  +-----+------+-----+---+---+---+-------+-------------+--------------+--------------+
 *  | row | flags| zero| x | y | z | score | reachedCount| nextWaypoint | moveSequence |
 *  | u16 | u8   | u8  |f32|f32|f32| u32   | u32         | u32          | u32          |
 *  +-----+------+-----+---+---+---+-------+-------------+--------------+--------------+
 */
export const PLAYER = layout('player', [
  ['row', 'u16'],
  ['flags', 'u8'],
  ['zero', 'u8'],
  ['x', 'f32'],
  ['y', 'f32'],
  ['z', 'f32'],
  ['score', 'u32'],
  ['reachedCount', 'u32'],
  ['nextWaypoint', 'u32'],
  ['moveSequence', 'u32'],
]);
/** The player has joined and not left. */
export const PLAYER_PRESENT = 0b001;
/** The player has a socket. */
export const PLAYER_CONNECTED = 0b010;
/** The player's position is known; until then x, y, z are 0. */
export const PLAYER_PLACED = 0b100;
export const PLAYER_FLAGS_KNOWN = PLAYER_PRESENT | PLAYER_CONNECTED | PLAYER_PLACED;

/*
 *  0       4   8   12  16       20       22      23     24
 *  +-------+---+---+---+--------+--------+-------+------+
 *  | index | x | y | z | radius | points | flags | zero |
 *  | u32   |f32|f32|f32| f32    | u16    | u8    | u8   |
 *  +-------+---+---+---+--------+--------+-------+------+
 */
export const WAYPOINT = layout('waypoint', [
  ['index', 'u32'],
  ['x', 'f32'],
  ['y', 'f32'],
  ['z', 'f32'],
  ['radius', 'f32'],
  ['points', 'u16'],
  ['flags', 'u8'],
  ['zero', 'u8'],
]);
/** Reaching it ends the hunt. */
export const WAYPOINT_TREASURE = 0b1;
export const WAYPOINT_FLAGS_KNOWN = WAYPOINT_TREASURE;

/*
 *  0           8        16            18          20              24
 *  +-----------+--------+-------------+-----------+---------------+
 *  | startedAt | endsAt | windowCount | windowRow | waypointCount |
 *  | f64       | f64    | u16         | u16       | u32           |
 *  +-----------+--------+-------------+-----------+---------------+
 */
export const GAME_BLOCK = layout('game block', [
  ['startedAt', 'f64'],
  ['endsAt', 'f64'],
  ['windowCount', 'u16'],
  ['windowRow', 'u16'],
  ['waypointCount', 'u32'],
]);

/*
 *  0      1      2     4          8        12      16       24         32   40       48       49     50        52          54     56
 *  +------+------+-----+----------+--------+-------+--------+----------+----+--------+--------+------+---------+-----------+------+----
 *  | type | flags| row | waypoint | points | score | sentAt | position | at | endsAt | reason | zero | idBytes | nameBytes | zero2| ...
 *  | u8   | u8   | u16 | u32      | u32    | u32   | f64    | f64      |f64 | f64    | u8     | u8   | u16     | u16       | u16  |
 *  +------+------+-----+----------+--------+-------+--------+----------+----+--------+--------+------+---------+-----------+------+----
 *  then idBytes of the player's id and nameBytes of the player's name, UTF-8
 */
export const EVENT = layout('event', [
  ['type', 'u8'],
  ['flags', 'u8'],
  ['row', 'u16'],
  ['waypoint', 'u32'],
  ['points', 'u32'],
  ['score', 'u32'],
  ['sentAt', 'f64'],
  ['position', 'f64'],
  ['at', 'f64'],
  ['endsAt', 'f64'],
  ['reason', 'u8'],
  ['zero', 'u8'],
  ['idBytes', 'u16'],
  ['nameBytes', 'u16'],
  ['zero2', 'u16'],
]);
export const EVENT_TYPE = {
  GameCreated: 1,
  GameStarted: 2,
  GamePaused: 3,
  GameResumed: 4,
  GameEnded: 5,
  PlayerJoined: 6,
  PlayerLeft: 7,
  WaypointReached: 8,
} as const;
export type EventTypeName = keyof typeof EVENT_TYPE;
/** The command that caused the event said when it was sent. */
export const EVENT_HAS_SENT_AT = 0b01;
/** The waypoint reached was a treasure. */
export const EVENT_TREASURE = 0b10;
export const EVENT_FLAGS_KNOWN = EVENT_HAS_SENT_AT | EVENT_TREASURE;
export const END_REASON = { operator: 1, time: 2, treasure: 3 } as const;
export type EndReasonName = keyof typeof END_REASON;

/*
 *  0     2       4      8
 *  +-----+-------+------+---- count times: waypoint record (24), u16 clueBytes, clue UTF-8
 *  | row | count | zero | ...
 *  | u16 | u16   | u32  |
 *  +-----+-------+------+----
 */
export const REVEAL = layout('reveal', [
  ['row', 'u16'],
  ['count', 'u16'],
  ['zero', 'u32'],
]);
/** Fixed part of one revealed waypoint: its record and the length of its clue. */
export const REVEAL_ENTRY_BYTES = WAYPOINT.bytes + 2;

/*
 *  0      1          5   9   13  17
 *  +------+----------+---+---+---+
 *  | kind | sequence | x | y | z |
 *  | u8   | u32      |f32|f32|f32|
 *  +------+----------+---+---+---+
 */
export const MOVE = layout('move', [
  ['kind', 'u8'],
  ['sequence', 'u32'],
  ['x', 'f32'],
  ['y', 'f32'],
  ['z', 'f32'],
]);
export const MOVE_KIND = 1;

assert(HEADER.bytes === FRAME_HEADER_BYTES, 'the header layout has the size that limits say');
assert(PLAYER.bytes === FRAME_PLAYER_BYTES, 'the player layout has the size that limits say');
assert(WAYPOINT.bytes === FRAME_WAYPOINT_BYTES, 'the waypoint layout has the size that limits say');
assert(GAME_BLOCK.bytes === FRAME_GAME_BLOCK_BYTES, 'the game block layout has the size that limits say');
assert(MOVE.bytes === MOVE_BYTES, 'the move layout has the size that limits say');
