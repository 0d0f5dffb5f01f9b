export {
  connectPlayer,
  createAppliedEvent,
  createArena,
  disconnectPlayer,
  gameRecord,
  gameSlot,
  isCurrentGame,
  isCurrentPlayer,
  markDirty,
  playerAt,
  playerRecord,
  playerSlot,
  releaseGame,
  type AppliedEvent,
  type Arena,
  type ArenaCounts,
  type ArenaOptions,
  type GameColumns,
  type PlayerColumns,
  type PlayerRecord,
} from './arena.ts';
export {
  clearDirty,
  createFrameContext,
  encodeDelta,
  encodeEvent,
  encodeFull,
  encodeKeyframe,
  nextFrameSequence,
  stampSentAfter,
  type FrameContext,
} from './frames.ts';
export { acceptMove, findReach, MOVE_RESULT, type MoveResult } from './moves.ts';
export {
  describeEvent,
  projectEvent,
  PROJECT_RESULT,
  type EventEnvelope,
  type ProjectResult,
} from './project-event.ts';
export { projectQuest } from './project-quest.ts';
export { questRow, type QuestRow, type QuestTable } from './quest-table.ts';
export { isReached } from './reached-set.ts';
export { encodeReveal } from './reveal.ts';
export { TickSchedule, type TickScheduleOptions } from './schedule.ts';
export { POISON_BYTE, SlabPool, type SlabPoolOptions } from './slab-pool.ts';
export { revealPending } from './window.ts';
