import { evolveGame, initialGame } from '@waymark/domain';
import type { CompiledQuest, GameCreated, GameEvent, GameState } from '@waymark/domain';
import type { HuntState } from '@waymark/protocol';
import type { EventEnvelope } from '@waymark/tick-engine';

import { NaiveGame } from './naive-hunt.ts';
import type { ExpectedState, SlowSocket } from './slow-socket.ts';

/** One game of a simulation: what the naive model, the domain's fold and the log say of it, and the sockets that watch it. */
export class SimulatedHunt {
  readonly model: NaiveGame;
  readonly state: GameState = initialGame();
  readonly quest: CompiledQuest;
  readonly log: { readonly event: GameEvent; readonly envelope: EventEnvelope }[] = [];
  /** In the arena; -1 for a game that found no room. */
  slot = -1;
  generation = 0;
  releasedAt: number | null = null;
  /** Rows that found no room in the arena. */
  readonly unserved = new Set<number>();
  readonly seats: Seat[] = [];
  /** What the clients that were cut off hold, by row: they may resume with it. */
  readonly heldByRow = new Map<number, HuntState>();

  constructor(created: GameCreated, quest: CompiledQuest) {
    this.model = new NaiveGame(created);
    this.quest = quest;
  }

  get isLive(): boolean {
    return this.slot !== -1;
  }

  /** Records an event that the engine applied, in both folds. */
  apply(event: GameEvent, envelope: EventEnvelope): void {
    this.log.push({ event, envelope });
    evolveGame(this.state, event);
    if (event.type !== 'GameCreated') this.model.apply(event);
  }

  /** What a client of this row (null: a spectator) must hold after a state frame of `tick`. */
  expected(row: number | null, tick: number): ExpectedState {
    const { model } = this;
    return {
      status: model.status,
      revision: model.revision,
      sequence: model.sequence,
      tick,
      startedAt: model.startedAt,
      endsAt: model.endsAt,
      waypointCount: model.quest?.waypointCount ?? 0,
      players: model.players
        .filter((player) => !this.unserved.has(player.row))
        .map((player) => ({
          row: player.row,
          playerId: player.playerId,
          name: player.name,
          flags: [player.present, player.connected, player.place !== null],
          place: player.place ?? [0, 0, 0],
          score: player.score,
          reachedCount: player.reached.size,
          next: model.next(player),
          moveSequence: player.moveSequence ?? 0,
        })),
      window: row === null ? [] : model.window(model.players[row]!),
    };
  }

  /** The same of a client. */
  inspect(client: HuntState): ExpectedState {
    return {
      status: client.status,
      revision: client.revision,
      sequence: client.sequence,
      tick: client.tick,
      startedAt: client.startedAt,
      endsAt: client.endsAt,
      waypointCount: client.waypointCount,
      players: client.players
        .filter((player) => !this.unserved.has(player.row))
        .map((player) => ({
          row: player.row,
          playerId: player.playerId,
          name: player.name,
          flags: [player.present, player.connected, player.placed],
          place: [player.x, player.y, player.z],
          score: player.score,
          reachedCount: player.reachedCount,
          next: player.nextWaypoint,
          moveSequence: player.moveSequence,
        })),
      window: [...client.window.values()].sort((a, b) => a.index - b.index).map(({ index, clue }) => [index, clue]),
    };
  }
}

/** Who sits behind a socket. */
export interface Seat {
  /** Null for a spectator. */
  readonly row: number | null;
  /** In the arena; -1 for a spectator. */
  readonly player: number;
  readonly full: boolean;
  readonly socket: SlowSocket;
}
