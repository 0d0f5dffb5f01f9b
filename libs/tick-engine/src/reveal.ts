import {
  FLAG_RESET,
  FRAME_KIND,
  HEADER,
  PAYLOAD_BYTES_MAX,
  REVEAL,
  REVEAL_ENTRY_BYTES,
  WAYPOINT,
  WAYPOINT_TREASURE,
  writeHeader,
  writeRevealHeader,
  writeWaypointRecord,
} from '@waymark/protocol';

import type { Arena } from './arena.ts';
import type { QuestRow } from './quest-table.ts';
import { nextUnreached } from './reached-set.ts';
import type { FrameContext } from './frames.ts';
import type { SlabPool } from './slab-pool.ts';
import { cluePending, revealPending } from './window.ts';

/**
 * Reveal frames: what a player's client has not been told of its window. After connectPlayer that is all of it, and the first frame tells
 * the client to forget what it held; after a reach it is the waypoint that came in and, in a sequential quest, the clue of the new next
 * one. What is written here counts as told.
 */

/**
 * Writes the next reveal frame of a player and returns its bytes, or 0 when there is nothing left to tell. Call it until it says 0, each
 * time with another slab: 64 clues do not fit one frame.
 */
export function encodeReveal(
  arena: Arena,
  player: number,
  context: FrameContext,
  pool: SlabPool,
  slab: number,
): number {
  if (!revealPending(arena, player)) return 0;
  const { players, games } = arena;
  const game = players.game[player];
  const quest = arena.quests.rows[games.quest[game]]!;
  const frame = pool.frameOffset(slab);
  const start = frame + HEADER.bytes;
  const end = start + PAYLOAD_BYTES_MAX;
  const isSequential = games.sequential[game] === 1;
  const windowEnd = players.windowEnd[player];
  const next = players.nextWaypoint[player];
  let offset = start + REVEAL.bytes;
  let count = 0;

  // An entry for a waypoint that the client holds replaces it: this one gains its clue. One that it does not hold comes below.
  if (cluePending(arena, player) && next < players.revealedEnd[player]) {
    players.revealedClue[player] = next;
    if (clueBytesOf(quest, next) > 0) {
      offset += writeEntry(quest, next, true, pool, offset);
      count += 1;
    }
  }
  let waypoint = nextUnreached(arena, player, players.revealedEnd[player], windowEnd);
  while (waypoint < windowEnd) {
    const withClue = !isSequential || waypoint === next;
    if (offset + REVEAL_ENTRY_BYTES + (withClue ? clueBytesOf(quest, waypoint) : 0) > end) break;
    offset += writeEntry(quest, waypoint, withClue, pool, offset);
    count += 1;
    if (isSequential && withClue) players.revealedClue[player] = waypoint;
    waypoint = nextUnreached(arena, player, waypoint + 1, windowEnd);
  }
  players.revealedEnd[player] = waypoint;
  const isReset = players.revealReset[player] === 1;
  players.revealReset[player] = 0;
  if (count === 0 && !isReset) return 0;

  writeRevealHeader(pool.view, start, players.row[player], count);
  const flags = games.status[game] | (isReset ? FLAG_RESET : 0);
  const { tick, dueAt } = context;
  const sequence = games.frameSequence[game];
  const payloadBytes = offset - start;
  const revision = games.revision[game];
  writeHeader(pool.view, frame, FRAME_KIND.reveal, flags, 0, tick, revision, sequence, dueAt, payloadBytes);
  pool.seal(slab, HEADER.bytes + payloadBytes);
  return HEADER.bytes + payloadBytes;
}

function clueBytesOf({ clueStart }: QuestRow, waypoint: number): number {
  return clueStart[waypoint + 1] - clueStart[waypoint];
}

/** Writes one entry and returns its bytes. The clue's bytes are copied as they were encoded when the version was registered. */
function writeEntry(quest: QuestRow, waypoint: number, withClue: boolean, pool: SlabPool, offset: number): number {
  const { compiled, clueStart, clueBytes } = quest;
  const { view, octets } = pool;
  const flags = compiled.treasure[waypoint] === 1 ? WAYPOINT_TREASURE : 0;
  writeWaypointRecord(view, offset, waypoint, compiled.places, compiled.points[waypoint], flags);
  const from = clueStart[waypoint];
  const bytes = withClue ? clueBytesOf(quest, waypoint) : 0;
  view.setUint16(offset + WAYPOINT.bytes, bytes, true);
  const to = offset + REVEAL_ENTRY_BYTES;
  for (let i = 0; i < bytes; i++) octets[to + i] = clueBytes[from + i];
  return REVEAL_ENTRY_BYTES + bytes;
}
