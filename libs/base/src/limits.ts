import { assert } from './assert.ts';

/**
 * Every capacity of the system, in one place. A limit is a number with a unit and a reason; relations between limits are asserted at load,
 * so that changing one number cannot quietly break another. Deployment settings (ports, directories) are not limits: they live in platform.
 */

const KIB = 1024;
const MIB = 1024 * KIB;

// --- Quests -----------------------------------------------------------------------------------------------------------------------

/** Waypoints of one quest, at least and at most. */
export const WAYPOINTS_MIN = 1;
export const WAYPOINTS_MAX = 16_384;
/** Largest absolute coordinate: at 100 km a float32 still resolves 8 mm. */
export const COORDINATE_ABS_MAX_M = 100_000;
export const RADIUS_MIN_M = 0.1;
export const RADIUS_MAX_M = 1_000;
export const RADIUS_DEFAULT_M = 5;
/** Points fit a u16 column. */
export const POINTS_MAX = 10_000;
export const POINTS_DEFAULT = 10;
export const TITLE_CHARS_MAX = 200;
export const DESCRIPTION_CHARS_MAX = 4_000;
export const CLUE_CHARS_MAX = 500;
/** All clues of a quest together, UTF-8: keeps a quest's event under the store's append limit. */
export const CLUES_BYTES_MAX = 448 * KIB;
export const MAX_SPEED_MIN_M_PER_S = 0.1;
export const MAX_SPEED_MAX_M_PER_S = 1_000;
export const MAX_SPEED_DEFAULT_M_PER_S = 12;
export const DURATION_SECONDS_MIN = 1;
export const DURATION_SECONDS_MAX = 7 * 24 * 3600;
export const DURATION_SECONDS_DEFAULT = 3600;
/** Errors reported for one document; past that the list says how many more there are. */
export const DOCUMENT_ERRORS_MAX = 100;
/** Nesting of any JSON body. A quest document needs 4. */
export const JSON_DEPTH_MAX = 16;
/** Members of one JSON object; the largest of ours has 10. An object of 150,000 names costs 0.4 s to check, as many in small ones 0.1 s. */
export const JSON_FIELDS_MAX = 256;
export const BODY_BYTES_MAX = 2 * MIB;
/**
 * Body of a command that is no quest document; the largest of ours has under 1 KiB. They are parsed on the main thread, and anybody may send
 * them: 2 MiB of `{},{},` held it for 0.2 s, 64 KiB hold it for 6 ms.
 */
export const COMMAND_BODY_BYTES_MAX = 64 * KIB;

/** Bytes of one waypoint in the packed columns: x, y, z, radius as float32. */
export const WAYPOINT_PACKED_BYTES = 16;

// --- Games ------------------------------------------------------------------------------------------------------------------------

/** Players of one game. One keyframe holds them all (see FRAME_BYTES_MAX). */
export const PLAYERS_PER_GAME_MAX = 64;
export const PLAYERS_PER_GAME_DEFAULT = 8;
/** Live games (not ended) in one arena. Typed arrays are committed by the kernel page by page, so unused rows cost no memory. */
export const GAMES_LIVE_MAX = 4_096;
/** Player rows in one arena, over all live games. */
export const PLAYERS_LIVE_MAX = 16_384;
export const PLAYER_ID_CHARS_MAX = 64;
export const PLAYER_NAME_CHARS_MAX = 48;
/** How far ahead a game may be scheduled: node timers end at 2^31 ms (24.8 days), the scheduler re-arms, a year is a typing mistake. */
export const SCHEDULE_AHEAD_SECONDS_MAX = 366 * 24 * 3600;

// --- Ticks and frames ---------------------------------------------------------------------------------------------------------------

export const TICK_PERIOD_MS_DEFAULT = 150;
export const TICK_PERIOD_MS_MIN = 20;
export const TICK_PERIOD_MS_MAX = 1_000;
export const FRAME_HEADER_BYTES = 40;
export const FRAME_GAME_BLOCK_BYTES = 24;
export const FRAME_PLAYER_BYTES = 32;
export const FRAME_WAYPOINT_BYTES = 24;
/** Waypoints ahead of a player that the rules reveal. */
export const WINDOW_WAYPOINTS_MAX = 64;
export const FRAME_BYTES_MAX = 4 * KIB;
/** Room in a slab in front of the frame for the WebSocket header of an unmasked server message of up to 64 KiB. */
export const WS_HEADER_BYTES_MAX = 4;
export const SLAB_BYTES = FRAME_BYTES_MAX + WS_HEADER_BYTES_MAX;
/** Slabs of a frame pool: a slab is held only while some socket's write is pending; past that the tick is skipped and counted. */
export const SLABS_MAX = 4_096;

// --- Sockets ------------------------------------------------------------------------------------------------------------------------

/** Sockets of one gateway: a player socket for each player row, and as many spectators again. */
export const SOCKETS_MAX = 2 * PLAYERS_LIVE_MAX;
/** Messages (events, reveals) that may wait for one socket; past that it is closed as slow (4003). */
export const SOCKET_PENDING_MAX = 64;
/** Ticks in a row that a socket may stall before it is closed as slow: 67 x 150 ms is 10 s. */
export const SOCKET_STALLED_TICKS_MAX = 67;
export const MOVE_BYTES = 17;
export const CLIENT_MESSAGE_BYTES_MAX = 1 * KIB;
/** Client messages a second, with a burst of twice that, before 4006. */
export const CLIENT_MESSAGES_PER_SECOND_MAX = 50;
/** Events replayed to a resuming client; past that it gets a keyframe with recovered: false. */
export const RESUME_EVENTS_MAX = 1_000;
export const TICKET_SECONDS = 60;
export const SESSION_SECONDS = 8 * 24 * 3600;

// --- Store and commands -----------------------------------------------------------------------------------------------------------

/** One append, all events together: EventStoreDB up to 25.0 refuses 1 MiB. */
export const APPEND_BYTES_MAX = 1 * MIB - 4 * KIB;
export const APPEND_EVENTS_MAX = 1_000;
/** Appends that wait for the writer; past that a command is refused as overloaded (503). */
export const APPENDS_PENDING_MAX = 8_192;
export const STREAM_NAME_CHARS_MAX = 256;
export const READ_PAGE_EVENTS = 1_000;
export const AGGREGATES_CACHED_MAX = 8_192;
export const PUBLISHED_QUESTS_CACHED_MAX = 256;
/** Times a command is decided again after a conflict before it is given back as a 409. */
export const CONFLICT_RETRIES_MAX = 5;
export const IDEMPOTENCY_KEY_CHARS_MAX = 128;

// --- Reading ------------------------------------------------------------------------------------------------------------------------

/** Ended games that the gateway still lists; older ones are read from the log by their id. */
export const ENDED_GAMES_LISTED_MAX = 10_000;
/** Readers and joining players that may wait for a position to be projected, and for how long. */
export const POSITION_WAITERS_MAX = 4_096;
export const POSITION_WAIT_MS_MAX = 5_000;
/** Readers whose answer costs milliseconds, and who wait until those before them have theirs: two or three seconds of waiting. */
export const READERS_WAITING_MAX = 256;
/** Entries of one page of a list. */
export const PAGE_ENTRIES_DEFAULT = 100;
export const PAGE_ENTRIES_MAX = 1_000;
/** How long an ended game stays with its players before they are sent away (4503). */
export const ENDED_GAME_LINGER_MS = 2_000;
/** A WebSocket ping each, spread over the period; two without an answer close the socket (4004). */
export const HEARTBEAT_MS = 15_000;

// --- Several processes ----------------------------------------------------------------------------------------------------------------

/** Addresses, games or authors that one rate limit remembers in a process; past that the one that was quiet longest is forgotten. */
export const RATE_LIMIT_KEYS_MAX = 65_536;
/** A gateway tells the directory in Redis that it lives, and is taken for gone when it has not for so long. */
export const GATEWAY_BEAT_MS = 1_000;
export const GATEWAY_LIFE_MS = 5_000;

// --- Relations ----------------------------------------------------------------------------------------------------------------------

assert(
  FRAME_HEADER_BYTES +
    FRAME_GAME_BLOCK_BYTES +
    PLAYERS_PER_GAME_MAX * FRAME_PLAYER_BYTES +
    WINDOW_WAYPOINTS_MAX * FRAME_WAYPOINT_BYTES <=
    FRAME_BYTES_MAX,
  'a full frame with every player and the whole window fits one frame',
);
/** Base64 grows by 4/3; 2 bytes of points a waypoint; treasures are indices of at most 6 characters; JSON escapes can double a clue. */
const QUEST_EVENT_BYTES_MAX =
  Math.ceil((WAYPOINTS_MAX * (WAYPOINT_PACKED_BYTES + 2) * 4) / 3) +
  CLUES_BYTES_MAX +
  WAYPOINTS_MAX * 8 + // clue indices and treasure indices
  4 * DESCRIPTION_CHARS_MAX;
assert(QUEST_EVENT_BYTES_MAX < APPEND_BYTES_MAX, 'the largest quest fits one append');
assert(PLAYERS_LIVE_MAX >= GAMES_LIVE_MAX, 'every live game can have a player');
assert(GATEWAY_LIFE_MS >= 3 * GATEWAY_BEAT_MS, 'a gateway may miss a beat or two and still be there');
assert(FRAME_BYTES_MAX < 65_536, 'a frame length fits the two-byte length of a WebSocket header');
