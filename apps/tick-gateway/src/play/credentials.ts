import type { AuthorTokens, Sessions, TicketLedger, Tickets, Verdict } from '@waymark/platform';
import type { CloseName, Credential } from '@waymark/protocol';

/**
 * From the token that a socket brought to who it is: rules HS of docs/protocol.md. A ticket is used up by being claimed in the ledger,
 * which happens here and only after everything else about it has been found right.
 */
export interface PlayerIdentity {
  readonly kind: 'player';
  readonly gameId: string;
  readonly playerId: string;
  readonly row: number;
  /** Of the game's stream, which must be projected before the player can be found. */
  readonly revision: number;
  /** The session that is resumed, null for a new one. */
  readonly sessionId: string | null;
}

export interface SpectatorIdentity {
  readonly kind: 'spectator';
  /** Who asks, null for somebody without a token: enough for open games. */
  readonly subject: string | null;
}

export interface Refusal {
  readonly kind: 'refused';
  readonly close: CloseName;
  readonly reason: string;
}

export interface CredentialParts {
  readonly tickets: Tickets;
  readonly sessions: Sessions;
  readonly authors: AuthorTokens;
  readonly ledger: TicketLedger;
}

export async function identifyPlayer(
  credential: Credential | null,
  { tickets, sessions, ledger }: CredentialParts,
): Promise<PlayerIdentity | Refusal> {
  if (credential === null) return refuse('unauthorised', 'no ticket and no session token was offered');
  if (credential.kind === 'session') {
    const verdict = await sessions.verify(credential.token);
    if (!verdict.ok) return refuse(verdict.code === 'expired' ? 'resumeInvalid' : 'unauthorised', verdict.detail);
    return { kind: 'player', revision: 0, ...verdict.claims };
  }
  const verdict = await tickets.verify(credential.token);
  if (!verdict.ok) return refuseTicket(verdict);
  const { ticketId, expiresAt, gameId, playerId, row, revision } = verdict.claims;
  if (!(await ledger.claim(ticketId, expiresAt))) return refuse('ticketExpired', 'the ticket was used before');
  return { kind: 'player', gameId, playerId, row, revision, sessionId: null };
}

export async function identifySpectator(
  credential: Credential | null,
  { authors }: CredentialParts,
): Promise<SpectatorIdentity | Refusal> {
  if (credential === null) return { kind: 'spectator', subject: null };
  if (credential.kind === 'session') return refuse('unauthorised', 'a session token is for /play');
  const verdict = await authors.verify(credential.token);
  if (!verdict.ok) return refuse('unauthorised', verdict.detail);
  return { kind: 'spectator', subject: verdict.author.subject };
}

function refuseTicket(verdict: Extract<Verdict<unknown>, { ok: false }>): Refusal {
  return refuse(verdict.code === 'expired' ? 'ticketExpired' : 'unauthorised', verdict.detail);
}

function refuse(close: CloseName, reason: string): Refusal {
  return { kind: 'refused', close, reason };
}
