import { RESUME_EVENTS_MAX, SOCKETS_MAX, type Clock, type Random } from '@waymark/base';
import { gameStream, type GameEvent } from '@waymark/domain';
import { StoreUnavailableError, type EventStore, type RecordedEvent } from '@waymark/event-store';
import type { Log, SeatTakeovers, Sessions } from '@waymark/platform';
import { CLOSE_CODES, FLAG_NOT_RECOVERED, type CloseName, type Profile, type Resumed } from '@waymark/protocol';
import {
  connectPlayer,
  createAppliedEvent,
  describeEvent,
  disconnectPlayer,
  gameRecord,
  gameSlot,
  playerRecord,
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
import { createFrameCounts } from '../hot/frame-counts.ts';
import { FrameTransport } from '../hot/frame-transport.ts';
import { GameSocket } from '../hot/game-socket.ts';
import { decode } from '../projection/decode.ts';
import { readConnectRequest, type ConnectRequest, type Held, type Role } from './connect-request.ts';
import { Connection, type ConnectionCounts, type MoveHandler } from './connection.ts';
import type { PlayerIdentity } from './credentials.ts';
import { sendText, type CloseDetails } from './play-socket.ts';
import { Refused } from './refused.ts';
import type { Seat, Seats } from './seats.ts';
import { composeWelcome } from './welcome.ts';

/**
 * Lets sockets in: from an upgraded WebSocket to a connection that is attached to its game, in the order of docs/protocol.md (rules HS and
 * RS): its seat, what a resuming client missed; then, in one turn of the event loop so that no frame can come between, welcome, missed
 * events, keyframe, reveals. Every refusal is a close code with a reason. Owns who is connected, and sends them away.
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
  readonly seats: Seats;
  readonly sessions: Sessions;
  readonly log: Log;
  readonly moves: MoveHandler;
  readonly tickPeriodMs: number;
  readonly drainMs: number;
  /** Whether the log is projected to its end. */
  readonly ready: () => boolean;
  /** Milliseconds that whoever opens one more socket from the address of this request must wait; 0 for none. */
  readonly connectWait: (request: IncomingMessage) => number | Promise<number>;
  /** Tells other gateways of the players here; null where each gateway is for itself. */
  readonly takeovers: SeatTakeovers | null;
  /** Another gateway for the sockets of a game (null: of none), or null where none is known. */
  readonly elsewhere: (gameId: string | null) => string | null;
  /** The game that the gateway watches by itself: whoever asks for it is the canary, because nobody else knows its id. */
  readonly canaryGameId: string;
}

/** What the welcome of a player says beyond a spectator's. */
interface Session {
  readonly session: string;
  readonly sessionToken: string;
  readonly playerId: string;
  readonly row: number;
  readonly resumed: Resumed | null;
}

export class PlayServer {
  readonly counts: ConnectionCounts = { moves: 0, movesRefused: 0 };
  /** Closes that the gateway began, by the name of their code. */
  readonly closes: Record<string, number> = Object.fromEntries(Object.keys(CLOSE_CODES).map((name) => [name, 0]));
  accepted = 0;
  isDraining = false;
  private readonly parts: PlayServerParts;
  private readonly connections = new Set<Connection>();
  private canaryConnections = 0;
  /** Nobody reads them. */
  private readonly canaryFrames = createFrameCounts();
  /** The connection of each player slot. */
  private readonly connectionOf: (Connection | null)[];
  private readonly applied = createAppliedEvent();

  constructor(parts: PlayServerParts) {
    this.parts = parts;
    this.connectionOf = Array.from({ length: parts.arena.playersMax }, () => null);
  }

  /** Less the canary's. */
  get connectionCount(): number {
    return this.connections.size - this.canaryConnections;
  }

  /** Takes a socket that was just upgraded. Never throws; what goes wrong closes the socket. */
  connect(socket: WebSocket, request: IncomingMessage, role: Role): void {
    const { clock, log, moves } = this.parts;
    const connection = new Connection({
      socket,
      clock,
      moves: role === 'player' ? moves : null,
      counts: this.counts,
      onEnding: (ending, name) => this.letGo(ending, name),
      onClosed: (closed) => this.forget(closed),
    });
    this.connections.add(connection);
    this.admit(connection, request, role).catch((error: unknown) => {
      if (error instanceof Refused) return connection.end(error.close, error.message, error.details);
      if (error instanceof StoreUnavailableError)
        return connection.end('overloaded', 'the event store cannot be read', { retryAfterMs: STORE_RETRY_MS });
      log.error({ err: error }, 'a connection met a fault');
      connection.end('internal', 'a fault of the gateway');
    });
  }

  /** The connection of a player, or null. */
  connectionOfPlayer(player: number): Connection | null {
    return this.connectionOf[player]!;
  }

  /** Sends everybody of a game away. */
  closeGame(game: number, name: CloseName, reason: string): void {
    for (let socket = this.parts.fanOut.firstSocket(game); socket !== null;) {
      const { next } = socket;
      const connection = socket.owner as Connection;
      this.detach(connection);
      connection.end(name, reason);
      socket = next;
    }
  }

  /** A newer connection of this player is at another gateway: rule RS5. */
  takenElsewhere(gameId: string, playerId: string): void {
    const { arena } = this.parts;
    const game = gameSlot(arena, gameId);
    const player = game === -1 ? -1 : playerSlot(arena, game, playerId);
    if (player !== -1) this.connectionOf[player]?.end('superseded', SUPERSEDED);
  }

  /** Takes nobody new, and hands everybody over in batches within `drainMs`: rule CL, 4001. The first of them goes when `announced` has settled. */
  async drain(announced: Promise<void> = Promise.resolve()): Promise<void> {
    this.isDraining = true;
    await announced;
    const waiting = [...this.connections];
    const batchCount = Math.min(DRAIN_BATCHES, waiting.length);
    for (let batch = 0; batch < batchCount; batch++) {
      if (batch > 0) await sleep(this.parts.drainMs / batchCount);
      const [from, to] = [batch, batch + 1].map((edge) => Math.round((edge * waiting.length) / batchCount));
      for (const connection of waiting.slice(from, to))
        connection.end('draining', DRAINING, this.comeBack(connection.gameSocket?.game ?? -1));
    }
    const until = performance.now() + DRAIN_ANSWER_MS;
    while (this.connections.size > 0 && performance.now() < until) await sleep(DRAIN_LOOK_MS);
    for (const connection of this.connections) connection.socket.terminate();
  }

  private async admit(connection: Connection, request: IncomingMessage, role: Role): Promise<void> {
    const { parts } = this;
    const asked = readConnectRequest(request, role);
    if (asked.gameId === parts.canaryGameId) this.noteCanary(connection);
    if (!asked.supported) throw new Refused('versionUnsupported', 'offer the subprotocol waymark.v1');
    if (this.connectionCount > SOCKETS_MAX && !connection.isCanary) {
      throw new Refused('connectionLimit', 'the gateway has as many sockets as it may');
    }
    if (!connection.isCanary) await this.limitConnects(request);
    if (!parts.ready()) throw new Refused('overloaded', 'the gateway is still reading the log', { retryAfterMs: 500 });
    if (role === 'spectator') {
      const seat = await parts.seats.ofSpectator(asked);
      return this.attach(connection, seat, asked.profile, null, []);
    }
    const identity = await parts.seats.identify(asked);
    await this.seatPlayer(connection, identity, asked);
  }

  /** An address that comes again and again costs a signature check each time, and a place. */
  private async limitConnects(request: IncomingMessage): Promise<void> {
    const { connectWait, random } = this.parts;
    const asked = connectWait(request);
    const waitMs = typeof asked === 'number' ? asked : await asked;
    if (waitMs === 0) return;
    // Spread, so that all who wait do not come in one moment.
    const retryAfterMs = waitMs + Math.round(random.fraction() * CONNECT_SPREAD_MS);
    throw new Refused('rateLimited', 'too many connections from this address', { retryAfterMs });
  }

  private async seatPlayer(connection: Connection, identity: PlayerIdentity, asked: ConnectRequest): Promise<void> {
    const { arena, random, seats, sessions } = this.parts;
    const { gameId, playerId } = identity;
    const row = arena.players.row[seats.ofPlayer(identity).player]!;
    const session = identity.sessionId ?? random.uuid();
    const sessionToken = await sessions.issue({ gameId, playerId, row, sessionId: session });
    await this.resumeAndAttach(connection, identity, asked, { session, sessionToken, playerId, row });
  }

  /** Reads what the client missed until that is all there is, then attaches in the same turn. */
  private async resumeAndAttach(
    connection: Connection,
    identity: PlayerIdentity,
    { held, profile }: ConnectRequest,
    session: Omit<Session, 'resumed'>,
  ): Promise<void> {
    const { arena, seats } = this.parts;
    const missed: RecordedEvent[] = [];
    for (;;) {
      const seat = seats.ofPlayer(identity);
      if (held === null) return this.attach(connection, seat, profile, { ...session, resumed: null }, []);
      const fromRevision = held.revision;
      const missedCount = arena.games.revision[seat.game]! - fromRevision;
      if (!this.isResumable(held, missedCount)) {
        return this.attach(
          connection,
          seat,
          profile,
          { ...session, resumed: { recovered: false, fromRevision, events: 0 } },
          [],
        );
      }
      if (missedCount === missed.length) {
        const resumed = { recovered: true, fromRevision, events: missedCount };
        return this.attach(connection, seat, profile, { ...session, resumed }, missed);
      }
      missed.push(
        ...(await this.readEvents(identity.gameId, fromRevision + missed.length + 1, missedCount - missed.length)),
      );
    }
  }

  /** Rules RS3 and RS4. A client that is ahead of the log holds what this log never had. */
  private isResumable({ epoch }: Held, missedCount: number): boolean {
    return epoch === this.parts.store.logId && missedCount >= 0 && missedCount <= RESUME_EVENTS_MAX;
  }

  private async readEvents(gameId: string, fromRevision: number, maxCount: number): Promise<readonly RecordedEvent[]> {
    const events = await this.parts.store.readStream(gameStream(gameId), {
      fromRevision: BigInt(fromRevision),
      maxCount,
    });
    if (events !== 'no_stream' && events.length === maxCount) return events;
    throw new Error('the log does not hold the events that were projected from it');
  }

  private attach(
    connection: Connection,
    { game, player }: Seat,
    profile: Profile,
    session: Session | null,
    missed: readonly RecordedEvent[],
  ): void {
    if (!connection.isOpen) return;
    if (this.isDraining) throw new Refused('draining', DRAINING, this.comeBack(game));
    const { fanOut, clock, random } = this.parts;
    const now = clock.now();
    if (player !== -1) this.takeSeat(connection, player);
    const gameSocket = this.makeGameSocket(connection, game, player, profile);
    connection.gameSocket = gameSocket;
    connection.isWelcomed = true;
    if (!connection.isCanary) this.accepted += 1;
    sendText(connection.socket, this.welcome(game, profile, session, now));
    this.replay(gameSocket, missed);
    const recovered = session?.resumed?.recovered ?? true;
    const context = this.contextAt(now);
    fanOut.sendKeyframe(gameSocket, recovered ? 0 : FLAG_NOT_RECOVERED, context);
    if (player !== -1) fanOut.sendReveals(gameSocket, context);
    if (!gameSocket.failed) fanOut.attach(gameSocket, now, random.fraction());
  }

  private takeSeat(connection: Connection, player: number): void {
    const before = this.connectionOf[player]!;
    if (before !== null) {
      // Also one that is closing by itself: what is revealed to its player is the new one's.
      this.detach(before);
      before.end('superseded', SUPERSEDED);
    }
    this.connectionOf[player] = connection;
    const { arena, takeovers } = this.parts;
    connectPlayer(arena, player);
    takeovers?.taken(...this.namesOf(player));
  }

  /** For other gateways: a game and a player of it. */
  private namesOf(player: number): [gameId: string, playerId: string] {
    const { arena } = this.parts;
    return [gameRecord(arena, arena.players.game[player]!).gameId, playerRecord(arena, player).playerId];
  }

  private makeGameSocket(connection: Connection, game: number, player: number, profile: Profile): GameSocket {
    // The ws library keeps its TCP socket to itself; frames go to it directly (hot/raw-writes.ts).
    const tcp = (connection.socket as unknown as { readonly _socket: Socket })._socket;
    const transport = new FrameTransport(tcp, this.parts.pool);
    const counts = connection.isCanary ? this.canaryFrames : this.parts.fanOut.counts;
    return new GameSocket({ game, player, full: profile === 'full', transport, owner: connection, counts });
  }

  private welcome(
    game: number,
    profile: Profile,
    session: Session | null,
    now: number,
  ): ReturnType<typeof composeWelcome> {
    const { arena, store, schedule, tickPeriodMs, drainMs } = this.parts;
    return composeWelcome(arena, {
      epoch: store.logId,
      game,
      profile,
      player: session,
      resumed: session?.resumed ?? null,
      tick: schedule.tickAt(now),
      tickPeriodMs,
      drainJitterMs: drainMs,
      now,
    });
  }

  private replay(gameSocket: GameSocket, missed: readonly RecordedEvent[]): void {
    if (missed.length === 0) return;
    const { arena, fanOut, clock } = this.parts;
    const context = this.contextAt(clock.now());
    const copies: Uint8Array[] = [];
    for (const recorded of missed) {
      describeEvent(arena, gameSocket.game, decode(recorded) as GameEvent, recorded, this.applied);
      const copy = fanOut.copyEvent(this.applied, context);
      if (copy === null) throw new Refused('overloaded', 'the gateway has no memory to spare', { retryAfterMs: 1_000 });
      copies.push(copy);
    }
    fanOut.sendCopies(gameSocket, Buffer.concat(copies), copies.length);
  }

  private contextAt(now: number): FrameContext {
    const { context, schedule } = this.parts;
    context.now = now;
    context.dueAt = now;
    context.tick = schedule.tickAt(now);
    return context;
  }

  /** The gateway, or the ws library, is about to close it. */
  private letGo(connection: Connection, name: CloseName | null): void {
    if (name !== null && !connection.isCanary) this.closes[name]! += 1;
    this.detach(connection);
  }

  private detach(connection: Connection): void {
    const { gameSocket } = connection;
    if (gameSocket === null) return;
    connection.gameSocket = null;
    this.parts.fanOut.detach(gameSocket);
    const { player } = gameSocket;
    if (player === -1 || this.connectionOf[player] !== connection) return;
    this.connectionOf[player] = null;
    const { arena, takeovers } = this.parts;
    disconnectPlayer(arena, player);
    takeovers?.left(...this.namesOf(player));
  }

  private forget(connection: Connection): void {
    this.connections.delete(connection);
    if (connection.isCanary) this.canaryConnections -= 1;
    this.detach(connection);
  }

  private noteCanary(connection: Connection): void {
    connection.isCanary = true;
    this.canaryConnections += 1;
  }

  /** Spread over the drain, so that who was sent away in one batch does not come back in one. */
  private comeBack(game: number): CloseDetails {
    const { arena, drainMs, elsewhere, random } = this.parts;
    const retryAfterMs = Math.round(random.fraction() * drainMs);
    const endpoint = elsewhere(game === -1 ? null : gameRecord(arena, game).gameId);
    return endpoint === null ? { retryAfterMs } : { retryAfterMs, endpoint };
  }
}

const DRAINING = 'the gateway is stopping';
const SUPERSEDED = 'a newer connection of this player took over';
const CONNECT_SPREAD_MS = 5_000;
const DRAIN_BATCHES = 20;
/**
 * How long the last of a drain may take to answer the close frame, and how often that is looked for. With the drain of `npm start` it must end before the
 * gateway is killed (stopMs in tools/start/programs.ts), whatever a client does.
 */
const DRAIN_ANSWER_MS = 400;
const STORE_RETRY_MS = 1_000;
const DRAIN_LOOK_MS = 10;

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
