import type { HttpCaller } from './http-caller.ts';
import { answerNumber, answerText } from './http-caller.ts';

/** The commands of a player: join, leave, reach. HuntClient calls them. */

export interface JoinRequest {
  readonly gameId: string;
  readonly name: string;
  /** Of a game that is not open. */
  readonly joinCode?: string;
  /** An id of one's own; the server makes one otherwise. */
  readonly playerId?: string;
  /** In place of the code: the token of the game's owner, or, to come back as `playerId` after leaving, the session token of before. */
  readonly token?: string;
}

export interface JoinAnswer {
  readonly playerId: string;
  /** Opens one connection within 60 s. */
  readonly ticket: string;
  readonly gatewayUrl: string;
  readonly revision: number;
}

export interface ReachAnswer {
  readonly revision: number;
  readonly position: number;
  readonly points: number;
  readonly score: number;
}

/**
 * Joins. The same key joins once: repeated after the ticket ran out, the answer is the same joining with a fresh ticket.
 */
export async function joinGame(
  http: HttpCaller,
  join: JoinRequest,
  head: { readonly idempotencyKey: string; readonly sentAt: number | null; readonly signal: AbortSignal },
): Promise<JoinAnswer> {
  const { gameId, token, ...body } = join;
  const answer = await http.call({
    method: 'POST',
    path: `/games/${encodeURIComponent(gameId)}/players`,
    body,
    token,
    idempotencyKey: head.idempotencyKey,
    signal: head.signal,
    headers: sentAtHeader(head.sentAt),
  });
  return {
    playerId: answerText(answer, 'playerId'),
    ticket: answerText(answer, 'ticket'),
    gatewayUrl: answerText(answer, 'gatewayUrl'),
    revision: answerNumber(answer, 'revision'),
  };
}

export interface PlayerSession {
  readonly gameId: string;
  readonly playerId: string;
  readonly token: string;
}

export async function leaveGame(http: HttpCaller, session: PlayerSession, sentAt: number | null): Promise<void> {
  await http.call({ method: 'DELETE', path: playerPath(session), token: session.token, headers: sentAtHeader(sentAt) });
}

/** Claims a waypoint at a place. The gateway does this by itself for a player who moves into its radius. */
export async function reachWaypoint(
  http: HttpCaller,
  session: PlayerSession,
  claim: { readonly waypoint: number; readonly at: readonly [x: number, y: number, z: number] },
  sentAt: number | null,
): Promise<ReachAnswer> {
  const answer = await http.call({
    method: 'POST',
    path: `${playerPath(session)}/reach`,
    body: claim,
    token: session.token,
    headers: sentAtHeader(sentAt),
  });
  return {
    revision: answerNumber(answer, 'revision'),
    position: answerNumber(answer, 'position'),
    points: answerNumber(answer, 'points'),
    score: answerNumber(answer, 'score'),
  };
}

function playerPath({ gameId, playerId }: PlayerSession): string {
  return `/games/${encodeURIComponent(gameId)}/players/${encodeURIComponent(playerId)}`;
}

/** Null while the server's clock is not known: a machine whose clock is a day off would be refused. */
function sentAtHeader(sentAt: number | null): Record<string, string> {
  return sentAt === null ? {} : { 'waymark-sent-at': String(sentAt) };
}
