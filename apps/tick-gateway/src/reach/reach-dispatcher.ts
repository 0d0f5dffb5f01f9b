import { gameId, playerId, type EpochMs } from '@waymark/base';
import type { Log } from '@waymark/platform';
import { findReach, gameRecord, isCurrentPlayer, playerRecord, type Arena } from '@waymark/tick-engine';
import type { ReachClient, ReachOutcome, ReachRequest } from './reach-client.ts';

/**
 * Notices that a player stands in a waypoint, and asks the command app for the reach. One question a player at a time: `reachPending` in
 * the arena holds the waypoint until its event is projected, or until the answer says that none will come. A player who stands still while
 * the command app is away is asked for again every ASK_AGAIN_MS: rule MV6, a client needs to do nothing.
 */
const ASK_AGAIN_MS = 1_000;

export class ReachDispatcher {
  constructor(
    private readonly arena: Arena,
    private readonly client: Pick<ReachClient, 'reach'>,
    private readonly log: Log,
    /** Tells the player why nothing came of it. */
    private readonly onRefused: (player: number, detail: string) => void,
  ) {}

  /** Called after each accepted move and each projected reach. `now` is when the player got where they are. */
  look(player: number, now: EpochMs): void {
    const { arena } = this;
    const { players } = arena;
    if (players.reachPending[player] !== -1) return;
    const waypoint = findReach(arena, player);
    if (waypoint === -1) return;
    players.reachPending[player] = waypoint;
    const generation = players.generation[player]!;
    const request = {
      gameId: gameId(gameRecord(arena, players.game[player]!).gameId),
      playerId: playerId(playerRecord(arena, player).playerId),
      waypoint,
      at: [players.x[player]!, players.y[player]!, players.z[player]!] as const,
      movedAt: now,
    };
    this.client
      .reach(request)
      .catch((error: unknown): ReachOutcome => ({ kind: 'failed', reason: String(error) }))
      .then((outcome) => this.settle(request, player, generation, outcome));
  }

  private settle({ waypoint, movedAt }: ReachRequest, player: number, generation: number, outcome: ReachOutcome): void {
    if (outcome.kind === 'reached') return;
    if (outcome.kind === 'failed')
      this.log.warn({ reason: outcome.reason, waypoint }, 'a reach could not be asked for');
    if (!isCurrentPlayer(this.arena, player, generation)) return;
    if (this.arena.players.reachPending[player] !== waypoint) return;
    this.arena.players.reachPending[player] = -1;
    if (outcome.kind === 'refused') this.onRefused(player, outcome.detail);
    else this.lookAgain(player, generation, movedAt);
  }

  private lookAgain(player: number, generation: number, movedAt: EpochMs): void {
    const timer = setTimeout(() => {
      if (isCurrentPlayer(this.arena, player, generation)) this.look(player, movedAt);
    }, ASK_AGAIN_MS);
    timer.unref();
  }
}
