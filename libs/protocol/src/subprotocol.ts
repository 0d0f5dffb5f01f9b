/** The words of the handshake (rules HS in docs/protocol.md): subprotocol, credential prefixes, paths and query names. */

export const SUBPROTOCOL = 'waymark.v1';
/** A ticket from joining, or a spectator's author token: `ticket.` and the token. */
export const TICKET_PREFIX = 'ticket.';
/** The session token of a welcome: `session.` and the token. */
export const SESSION_PREFIX = 'session.';
export const PLAY_PATH = '/play';
export const WATCH_PATH = '/watch';

export type Profile = 'delta' | 'full';

export type Credential = { readonly kind: 'ticket' | 'session'; readonly token: string };

/** What a client offers: the list for `new WebSocket(url, offered)`. */
export function offeredSubprotocols(credential: Credential | null): string[] {
  if (credential === null) return [SUBPROTOCOL];
  return [SUBPROTOCOL, (credential.kind === 'ticket' ? TICKET_PREFIX : SESSION_PREFIX) + credential.token];
}

/**
 * Reads a Sec-WebSocket-Protocol header: whether it offers waymark.v1, and the first credential in it. Tokens are passed on unread; the
 * caller verifies them.
 */
export function readOffer(header: string | undefined): {
  readonly supported: boolean;
  readonly credential: Credential | null;
} {
  let supported = false;
  let credential: Credential | null = null;
  for (const part of (header ?? '').split(',')) {
    const name = part.trim();
    if (name === SUBPROTOCOL) supported = true;
    else if (credential === null && name.startsWith(TICKET_PREFIX))
      credential = { kind: 'ticket', token: name.slice(TICKET_PREFIX.length) };
    else if (credential === null && name.startsWith(SESSION_PREFIX))
      credential = { kind: 'session', token: name.slice(SESSION_PREFIX.length) };
  }
  return { supported, credential };
}
