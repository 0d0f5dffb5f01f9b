import { PLAYERS_PER_GAME_MAX } from '@waymark/base';
import type { HuntState } from '@waymark/protocol';

/** A place in metres: the caller's object, filled again for each drawing, so that drawing makes no garbage. */
export interface Place {
  x: number;
  y: number;
  z: number;
}

/**
 * Where players are between two state frames, for drawing more often than every 150 ms. Holds the last two places of every row in
 * columns; no garbage a frame. A row that was not placed before, or jumped in by a resume, stands at its last place.
 */
export class Interpolator {
  private readonly before = new Float64Array(PLAYERS_PER_GAME_MAX * 3);
  private readonly after = new Float64Array(PLAYERS_PER_GAME_MAX * 3);
  private readonly placed = new Uint8Array(PLAYERS_PER_GAME_MAX);
  private beforeAt = 0;
  private afterAt = 0;

  /** Forgets all places, when a connection begins. */
  reset(): void {
    this.placed.fill(0);
  }

  /** Takes the places after a state frame that was due at `dueAt` (server's clock). */
  push(state: HuntState, dueAt: number): void {
    this.before.set(this.after);
    this.beforeAt = this.afterAt;
    this.afterAt = dueAt;
    for (let row = 0; row < state.players.length; row++) {
      const player = state.players[row]!;
      const column = row * 3;
      this.after[column] = player.x;
      this.after[column + 1] = player.y;
      this.after[column + 2] = player.z;
      if (player.placed && this.placed[row] === 0) this.before.set(this.after.subarray(column, column + 3), column);
      this.placed[row] = player.placed ? 1 : 0;
    }
  }

  /** Fills `into` with the place of `row` at `at` (server's clock), held within the last two frames. False when it is not known. */
  placeAt(row: number, at: number, into: Place): boolean {
    if (this.placed[row] !== 1) return false;
    const span = this.afterAt - this.beforeAt;
    const share = span > 0 ? Math.min(1, Math.max(0, (at - this.beforeAt) / span)) : 1;
    const column = row * 3;
    into.x = mix(this.before[column]!, this.after[column]!, share);
    into.y = mix(this.before[column + 1]!, this.after[column + 1]!, share);
    into.z = mix(this.before[column + 2]!, this.after[column + 2]!, share);
    return true;
  }
}

function mix(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}
