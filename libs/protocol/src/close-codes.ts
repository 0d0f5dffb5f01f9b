/**
 * Why the gateway closes a socket: one table for it, the SDK, the metrics and docs/protocol.md (rules CL). Below 4500 the same session may
 * connect again; from 4500 on it would end the same way. 4005 is the one exception: a retry would succeed, and push out the newer
 * connection of the same player, so nothing retries it by itself.
 */
export type CloseName = keyof typeof CLOSE_CODES;

/** What a client does next: resume with its session, join again for a new ticket first, or stop. */
export type CloseAction = 'resume' | 'rejoin' | 'stop';

export interface CloseCode {
  readonly code: number;
  /** Whether a client may connect again by itself with what it holds. */
  readonly retryable: boolean;
  readonly action: CloseAction;
  readonly meaning: string;
}

/** First code of the range that is terminal. */
export const CLOSE_TERMINAL_MIN = 4500;

export const CLOSE_CODES = {
  overloaded: close(1013, 'resume', 'not ready, or overloaded'),
  draining: close(4001, 'resume', 'the gateway is stopping or restarting (CL3)'),
  resumeInvalid: close(4002, 'rejoin', 'the session token has run out (RS6)'),
  slowConsumer: close(4003, 'resume', 'the socket took too long to read what was sent to it (SK1)'),
  heartbeatLost: close(4004, 'resume', 'no pong for two heartbeat periods (LV2)'),
  superseded: close(4005, 'stop', 'a newer connection of the same player took over (RS5)'),
  rateLimited: close(4006, 'resume', 'too many messages a second (MV5), or connections from one address (HS7)'),
  internal: close(4007, 'resume', 'a fault of the server'),
  badFrame: close(4500, 'stop', 'a message, or a query field, that waymark.v1 does not have'),
  unauthorised: close(4501, 'stop', 'no credential, or one that does not hold here'),
  ticketExpired: close(
    4502,
    'rejoin',
    'the ticket is past its 60 s, was used, or is older than the gateway process (HS4)',
  ),
  gameOver: close(4503, 'stop', 'the game has ended; sent 2 s after its end, and at once to who comes later'),
  removed: close(4504, 'stop', 'the player has left the game'),
  versionUnsupported: close(4505, 'stop', 'the subprotocol waymark.v1 was not offered (HS2)'),
  noSuchGame: close(4506, 'stop', 'there is no such game, or /watch named none'),
  connectionLimit: close(4507, 'stop', 'the gateway has as many sockets as it may have'),
} as const;

const BY_CODE: ReadonlyMap<number, CloseName> = new Map(
  (Object.keys(CLOSE_CODES) as CloseName[]).map((name) => [CLOSE_CODES[name].code, name]),
);

/** The name of a code of this table, or undefined for any other. */
export function closeName(code: number): CloseName | undefined {
  return BY_CODE.get(code);
}

/**
 * What a client does after a close with `code`, also for codes that are not ours: a network that broke (1006) or a proxy that went away
 * (1001) is retried; a code that says the client's bytes were refused (1002, 1003, 1007 to 1010) and one nobody documented in the
 * terminal range are not.
 */
export function closeAction(code: number): CloseAction {
  const name = BY_CODE.get(code);
  if (name !== undefined) return CLOSE_CODES[name].action;
  if (code === 1000 || code === 1002 || code === 1003 || (code >= 1007 && code <= 1010)) return 'stop';
  return code >= CLOSE_TERMINAL_MIN ? 'stop' : 'resume';
}

function close(code: number, action: CloseAction, meaning: string): CloseCode {
  return { code, retryable: code < CLOSE_TERMINAL_MIN && action !== 'stop', action, meaning };
}
