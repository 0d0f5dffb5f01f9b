export { attachQuest } from './attach-quest.ts';
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
  type PlayerRecord,
} from './arena.ts';
export type { GameColumns, PlayerColumns } from './columns.ts';
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
export {
  acceptMove,
  findReach,
  MOVE_ACCEPTED,
  MOVE_NOT_RUNNING,
  MOVE_OUT_OF_BOUNDS,
  MOVE_STALE,
  MOVE_TOO_FAST,
  type MoveResult,
} from './moves.ts';
export {
  describeEvent,
  projectEvent,
  PROJECT_APPLIED,
  PROJECT_FULL,
  PROJECT_REPEATED,
  PROJECT_UNKNOWN_GAME,
  type EventEnvelope,
  type ProjectResult,
} from './project-event.ts';
export { questRow, registerQuest, type QuestRow, type QuestTable } from './quest-table.ts';
export { isReached } from './reached-set.ts';
export { encodeReveal } from './reveal.ts';
export { TickSchedule, type TickScheduleOptions } from './schedule.ts';
export { POISON_BYTE, SlabPool, type SlabPoolOptions } from './slab-pool.ts';
export { revealPending } from './window.ts';
