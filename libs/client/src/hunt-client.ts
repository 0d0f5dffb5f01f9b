import type { CloseAction, ErrorMessage, Frame, PlayerState, WelcomeMessage } from '@waymark/protocol';
import { PLAY_PATH, WATCH_PATH, closeAction, closeName, createHuntState, offeredSubprotocols } from '@waymark/protocol';

import { backoffMs } from './backoff.ts';
import { ClockOffset } from './clock-offset.ts';
import type { ConnectionEnd } from './connection.ts';
import { Connection } from './connection.ts';
import { Emitter } from './emitter.ts';
import type { ConnectionStatus, EventInfo, HuntEvents, HuntOptions, HuntView, WatchRequest } from './hunt-types.ts';
import { ClosedError } from './hunt-types.ts';
import type { Environment } from './environment.ts';
import { resolveEnvironment } from './environment.ts';
import { HttpCaller } from './http-caller.ts';
import { ProblemError } from './http-errors.ts';
import type { Place } from './interpolation.ts';
import { Interpolator } from './interpolation.ts';
import type { JoinRequest, PlayerSession, ReachAnswer } from './player-commands.ts';
import { joinGame, leaveGame, reachWaypoint } from './player-commands.ts';

export const CONNECT_TIMEOUT_MS = 30_000;
/** A connection that held this long was good: the next backoff starts from the beginning. */
export const STEADY_MS = 5_000;
/** Attempts in a row that no gateway welcomed, until the command app is asked where the game is played now. */
export const UNWELCOMED_MAX = 2;
/** A command app that does not answer by then keeps nobody from the address that is known. */
export const ASK_WHERE_MS = 2_000;
/** Code of a close that the client itself asked for. */
export const CLOSE_BY_CLIENT = 1000;

interface Playing {
  readonly kind: 'play';
  readonly join: JoinRequest;
  readonly joinKey: string;
}
type Membership = Playing | ({ readonly kind: 'watch' } & WatchRequest);

/**
 * One player in one game, or one spectator: joins over HTTP, connects, keeps the state, comes back after a loss without missing an event
 * (docs/protocol.md, rules RS and CL). One client is for one game at a time.
 */
export class HuntClient extends Emitter<HuntEvents> {
  private readonly options: HuntOptions;
  private readonly environment: Environment;
  private readonly http: HttpCaller;
  private readonly hunt = createHuntState();
  private readonly clock = new ClockOffset();
  private readonly interpolator = new Interpolator();
  private membership: Membership | null = null;
  private connection: Connection | null = null;
  private welcome: WelcomeMessage | null = null;
  private playerId: string | null = null;
  private ticket: string | null = null;
  private sessionToken: string | null = null;
  private gatewayUrl: string | null;
  /** Where a draining gateway sent us, until it proves wrong. */
  private endpoint: string | null = null;
  private retryTimer: unknown = null;
  private attempts = 0;
  private unwelcomed = 0;
  private syncedAt: number | null = null;
  private moveSequence = 0;
  /** Aborted when the client closes: ends a join that is under way. */
  private readonly ending = new AbortController();
  private opening: { resolve(welcome: WelcomeMessage): void; reject(error: Error): void } | null = null;
  private current: { status: ConnectionStatus; code: number | null; reason: string } = {
    status: 'disconnected',
    code: null,
    reason: '',
  };

  constructor(options: HuntOptions) {
    super();
    this.options = options;
    this.environment = resolveEnvironment(options);
    this.http = new HttpCaller(this.environment, options.commandUrl);
    this.gatewayUrl = options.gatewayUrl ?? null;
  }

  get state(): HuntView {
    return this.hunt;
  }

  /** The connection, with code and reason of the last close. */
  get status(): Readonly<{ status: ConnectionStatus; code: number | null; reason: string }> {
    return this.current;
  }

  /** What the server said last in greeting. */
  get greeting(): WelcomeMessage | null {
    return this.welcome;
  }

  /** The player's own row of the state, or null before the first frame and for spectators. */
  get self(): Readonly<PlayerState> | null {
    return this.hunt.row === null ? null : (this.hunt.players[this.hunt.row] ?? null);
  }

  /** The session, for commands of one's own over HTTP; null when there is none yet. */
  get session(): PlayerSession | null {
    if (this.membership?.kind !== 'play' || this.playerId === null || this.sessionToken === null) return null;
    return { gameId: this.membership.join.gameId, playerId: this.playerId, token: this.sessionToken };
  }

  /** The server's time by our estimate, epoch ms. */
  serverNow(): number {
    return this.environment.now() + this.clock.offsetMs;
  }

  /** The server's clock minus ours, and how wrong that can be. */
  clockOffset(): { readonly offsetMs: number; readonly errorMs: number } {
    return { offsetMs: this.clock.offsetMs, errorMs: this.clock.errorMs(this.environment.now()) };
  }

  /**
   * Joins a game and connects. Resolves when the first keyframe is there. Rejects with ProblemError when joining is refused, NetworkError
   * when nobody answers, ClosedError when the gateway refuses or the time is over.
   */
  async join(request: JoinRequest): Promise<WelcomeMessage> {
    this.begin({ kind: 'play', join: request, joinKey: this.environment.uuid() });
    return this.open();
  }

  /** Connects as a spectator: the same frames, no reveals, no moves. */
  async watch(request: WatchRequest): Promise<WelcomeMessage> {
    if (this.gatewayUrl === null) throw new Error('to watch, give the option gatewayUrl');
    this.begin({ kind: 'watch', ...request });
    return this.open();
  }

  /** Tells the gateway where the player is. Returns the move's sequence, or null when there is no connection to tell. */
  move(x: number, y: number, z: number): number | null {
    if (this.connection?.sendMove({ sequence: this.moveSequence + 1, x, y, z }) !== true) return null;
    this.moveSequence += 1;
    return this.moveSequence;
  }

  /** Claims a waypoint over HTTP; the gateway does it by itself for a player who moves into the radius. */
  async reach(waypoint: number, at: readonly [x: number, y: number, z: number]): Promise<ReachAnswer> {
    return reachWaypoint(this.http, this.heldSession(), { waypoint, at }, this.sentAt());
  }

  /** Leaves the game, then closes. */
  async leave(): Promise<void> {
    await leaveGame(this.http, this.heldSession(), this.sentAt());
    this.close('left the game');
  }

  /** Closes for good. The player stays in the game. */
  close(reason = 'closed by the client'): void {
    if (this.current.status !== 'closed') this.end(CLOSE_BY_CLIENT, reason);
  }

  /**
   * Fills `into` with where the player of `row` is to be drawn at `at` (server's clock): between its last two places, one tick period in
   * the past by default, so that there is a next place to move towards. False when the place is not known.
   */
  placeOf(row: number, into: Place, at = this.serverNow() - (this.welcome?.tickPeriodMs ?? 0)): boolean {
    return this.interpolator.placeAt(row, at, into);
  }

  private begin(membership: Membership): void {
    if (this.current.status !== 'disconnected') throw new Error('a client joins or watches once; make another');
    this.membership = membership;
    this.current = { status: 'connecting', code: null, reason: '' };
  }

  private open(): Promise<WelcomeMessage> {
    return new Promise((resolve, reject) => {
      const limitMs = this.options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
      const timeout = this.environment.setTimeout(() => {
        this.end(CLOSE_BY_CLIENT, `not connected within ${limitMs} ms; last: ${this.current.reason || 'no answer'}`);
      }, limitMs);
      const settle = (): void => {
        this.environment.clearTimeout(timeout);
        this.opening = null;
      };
      this.opening = {
        resolve: (welcome) => {
          settle();
          resolve(welcome);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      void this.connect();
    });
  }

  /** Gets a ticket if there is nothing to connect with, then opens a socket. */
  private async connect(): Promise<void> {
    const membership = this.membership!;
    if (membership.kind === 'play') {
      try {
        if (this.sessionToken === null && this.ticket === null) await this.askToJoin(membership, this.ending.signal);
        else if (this.unwelcomed >= UNWELCOMED_MAX) await this.askWhere(membership);
      } catch (error) {
        this.joinFailed(error instanceof Error ? error : new Error(String(error)));
        return;
      }
    }
    if (this.current.status !== 'connecting') return;
    const { url, protocols } = this.address(membership);
    const { environment, hunt: state, clock } = this;
    this.connection = new Connection({ environment, state, clock, handler: this.handler }, url, protocols);
  }

  /** The same key is the same joining: asked again, it says where that is played now. */
  private async askToJoin({ join, joinKey }: Playing, signal: AbortSignal): Promise<void> {
    const joined = await joinGame(this.http, join, { idempotencyKey: joinKey, sentAt: this.sentAt(), signal });
    this.playerId = joined.playerId;
    this.ticket = joined.ticket;
    this.gatewayUrl = this.options.gatewayUrl ?? joined.gatewayUrl;
  }

  /** Never fails: what is held may still open the gateway that we know. */
  private async askWhere(membership: Playing): Promise<void> {
    if (this.options.gatewayUrl !== undefined) return;
    const { environment } = this;
    const limit = new AbortController();
    const timer = environment.setTimeout(() => limit.abort(), ASK_WHERE_MS);
    try {
      await this.askToJoin(membership, AbortSignal.any([limit.signal, this.ending.signal]));
    } catch {
      // The next attempt asks again.
    } finally {
      environment.clearTimeout(timer);
    }
  }

  private address(membership: Membership): { url: string; protocols: string[] } {
    const base = websocketBase(this.endpoint ?? this.gatewayUrl!);
    const profile = `profile=${this.options.profile ?? 'delta'}`;
    if (membership.kind === 'watch') {
      const credential = membership.token === undefined ? null : { kind: 'ticket' as const, token: membership.token };
      const query = `game=${encodeURIComponent(membership.gameId)}&${profile}`;
      return { url: `${base}${WATCH_PATH}?${query}`, protocols: offeredSubprotocols(credential) };
    }
    if (this.sessionToken === null) {
      const protocols = offeredSubprotocols({ kind: 'ticket', token: this.ticket! });
      return { url: `${base}${PLAY_PATH}?${profile}`, protocols };
    }
    const protocols = offeredSubprotocols({ kind: 'session', token: this.sessionToken });
    const { revision, sequence } = this.hunt;
    // Without a frame ever received there is nothing to go on from.
    const held =
      revision < 0 ? '' : `&epoch=${encodeURIComponent(this.welcome!.epoch)}&revision=${revision}&sequence=${sequence}`;
    return { url: `${base}${PLAY_PATH}?${profile}${held}`, protocols };
  }

  private readonly handler = {
    welcomed: (welcome: WelcomeMessage): void => {
      this.welcome = welcome;
      this.ticket = null;
      this.unwelcomed = 0;
      this.sessionToken = welcome.sessionToken;
      this.syncedAt = null;
      this.interpolator.reset();
      this.current = { status: 'connected', code: null, reason: '' };
      this.emit('welcome', welcome);
      if (welcome.resumed !== null) this.emit('resume', welcome.resumed);
    },
    framed: (frame: Frame, replayed: boolean): void => {
      this.framed(frame, replayed);
    },
    refused: (error: ErrorMessage): void => {
      this.emit('error', error);
    },
    ended: (end: ConnectionEnd): void => {
      this.connectionEnded(end);
    },
  };

  private framed(frame: Frame, replayed: boolean): void {
    const { header } = frame;
    const lagMs = this.serverNow() - header.dueAt;
    if (frame.kind === 'keyframe' || frame.kind === 'delta') {
      this.interpolator.push(this.hunt, header.dueAt);
      this.syncedAt ??= this.environment.now();
      this.opening?.resolve(this.welcome!);
    }
    this.emit('frame', header, lagMs);
    if (frame.kind === 'event') {
      const since = frame.event.sentAt ?? header.dueAt;
      const info: EventInfo = { revision: header.revision, lagMs: this.serverNow() - since, replayed };
      // A listener may keep the event: the reader makes a fresh one for each.
      this.emit('event', frame.event, info);
    }
    if (frame.kind === 'reveal') this.emit('reveal', this.hunt.window);
    this.emit('state', this.hunt);
  }

  private connectionEnded(end: ConnectionEnd): void {
    this.connection = null;
    const steady = this.syncedAt !== null && this.environment.now() - this.syncedAt >= STEADY_MS;
    if (steady) this.attempts = 0;
    this.syncedAt = null;
    // An endpoint that does not welcome us is no better than the address we came from.
    if (!end.welcomed) {
      this.endpoint = null;
      this.unwelcomed += 1;
    }
    if (end.bye?.endpoint !== undefined) this.endpoint = end.bye.endpoint;
    const action = this.actionAfter(end.code);
    if (action === 'stop') {
      this.end(end.code, end.reason);
      return;
    }
    if (action === 'rejoin') {
      this.ticket = null;
      this.sessionToken = null;
    }
    this.retry(end.code, end.reason, this.pauseAfter(end));
  }

  /** A spectator has nothing to rejoin with. */
  private actionAfter(code: number): CloseAction {
    const action = closeAction(code);
    return action === 'rejoin' && this.membership!.kind === 'watch' ? 'stop' : action;
  }

  private pauseAfter({ code, bye, welcomed }: ConnectionEnd): number {
    const { random } = this.environment;
    // Whoever was playing comes back when the gateway says, or somewhere in the time that it gives everybody.
    if (closeName(code) === 'draining' && welcomed)
      return bye?.retryAfterMs ?? random() * (this.welcome?.drainJitterMs ?? 0);
    return Math.max(backoffMs(this.attempts, random), bye?.retryAfterMs ?? 0);
  }

  private retry(code: number, reason: string, retryInMs: number): void {
    this.attempts += 1;
    this.current = { status: 'connecting', code, reason };
    this.retryTimer = this.environment.setTimeout(() => {
      void this.connect();
    }, retryInMs);
    this.emit('drop', { code, reason, retryInMs });
  }

  /** A refusal to join is final; a command app that is away is not, once the player has been in the game. */
  private joinFailed(error: Error): void {
    if (this.current.status !== 'connecting') return;
    const final = this.welcome === null || (error instanceof ProblemError && !error.temporary);
    if (!final) {
      this.retry(this.current.code ?? 1006, error.message, backoffMs(this.attempts, this.environment.random));
      return;
    }
    this.opening?.reject(error);
    this.end(this.current.code ?? CLOSE_BY_CLIENT, error.message);
  }

  private end(code: number, reason: string): void {
    this.connection?.close(reason.slice(0, 40));
    this.connection = null;
    this.environment.clearTimeout(this.retryTimer);
    this.ending.abort();
    this.current = { status: 'closed', code, reason };
    this.opening?.reject(new ClosedError(code, reason));
    this.emit('close', code, reason);
  }

  /** For the header Waymark-Sent-At, once a round trip has told the server's clock. */
  private sentAt(): number | null {
    return Number.isFinite(this.clockOffset().errorMs) ? this.serverNow() : null;
  }

  private heldSession(): PlayerSession {
    const session = this.session;
    if (session === null) throw new Error('there is no session yet: join first');
    return session;
  }
}

/** A gateway's address as WebSocket wants it: http becomes ws, and no slash at the end. */
function websocketBase(url: string): string {
  return url.replace(/^http/, 'ws').replace(/\/+$/, '');
}
