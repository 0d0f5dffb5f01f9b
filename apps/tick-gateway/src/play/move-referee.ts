import { epochMs } from '@waymark/base';
import type { ErrorName, Move } from '@waymark/protocol';
import {
  acceptMove,
  MOVE_NOT_RUNNING,
  MOVE_OUT_OF_BOUNDS,
  MOVE_TOO_FAST,
  MOVE_ACCEPTED,
  type Arena,
} from '@waymark/tick-engine';
import type { ReachDispatcher } from '../reach/reach-dispatcher.ts';
import type { Connection, MoveHandler } from './connection.ts';

/** Judges the moves of players and looks whether they led into a waypoint. Moves live in the arena only: they are no events. */
export class MoveReferee implements MoveHandler {
  constructor(
    private readonly arena: Arena,
    private readonly reaches: ReachDispatcher,
  ) {}

  move(connection: Connection, move: Readonly<Move>, now: number): ErrorName | null {
    const player = connection.gameSocket?.player ?? -1;
    // Before its welcome a client has no seat; what it sends then is passed over.
    if (player === -1) return null;
    const outcome = acceptMove(this.arena, player, move, now);
    if (outcome === MOVE_ACCEPTED) this.reaches.look(player, epochMs(now));
    return ERROR_OF[outcome] ?? null;
  }
}

const ERROR_OF: Readonly<Record<number, ErrorName>> = {
  [MOVE_OUT_OF_BOUNDS]: 'move-out-of-bounds',
  [MOVE_NOT_RUNNING]: 'game-not-running',
  [MOVE_TOO_FAST]: 'move-too-fast',
};
