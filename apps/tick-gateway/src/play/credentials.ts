import { TICKET_SECONDS } from '@waymark/base';
import type { AuthorTokens, Sessions, TicketLedger, Tickets } from '@waymark/platform';
import type { Credential } from '@waymark/protocol';
import { Refused } from './refused.ts';

/**
 * From the token that a socket brought to who it is: rules HS of docs/protocol.md. A ticket is used up by being claimed in the ledger (useUp),
 * which comes last: a client that is refused for a while comes back with the same ticket (CL2).
 *
 * The ledger lives as long as this process. What an earlier process had in its own, killed a moment ago, nobody knows; but that process only
 * saw tickets that were issued before this one began. So those are refused as used (4502): their players join again, which costs one request.
 */
export interface PlayerIdentity {
  readonly kind: 'player';
  readonly gameId: string;
  readonly playerId: string;
  /** Of the game's stream, which must be projected before the player can be found. */
  readonly revision: number;
  /** The session that is resumed, null for a new one. */
  readonly sessionId: string | null;
  /** What opens this one connection, null for a session. */
  readonly ticket: { readonly ticketId: string; readonly expiresAt: number } | null;
}

export interface SpectatorIdentity {
  readonly kind: 'spectator';
  /** Who asks, null for somebody without a token: enough for open games. */
  readonly subject: string | null;
}

export interface CredentialParts {
  readonly tickets: Tickets;
  readonly sessions: Sessions;
  readonly authors: AuthorTokens;
  readonly ledger: TicketLedger;
  /** When the process began, epoch ms. */
  readonly bornAt: number;
}

/** A ticket's expiry is its time of issue, rounded up to a second, and its life. */
const ISSUED_BEFORE_EXPIRY_MS_MAX = (TICKET_SECONDS + 1) * 1_000;

/** Throws Refused. */
export async function identifyPlayer(
  credential: Credential | null,
  { tickets, sessions, bornAt }: CredentialParts,
): Promise<PlayerIdentity> {
  if (credential === null) throw new Refused('unauthorised', 'no ticket and no session token was offered');
  if (credential.kind === 'session') {
    const verdict = await sessions.verify(credential.token);
    if (!verdict.ok) throw new Refused(verdict.code === 'expired' ? 'resumeInvalid' : 'unauthorised', verdict.detail);
    const { gameId, playerId, sessionId } = verdict.claims;
    return { kind: 'player', gameId, playerId, revision: 0, sessionId, ticket: null };
  }
  const verdict = await tickets.verify(credential.token);
  if (!verdict.ok) throw new Refused(verdict.code === 'expired' ? 'ticketExpired' : 'unauthorised', verdict.detail);
  const { ticketId, expiresAt, gameId, playerId, revision } = verdict.claims;
  if (expiresAt - ISSUED_BEFORE_EXPIRY_MS_MAX < bornAt) {
    throw new Refused('ticketExpired', 'the ticket is older than this gateway: join again');
  }
  return { kind: 'player', gameId, playerId, revision, sessionId: null, ticket: { ticketId, expiresAt } };
}

/** Called when nothing else stands in the way of the connection. Throws Refused for a ticket that was used before. */
export async function useUp({ ticket }: PlayerIdentity, { ledger }: Pick<CredentialParts, 'ledger'>): Promise<void> {
  if (ticket === null || (await ledger.claim(ticket.ticketId, ticket.expiresAt))) return;
  throw new Refused('ticketExpired', 'the ticket was used before');
}

/** Throws Refused. */
export async function identifySpectator(
  credential: Credential | null,
  { authors }: CredentialParts,
): Promise<SpectatorIdentity> {
  if (credential === null) return { kind: 'spectator', subject: null };
  if (credential.kind === 'session') throw new Refused('unauthorised', 'a session token is for /play');
  const verdict = await authors.verify(credential.token);
  if (!verdict.ok) throw new Refused('unauthorised', verdict.detail);
  return { kind: 'spectator', subject: verdict.author.subject };
}
