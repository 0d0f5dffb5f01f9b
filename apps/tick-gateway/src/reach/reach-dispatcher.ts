import { gameId, playerId, type Clock, type EpochMs } from '@waymark/base';
import { makeTraceparent, traceIdOf, type Log, type Span, type Tracer } from '@waymark/platform';
import { findReach, gameRecord, isCurrentPlayer, playerRecord, type Arena } from '@waymark/tick-engine';
import type { ReachClient, ReachOutcome, ReachRequest } from './reach-client.ts';

/**
 * Notices that a player stands in a waypoint, and asks the command app for the reach. One question a player at a time: `reachPending` in
 * the arena holds the waypoint until its event is projected, or until the answer says that none will come. A player who stands still while
 * the command app is away is asked for again every ASK_AGAIN_MS: rule MV6, a client needs to do nothing.
 */
const ASK_AGAIN_MS = 1_000;

export interface ReachDispatcherParts {
  readonly arena: Arena;
  readonly client: Pick<ReachClient, 'reach'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Null while traces are not collected: a reach has a trace id then too, but nobody records it. */
  readonly tracer: Tracer | null;
  /** Tells the player why nothing came of it. */
  readonly onRefused: (player: number, detail: string) => void;
}

export class ReachDispatcher {
  private readonly parts: ReachDispatcherParts;

  constructor(parts: ReachDispatcherParts) {
    this.parts = parts;
  }

  /** Called after each accepted move and each projected reach. `now` is when the player got where they are. */
  look(player: number, now: EpochMs): void {
    const { arena, client } = this.parts;
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
    const span = this.startSpan(waypoint);
    const traceparent = span?.traceparent ?? makeTraceparent();
    client
      .reach({ ...request, traceparent })
      .catch((error: unknown): ReachOutcome => ({ kind: 'failed', reason: String(error) }))
      .then((outcome) => {
        if (span !== null) this.endSpan(span, outcome);
        this.settle({ ...request, traceparent }, player, generation, outcome);
      });
  }

  private settle(request: ReachRequest, player: number, generation: number, outcome: ReachOutcome): void {
    const { arena, log, onRefused } = this.parts;
    const { movedAt, traceparent, waypoint } = request;
    if (outcome.kind === 'reached') return;
    if (outcome.kind === 'failed') {
      const traceId = traceIdOf(traceparent);
      log.warn({ reason: outcome.reason, waypoint, traceId }, 'a reach could not be asked for');
    }
    if (!isCurrentPlayer(arena, player, generation)) return;
    if (arena.players.reachPending[player] !== waypoint) return;
    arena.players.reachPending[player] = -1;
    if (outcome.kind === 'refused') onRefused(player, outcome.detail);
    else this.lookAgain(player, generation, movedAt);
  }

  private lookAgain(player: number, generation: number, movedAt: EpochMs): void {
    const timer = setTimeout(() => {
      if (isCurrentPlayer(this.parts.arena, player, generation)) this.look(player, movedAt);
    }, ASK_AGAIN_MS);
    timer.unref();
  }

  private startSpan(waypoint: number): Span | null {
    const { clock, tracer } = this.parts;
    if (tracer === null) return null;
    const attributes = { 'waymark.waypoint': waypoint };
    return tracer.start({ name: 'reach', kind: 'client', parent: undefined, startedAt: clock.now(), attributes });
  }

  private endSpan(span: Span, outcome: ReachOutcome): void {
    const fault = outcome.kind === 'failed' ? outcome.reason : undefined;
    span.end(this.parts.clock.now(), { 'waymark.outcome': outcome.kind }, fault);
  }
}
