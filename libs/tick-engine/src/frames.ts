import { assert, PLAYERS_PER_GAME_MAX } from '@waymark/base';
import {
  FLAG_FULL,
  FRAME_KIND,
  GAME_BLOCK,
  HEADER,
  patchSentAfterMs,
  patchSkipped,
  PLAYER,
  WAYPOINT,
  WAYPOINT_TREASURE,
  writeEventPayload,
  writeGameBlock,
  writeHeader,
  writePlayerRecord,
  writeWaypointRecord,
} from '@waymark/protocol';

import type { AppliedEvent, Arena } from './arena.ts';
import { nextUnreached } from './reached-set.ts';
import type { SlabPool } from './slab-pool.ts';

/**
 * Frames out of the arena, into slabs. One tick of a game is: nextFrameSequence, then encodeDelta once for all its sockets, and
 * encodeKeyframe or encodeFull for those that need a frame of their own; all of them carry the same sequence. Each encoder writes the
 * payload, the header and the WebSocket header in front, so that pool.message(slab) can go to a socket as it is, and returns the bytes of
 * the frame. Reveals are in reveal.ts. Nothing here allocates.
 *
 * They take five or six parameters: whose frame, what is the same for all frames of a turn (FrameContext), and where to.
 */
export interface FrameContext {
  /** Number of the tick. */
  tick: number;
  /** Epoch ms: when the tick was due; of a reveal, and of a keyframe outside a tick, when it is made. Events bring their own. */
  dueAt: number;
  /** Epoch ms, read once a turn: what stampSentAfter takes for the time of the write. */
  now: number;
  /** FLAG_ bits to add to a keyframe's header. */
  flags: number;
  /** State frames that the socket of this keyframe did not get; 0 in every shared frame. */
  skipped: number;
}

/** One object for the life of a gateway. Times begin as fractions, so that V8 gives them fields that hold a double in place. */
export function createFrameContext(): FrameContext {
  return { tick: 0, dueAt: 0.5, now: 0.5, flags: 0, skipped: 0 };
}

/** Counts one shared state frame of a game: before the first encoder of a tick. */
export function nextFrameSequence(arena: Arena, game: number): void {
  arena.games.frameSequence[game] += 1;
}

/** The players that changed since the last delta, who are unchanged from now on. */
export function encodeDelta(arena: Arena, game: number, context: FrameContext, pool: SlabPool, slab: number): number {
  const { dirtyCount, playerSlots } = arena.games;
  const { dirty } = arena.players;
  const changedCount = dirtyCount[game];
  const frame = pool.frameOffset(slab);
  let offset = frame + HEADER.bytes;
  let left = changedCount;
  for (let at = game * PLAYERS_PER_GAME_MAX; left > 0; at++) {
    const player = playerSlots[at];
    if (player === -1 || dirty[player] === 0) continue;
    dirty[player] = 0;
    left -= 1;
    writePlayer(arena, player, pool.view, offset);
    offset += PLAYER.bytes;
  }
  dirtyCount[game] = 0;
  const bytes = offset - frame;
  writeStateHeader(arena, game, context, pool.view, frame, FRAME_KIND.delta, 0, changedCount, bytes);
  pool.seal(slab, bytes);
  return bytes;
}

/** Forgets what changed, when a tick's delta would reach nobody: who comes later gets a keyframe. */
export function clearDirty(arena: Arena, game: number): void {
  const { dirtyCount, playerSlots } = arena.games;
  const { dirty } = arena.players;
  let left = dirtyCount[game];
  for (let at = game * PLAYERS_PER_GAME_MAX; left > 0; at++) {
    const player = playerSlots[at];
    if (player === -1 || dirty[player] === 0) continue;
    dirty[player] = 0;
    left -= 1;
  }
  dirtyCount[game] = 0;
}

/** Everybody who ever joined. For one socket: with context.flags and context.skipped. Leaves what changed for the next delta. */
export function encodeKeyframe(
  arena: Arena,
  game: number,
  context: FrameContext,
  pool: SlabPool,
  slab: number,
): number {
  return encodeWhole(arena, game, -1, context, pool, slab, context.flags);
}

/** A keyframe of the full profile, with the window of `player`; -1 for a spectator, who sees none. */
export function encodeFull(
  arena: Arena,
  game: number,
  player: number,
  context: FrameContext,
  pool: SlabPool,
  slab: number,
): number {
  return encodeWhole(arena, game, player, context, pool, slab, context.flags | FLAG_FULL);
}

/** An event that was projected or described. */
export function encodeEvent(
  arena: Arena,
  applied: Readonly<AppliedEvent>,
  context: FrameContext,
  pool: SlabPool,
  slab: number,
): number {
  const { game, revision, sequence, created, payload } = applied;
  assert(payload.type !== 'GameCreated', 'nobody is in a game before it is created');
  const frame = pool.frameOffset(slab);
  const payloadBytes = writeEventPayload(pool.view, frame + HEADER.bytes, payload);
  const status = arena.games.status[game];
  writeHeader(pool.view, frame, FRAME_KIND.event, status, 0, context.tick, revision, sequence, created, payloadBytes);
  pool.seal(slab, HEADER.bytes + payloadBytes);
  return HEADER.bytes + payloadBytes;
}

/** Says in a finished frame how long after its due time it is written. A shared frame is stamped once, before its first socket. */
export function stampSentAfter(pool: SlabPool, slab: number, context: FrameContext): void {
  const frame = pool.frameOffset(slab);
  const dueAt = pool.view.getFloat64(frame + HEADER.at.dueAt, true);
  patchSentAfterMs(pool.view, frame, context.now - dueAt);
}

function encodeWhole(
  arena: Arena,
  game: number,
  windowPlayer: number,
  context: FrameContext,
  pool: SlabPool,
  slab: number,
  flags: number,
): number {
  const { games, players } = arena;
  const { view } = pool;
  const frame = pool.frameOffset(slab);
  const block = frame + HEADER.bytes;
  let offset = block + GAME_BLOCK.bytes;
  let written = 0;
  const first = game * PLAYERS_PER_GAME_MAX;
  const end = first + games.playerCount[game];
  for (let at = first; at < end; at++) {
    const player = games.playerSlots[at];
    if (player === -1) continue;
    writePlayer(arena, player, view, offset);
    offset += PLAYER.bytes;
    written += 1;
  }
  let windowRow = -1;
  let windowCount = 0;
  if (windowPlayer !== -1) {
    windowRow = players.row[windowPlayer];
    windowCount = writeWindow(arena, windowPlayer, view, offset);
    offset += windowCount * WAYPOINT.bytes;
  }
  const waypointCount = games.waypointCount[game];
  writeGameBlock(view, block, games.startedAt[game], games.endsAt[game], windowCount, windowRow, waypointCount);
  const bytes = offset - frame;
  writeStateHeader(arena, game, context, view, frame, FRAME_KIND.keyframe, flags, written, bytes);
  if (context.skipped > 0) patchSkipped(view, frame, context.skipped);
  pool.seal(slab, bytes);
  return bytes;
}

/** Writes the waypoints that the player may see and returns how many they are. */
function writeWindow(arena: Arena, player: number, view: DataView, offset: number): number {
  const { windowEnd, nextWaypoint, game } = arena.players;
  const end = windowEnd[player];
  const questRow = arena.games.quest[game[player]];
  if (questRow === -1) return 0;
  const { places, points, treasure } = arena.quests.rows[questRow]!.compiled;
  let count = 0;
  let waypoint = nextUnreached(arena, player, nextWaypoint[player], end);
  while (waypoint < end) {
    const flags = treasure[waypoint] === 1 ? WAYPOINT_TREASURE : 0;
    writeWaypointRecord(view, offset + count * WAYPOINT.bytes, waypoint, places, points[waypoint], flags);
    count += 1;
    waypoint = nextUnreached(arena, player, waypoint + 1, end);
  }
  return count;
}

function writeStateHeader(
  arena: Arena,
  game: number,
  context: FrameContext,
  view: DataView,
  frame: number,
  kind: number,
  flags: number,
  playerCount: number,
  frameBytes: number,
): void {
  const { status, revision, frameSequence } = arena.games;
  const { tick, dueAt } = context;
  const sequence = frameSequence[game];
  const payloadBytes = frameBytes - HEADER.bytes;
  const allFlags = status[game] | flags;
  writeHeader(view, frame, kind, allFlags, playerCount, tick, revision[game], sequence, dueAt, payloadBytes);
}

function writePlayer(arena: Arena, player: number, view: DataView, offset: number): void {
  const { players } = arena;
  const { row, flags, x, y, z, score, reachedCount, nextWaypoint, moveSequence, game } = players;
  const next = nextWaypoint[player] < arena.games.waypointCount[game[player]] ? nextWaypoint[player] : -1;
  const sequence = moveSequence[player];
  writePlayerRecord(
    view,
    offset,
    row[player],
    flags[player],
    x[player],
    y[player],
    z[player],
    score[player],
    reachedCount[player],
    next,
    sequence < 0 ? 0 : sequence,
  );
}
