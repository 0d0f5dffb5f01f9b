import { assert } from '@waymark/base';
import { decideGame, gameStream, isAuthor, type GameState } from '@waymark/domain';
import type { Tickets } from '@waymark/platform';
import { callerOf, commandHashOf, idMadeBy } from './command-ids.ts';
import type { CommandContext } from './command.ts';
import { nowMs, recordedGame, writeGame, type GameServices, type GameWritten } from './game-handlers.ts';
import { problemOf } from './refusal-problems.ts';

/**
 * Commands of and for players: join, leave, reach. Reach is the hottest command there is (2,000 a second): it waits for one append and
 * nothing else once the game and its quest are cached.
 */
export interface JoinRequest {
  /** Null: one is made. */
  readonly playerId: string | null;
  readonly name: string;
  readonly joinCode: string | null;
}

export interface PlayerJoined {
  readonly playerId: string;
  readonly ticket: string;
  readonly revision: number;
  /** Undefined where the player was in the game already and only gets a fresh ticket. */
  readonly position: number | undefined;
}

export interface ReachRequest {
  readonly waypoint: number;
  readonly at: readonly [x: number, y: number, z: number];
}

export interface WaypointGiven extends GameWritten {
  readonly points: number;
  readonly score: number;
}

export class PlayerHandlers {
  private readonly services: GameServices;
  private readonly tickets: Tickets;

  constructor(services: GameServices, tickets: Tickets) {
    this.services = services;
    this.tickets = tickets;
  }

  /**
   * A retry gets the same player and a fresh ticket (tickets are used once), and brings nobody back who has left since. One who is in the
   * game already is refused, but the player's own session and the game's owner get a fresh ticket.
   */
  async join(context: CommandContext, gameId: string, request: JoinRequest): Promise<PlayerJoined> {
    const { clock, games, liveGames } = this.services;
    const { joinCode, name } = request;
    const playerId = request.playerId ?? idMadeBy({ caller: callerOf(context.by), key: context.key }, gameId);
    let seen = { revision: -1, mayAskAgain: false };
    liveGames.reservePlayer();
    try {
      const outcome = await games.execute({
        stream: gameStream(gameId),
        context,
        hash: commandHashOf('JoinGame', request.playerId, name, joinCode),
        decide: (state) => {
          seen = { revision: state.revision, mayAskAgain: mayAskForTicket(state, context, playerId) };
          return decideGame(state, {
            type: 'JoinGame',
            by: context.by,
            playerId,
            name,
            joinCode,
            room: liveGames.hasRoomForReservedPlayers(),
            now: nowMs(clock),
          });
        },
      });
      if (outcome.kind === 'recorded') {
        const [event] = outcome.events;
        assert(event?.type === 'PlayerJoined', 'joining is recorded as one event');
        const { revision, position } = outcome;
        const { row } = event.data;
        const ticket = await this.tickets.issue({ playerId: event.data.playerId, gameId, row, revision });
        return { playerId: event.data.playerId, ticket, revision, position };
      }
      assert(outcome.kind === 'refused', 'joining is recorded or refused');
      const { refusal } = outcome;
      if (refusal.name !== 'AlreadyJoined' || !seen.mayAskAgain) throw problemOf(refusal);
      const { revision } = seen;
      const ticket = await this.tickets.issue({ playerId, gameId, row: refusal.row, revision });
      return { playerId, ticket, revision, position: undefined };
    } finally {
      liveGames.releasePlayer();
    }
  }

  async leave(context: CommandContext, gameId: string, playerId: string): Promise<GameWritten> {
    const asked = { stream: gameStream(gameId), context, hash: commandHashOf('LeaveGame', playerId) };
    const { revision, position } = await writeGame(this.services.games, asked, () => ({
      type: 'LeaveGame',
      by: context.by,
      playerId,
      now: nowMs(this.services.clock),
    }));
    return { revision, position };
  }

  async reach(
    context: CommandContext,
    gameId: string,
    playerId: string,
    request: ReachRequest,
  ): Promise<WaypointGiven> {
    const { clock, games, publishedQuest } = this.services;
    const { at, waypoint } = request;
    const stream = gameStream(gameId);
    // What is cached comes without a promise: each await costs a turn of the microtask queue and some garbage.
    const peeked = games.peek(stream);
    const state = peeked instanceof Promise ? await peeked : peeked;
    if (state.revision < 0) throw problemOf({ name: 'GameNotFound' });
    const compiled = publishedQuest(state.questId, state.questVersion);
    const quest = compiled instanceof Promise ? await compiled : compiled;
    const outcome = await games.execute({
      stream,
      context,
      hash: commandHashOf('ReachWaypoint', playerId, waypoint, at),
      decide: (current) =>
        decideGame(current, {
          type: 'ReachWaypoint',
          by: context.by,
          playerId,
          waypoint,
          place: at,
          quest,
          now: nowMs(clock),
        }),
    });
    const recorded = recordedGame(outcome);
    const [event] = recorded.events;
    assert(event?.type === 'WaypointReached', 'reaching is recorded as such');
    const { points, score } = event.data;
    return { revision: recorded.revision, position: recorded.position, points, score };
  }
}

function mayAskForTicket(state: GameState, { by }: CommandContext, playerId: string): boolean {
  if (by.kind === 'player') return by.playerId === playerId && by.gameId === state.gameId;
  return isAuthor(by, state.ownerId);
}
