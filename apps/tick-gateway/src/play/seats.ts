import { POSITION_WAIT_MS_MAX } from '@waymark/base';
import { gameStream } from '@waymark/domain';
import type { EventStore } from '@waymark/event-store';
import { PLAYER_PRESENT } from '@waymark/protocol';
import { gameRecord, gameSlot, playerSlot, type Arena } from '@waymark/tick-engine';
import type { Catalogue } from '../projection/catalogue.ts';
import type { PositionWaiters } from '../projection/position-waiters.ts';
import type { ConnectRequest } from './connect-request.ts';
import { identifyPlayer, identifySpectator, useUp, type CredentialParts, type PlayerIdentity } from './credentials.ts';
import { Refused } from './refused.ts';

/**
 * From what a client asked for to its place in the arena (rules HS): who is it, is its game here, is it in the game. A game that the arena
 * does not hold is looked for in the log, which knows all that ever were: so a lagging projection is waited for, and nothing else is.
 */
export interface Seat {
  readonly game: number;
  /** -1 for a spectator. */
  readonly player: number;
}

export interface SeatsParts {
  readonly arena: Arena;
  readonly store: EventStore;
  readonly catalogue: Catalogue;
  readonly waiters: PositionWaiters;
  readonly credentials: CredentialParts;
  /** Position of the last event projected. */
  readonly position: () => number;
}

const GAME_ID = /^[\w-]{1,64}$/;

export class Seats {
  constructor(private readonly parts: SeatsParts) {}

  /** Believes the credential, and waits until what it speaks of is projected. Throws Refused. */
  async identify({ credential, held }: ConnectRequest): Promise<PlayerIdentity> {
    const { credentials, store } = this.parts;
    const identity = await identifyPlayer(credential, credentials);
    const heldRevision = held?.epoch === store.logId ? held.revision : 0;
    await this.settle(identity.gameId, Math.max(identity.revision, heldRevision));
    // Throws when there is no seat: then the ticket is not used up.
    this.ofPlayer(identity);
    await useUp(identity, credentials);
    return identity;
  }

  /** The seat of a player as things are now: looked up anew after every wait, because the arena may have changed meanwhile. */
  ofPlayer({ gameId, playerId }: PlayerIdentity): Seat {
    const { arena } = this.parts;
    const game = this.gameOf(gameId);
    const player = playerSlot(arena, game, playerId);
    if (player === -1) throw new Refused('overloaded', 'the gateway has no room for this player', NO_ROOM);
    if ((arena.players.flags[player]! & PLAYER_PRESENT) === 0)
      throw new Refused('removed', 'the player has left the game');
    return { game, player };
  }

  async ofSpectator({ credential, gameId }: ConnectRequest): Promise<Seat> {
    if (gameId === null) throw new Refused('noSuchGame', 'name the game: /watch?game=');
    const { subject } = await identifySpectator(credential, this.parts.credentials);
    await this.settle(gameId, 0);
    const game = this.gameOf(gameId);
    const { joinCode, ownerId } = gameRecord(this.parts.arena, game);
    if (joinCode !== null && subject !== ownerId) {
      throw new Refused('unauthorised', 'this game is not open: only its owner may watch it');
    }
    return { game, player: -1 };
  }

  /** Waits until the game is projected as far as the log holds it now, unless it already is at `revision`. */
  private async settle(gameId: string, revision: number): Promise<void> {
    const { arena, position, store, waiters } = this.parts;
    const game = gameSlot(arena, gameId);
    if (game !== -1 && arena.games.revision[game]! >= revision && this.hasQuest(gameId)) return;
    if (!GAME_ID.test(gameId)) throw noSuchGame();
    const last = await store.readStream(gameStream(gameId), { direction: 'backwards', maxCount: 1 });
    if (last === 'no_stream') throw noSuchGame();
    const wanted = Number(last[0]!.position);
    const isSettled = await waiters.until(() => position() >= wanted && this.hasQuest(gameId), POSITION_WAIT_MS_MAX);
    if (!isSettled) throw new Refused('overloaded', 'the read side has not come that far', { retryAfterMs: 1_000 });
  }

  /** True for a game that is not in the arena, too: it waits for no quest. */
  private hasQuest(gameId: string): boolean {
    const { arena } = this.parts;
    const game = gameSlot(arena, gameId);
    return game === -1 || arena.games.quest[game] !== -1;
  }

  private gameOf(gameId: string): number {
    const { arena, catalogue } = this.parts;
    const game = gameSlot(arena, gameId);
    if (game !== -1 && this.hasQuest(gameId)) return game;
    const status = catalogue.games.get(gameId)?.status ?? 'ended';
    // The catalogue holds every live game: one that the log knows and the catalogue does not has ended long ago.
    if (status === 'ended') throw new Refused('gameOver', 'the game has ended');
    throw new Refused('overloaded', 'the gateway has no room for this game', NO_ROOM);
  }
}

const NO_ROOM = { retryAfterMs: 5_000 };
const noSuchGame = (): Refused => new Refused('noSuchGame', 'there is no such game');
