import { POSITION_WAIT_MS_MAX, RESUME_EVENTS_MAX, SOCKETS_MAX, type Clock, type Random } from '@waymark/base';
import { gameStream, type GameEvent } from '@waymark/domain';
import type { EventStore, RecordedEvent } from '@waymark/event-store';
import type { Log, Sessions } from '@waymark/platform';
import {
  CLOSE_CODES,
  FLAG_NOT_RECOVERED,
  PLAYER_PRESENT,
  type CloseName,
  type Profile,
  type Resumed,
} from '@waymark/protocol';
import {
  connectPlayer,
  createAppliedEvent,
  describeEvent,
  disconnectPlayer,
  gameRecord,
  gameSlot,
  playerSlot,
  type Arena,
  type FrameContext,
  type SlabPool,
  type TickSchedule,
} from '@waymark/tick-engine';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { FanOut } from '../hot/fan-out.ts';
import { FrameTransport } from '../hot/frame-transport.ts';
import { GameSocket } from '../hot/game-socket.ts';
import type { Catalogue } from '../projection/catalogue.ts';
import type { PositionWaiters } from '../projection/position-waiters.ts';
import { decode } from '../projection/read-model.ts';
import { readConnectRequest, type ConnectRequest } from './connect-request.ts';
import { Connection, createConnectionCounts, type MoveHandler } from './connection.ts';
import { identifyPlayer, identifySpectator, type CredentialParts, type PlayerIdentity, type Refusal } from './credentials.ts';
import { closeSocket, sendText, type CloseDetails } from './play-socket.ts';
import { composeWelcome } from './welcome.ts';

/**
 * Lets sockets in: from an upgraded WebSocket to a connection that is attached to its game, in the order of docs/protocol.md (rules HS and
 * RS): who is it, is the game here, what did a resuming client miss; then, in one turn of the event loop so that no frame can come between,
 * welcome, missed events, keyframe, reveals. Every refusal is a close code with a reason.
 */
export interface PlayServerParts {
  readonly arena: Arena;
  readonly pool: SlabPool;
  readonly schedule: TickSchedule;
  readonly fanOut: FanOut;
  readonly context: FrameContext;
  readonly clock: Clock;
  readonly random: Random;
  readonly store: EventStore;
  readonly catalogue: Catalogue;
  readonly waiters: PositionWaiters;
  readonly credentials: CredentialParts;
  readonly sessions: Sessions;
  readonly log: Log;
  readonly moves: MoveHandler;
  readonly tickPeriodMs: number;
  readonly drainJitterMs: number;
  /** Whether the log is projected to its end and the ticker runs. */
  readonly ready: () => boolean;
}

export type Role = 'player' | 'spectator';

/** Thrown inside an admission that ends in a refusal. */
class Refused extends Error {
  readonly close: CloseName;
  readonly details: CloseDetails;
  constructor(close: CloseName, reason: string, details: CloseDetails = {}) {
    super(reason);
    this.close = close;
    this.details = details;
  }
}

/** A game that was found, and who of it asks. */
interface Seat {
  readonly game: number;
  /** -1 for a spectator. */
  readonly player: number;
  readonly identity: PlayerIdentity | null;
}

export class PlayServer {
  readonly counts = createConnectionCounts();
  /** Closes that the gateway began, by the name of their code. */
  readonly closes: Record<string, number> = Object.fromEntries(Object.keys(CLOSE_CODES).map((name) => [name, 0]));
  accepted = 0;
  private readonly parts: PlayServerParts;
  private readonly connections = new Set<Connection>();
  /** The connection of each player slot. */
  private readonly connectionOf: (Connection | null)[];
  private draining = false;
  private readonly applied = createAppliedEvent();

  constructor(parts: PlayServerParts) {
    this.parts = parts;
    this.connectionOf = Array.from({ length: parts.arena.playersMax }, () => null);
  }

  get connectionCount(): number {
    return this.connections.size;
  }

  /** Takes a socket that was just upgraded. Never throws; what goes wrong closes the socket. */
  connect(socket: WebSocket, request: IncomingMessage, role: Role): void {
    const { clock, moves } = this.parts;
    const connection = new Connection({
      socket,
      clock,
      moves: role === 'player' ? moves : null,
      counts: this.counts,
      onClosed: (closed) => this.forget(closed),
    });
    this.connections.add(connection);
    this.admit(connection, request, role).catch((error: unknown) => {
      if (error instanceof Refused) return this.close(connection, error.close, error.message, error.details);
      this.parts.log.error({ err: error }, 'a connection met a fault');
      this.close(connection, 'internal', 'a fault of the gateway');
    });
  }

  /** The connection of a player, or null. */
  connectionOfPlayer(player: number): Connection | null {
    return this.connectionOf[player]!;
  }

  close(connection: Connection, name: CloseName, reason: string, details: CloseDetails = {}): void {
    this.closes[name] = (this.closes[name] ?? 0) + 1;
    closeSocket(connection.socket, name, reason, details);
  }

  /** Sends everybody of a game away. */
  closeGame(game: number, name: CloseName, reason: string): void {
    for (let socket = this.parts.fanOut.firstSocket(game); socket !== null; ) {
      const { next } = socket;
      const connection = socket.owner as Connection;
      this.detach(connection);
      this.close(connection, name, reason);
      socket = next;
    }
  }

  /** Hands everybody over within `drainMs`, in batches, and takes nobody new: rule CL, 4001. */
  async drain(drainMs: number): Promise<void> {
    this.draining = true;
    const waiting = [...this.connections];
    const batchSize = Math.max(1, Math.ceil(waiting.length / DRAIN_BATCHES));
    for (let start = 0; start < waiting.length; start += batchSize) {
      for (const connection of waiting.slice(start, start + batchSize)) {
        this.close(connection, 'draining', 'the gateway is stopping', { retryAfterMs: drainMs });
      }
      await new Promise((resolve) => setTimeout(resolve, drainMs / DRAIN_BATCHES));
    }
    for (const connection of this.connections) connection.socket.terminate();
  }

  private async admit(connection: Connection, request: IncomingMessage, role: Role): Promise<void> {
    const asked = readConnectRequest(request);
    if (typeof asked === 'string') throw new Refused('badFrame', asked);
    if (!asked.supported) throw new Refused('versionUnsupported', 'offer the subprotocol waymark.v1');
    if (this.connections.size > SOCKETS_MAX) throw new Refused('connectionLimit', 'the gateway has as many sockets as it may');
    if (this.draining) throw new Refused('draining', 'the gateway is stopping');
    if (!this.parts.ready()) throw new Refused('overloaded', 'the gateway is still reading the log', { retryAfterMs: 500 });
    const seat = role === 'player' ? await this.seatPlayer(asked) : await this.seatSpectator(asked);
    if (seat.identity === null) return this.attach(connection, seat, asked, null, []);
    const session = seat.identity.sessionId ?? this.parts.random.uuid();
    const { gameId, playerId, row } = seat.identity;
    const sessionToken = await this.parts.sessions.issue({ gameId, playerId, row, sessionId: session });
    await this.resumeAndAttach(connection, seat.identity, asked, { session, sessionToken });
  }

  private async seatPlayer({ credential }: ConnectRequest): Promise<Seat> {
    const identity = await identifyPlayer(credential, this.parts.credentials);
    if (identity.kind === 'refused') throw refusedBy(identity);
    const { arena, waiters } = this.parts;
    const projected = (): boolean => {
      const game = gameSlot(arena, identity.gameId);
      return game !== -1 && arena.games.revision[game]! >= identity.revision && arena.games.quest[game] !== -1;
    };
    if (!projected() && !this.isOver(identity.gameId) && !(await waiters.until(projected, POSITION_WAIT_MS_MAX))) {
      if (identity.sessionId === null && gameSlot(arena, identity.gameId) !== -1) {
        throw new Refused('overloaded', 'the read side has not come that far', { retryAfterMs: 1_000 });
      }
    }
    return this.seatOf(identity);
  }

  /** Looked up anew after every wait: the arena may have changed meanwhile. */
  private seatOf(identity: PlayerIdentity): Seat {
    const { arena } = this.parts;
    const game = this.gameOf(identity.gameId);
    const player = playerSlot(arena, game, identity.playerId);
    if (player === -1) throw new Refused('overloaded', 'the gateway has no room for this player', { retryAfterMs: 5_000 });
    if ((arena.players.flags[player]! & PLAYER_PRESENT) === 0) throw new Refused('removed', 'the player has left the game');
    return { game, player, identity };
  }

  private async seatSpectator({ credential, gameId }: ConnectRequest): Promise<Seat> {
    if (gameId === null) throw new Refused('noSuchGame', 'name the game: /watch?game=');
    const identity = await identifySpectator(credential, this.parts.credentials);
    if (identity.kind === 'refused') throw refusedBy(identity);
    const game = this.gameOf(gameId);
    const { joinCode, ownerId } = gameRecord(this.parts.arena, game);
    if (joinCode !== null && identity.subject !== ownerId) {
      throw new Refused('unauthorised', 'this game is not open: only its owner may watch it');
    }
    return { game, player: -1, identity: null };
  }

  private gameOf(gameId: string): number {
    const game = gameSlot(this.parts.arena, gameId);
    if (game !== -1 && this.parts.arena.games.quest[game] !== -1) return game;
    if (this.isOver(gameId)) throw new Refused('gameOver', 'the game has ended');
    if (this.parts.catalogue.games.has(gameId)) throw new Refused('overloaded', 'the gateway has no room for this game', { retryAfterMs: 5_000 });
    throw new Refused('noSuchGame', 'there is no such game');
  }

  private isOver(gameId: string): boolean {
    return this.parts.catalogue.games.get(gameId)?.status === 'ended';
  }

  /** Reads what the client missed until that is all there is, then attaches in the same turn. */
  private async resumeAndAttach(
    connection: Connection,
    identity: PlayerIdentity,
    asked: ConnectRequest,
    session: { readonly session: string; readonly sessionToken: string },
  ): Promise<void> {
    const { arena, store } = this.parts;
    const { held } = asked;
    const missed: RecordedEvent[] = [];
    for (;;) {
      const seat = this.seatOf(identity);
      const revision = arena.games.revision[seat.game]!;
      const known = held === null ? revision : held.revision + missed.length;
      const resumable = held !== null && held.epoch === store.logId && known <= revision && revision - held.revision <= RESUME_EVENTS_MAX;
      if (held === null || !resumable || known === revision) {
        const resumed: Resumed | null =
          held === null ? null : { recovered: resumable, fromRevision: held.revision, events: resumable ? missed.length : 0 };
        return this.attach(connection, seat, asked, { ...session, resumed }, resumable ? missed : []);
      }
      const more = await store.readStream(gameStream(identity.gameId), {
        fromRevision: BigInt(known + 1),
        maxCount: revision - known,
      });
      if (more === 'no_stream' || more.length === 0) throw new Refused('resumeInvalid', 'the log does not hold what this session names');
      missed.push(...more);
    }
  }

  private attach(
    connection: Connection,
    { game, player, identity }: Seat,
    { profile }: ConnectRequest,
    session: { readonly session: string; readonly sessionToken: string; readonly resumed: Resumed | null } | null,
    missed: readonly RecordedEvent[],
  ): void {
    const { socket } = connection;
    if (socket.readyState !== socket.OPEN) return;
    const { fanOut, clock, random } = this.parts;
    const now = clock.now();
    if (player !== -1) this.takeSeat(connection, player);
    const gameSocket = this.makeGameSocket(connection, game, player, profile);
    connection.gameSocket = gameSocket;
    this.accepted += 1;
    sendText(socket, this.welcome(game, profile, identity, session, now));
    this.replay(gameSocket, missed);
    const recovered = session?.resumed?.recovered ?? true;
    const context = this.contextAt(now);
    fanOut.sendKeyframe(gameSocket, recovered ? 0 : FLAG_NOT_RECOVERED, context);
    if (player !== -1) fanOut.sendReveals(gameSocket, context);
    fanOut.attach(gameSocket, now, random.fraction());
  }

  private takeSeat(connection: Connection, player: number): void {
    const before = this.connectionOf[player]!;
    if (before !== null) {
      this.detach(before);
      this.close(before, 'superseded', 'a newer connection of this player took over');
    }
    this.connectionOf[player] = connection;
    connectPlayer(this.parts.arena, player);
  }

  private makeGameSocket(connection: Connection, game: number, player: number, profile: Profile): GameSocket {
    // The ws library keeps its TCP socket to itself; frames go to it directly (hot/raw-writes.ts).
    const tcp = (connection.socket as unknown as { readonly _socket: Socket })._socket;
    const transport = new FrameTransport(tcp, this.parts.pool);
    return new GameSocket({ game, player, full: profile === 'full', transport, owner: connection });
  }

  private welcome(
    game: number,
    profile: Profile,
    identity: PlayerIdentity | null,
    session: { readonly session: string; readonly sessionToken: string; readonly resumed: Resumed | null } | null,
    now: number,
  ): ReturnType<typeof composeWelcome> {
    const { arena, store, schedule, tickPeriodMs, drainJitterMs } = this.parts;
    const player = identity === null || session === null ? null : { playerId: identity.playerId, row: identity.row, ...session };
    return composeWelcome(arena, {
      epoch: store.logId,
      game,
      profile,
      player,
      resumed: session?.resumed ?? null,
      tick: schedule.tickAt(now),
      tickPeriodMs,
      drainJitterMs,
      now,
    });
  }

  private replay(gameSocket: GameSocket, missed: readonly RecordedEvent[]): void {
    const { arena, fanOut, clock } = this.parts;
    for (const recorded of missed) {
      describeEvent(arena, gameSocket.game, decode(recorded) as GameEvent, recorded, this.applied);
      fanOut.sendEvent(gameSocket, this.applied, this.contextAt(clock.now()));
    }
  }

  private contextAt(now: number): FrameContext {
    const { context, schedule } = this.parts;
    context.now = now;
    context.dueAt = now;
    context.tick = schedule.tickAt(now);
    return context;
  }

  private detach(connection: Connection): void {
    const { gameSocket } = connection;
    if (gameSocket === null) return;
    connection.gameSocket = null;
    this.parts.fanOut.detach(gameSocket);
    const { player } = gameSocket;
    if (player === -1 || this.connectionOf[player] !== connection) return;
    this.connectionOf[player] = null;
    disconnectPlayer(this.parts.arena, player);
  }

  private forget(connection: Connection): void {
    this.connections.delete(connection);
    this.detach(connection);
  }
}

const DRAIN_BATCHES = 20;

function refusedBy({ close, reason }: Refusal): Refused {
  return new Refused(close, reason);
}
