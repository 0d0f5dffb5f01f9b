import { PLAYERS_LIVE_MAX, SESSION_SECONDS, type Clock } from '@waymark/base';
import { isCount, signInternal } from './internal-token.ts';
import type { Keyring } from './keyring.ts';
import { TokenCheck, type Verdict } from './token-check.ts';

/** Session tokens: what the gateway gives for a ticket. With it a player resumes at any gateway, and may send `reach` over HTTP. */
export interface SessionSubject {
  readonly playerId: string;
  readonly gameId: string;
  readonly row: number;
  readonly sessionId: string;
}

export interface SessionClaims extends SessionSubject {
  /** Epoch ms. */
  readonly expiresAt: number;
}

const AUDIENCE = 'waymark:session';

export class Sessions {
  private readonly keyring: Keyring;
  private readonly clock: Clock;
  private readonly check: TokenCheck<SessionClaims>;

  constructor(keyring: Keyring, clock: Clock) {
    this.keyring = keyring;
    this.clock = clock;
    this.check = new TokenCheck({
      key: keyring.internal,
      algorithms: ['HS256'],
      audience: AUDIENCE,
      what: 'session token',
      rememberedMax: PLAYERS_LIVE_MAX,
      clock,
      read: ({ sub, game, row, sid, exp }) => {
        if (typeof sub !== 'string' || typeof game !== 'string' || typeof sid !== 'string' || !isCount(row))
          return undefined;
        return { playerId: sub, gameId: game, row, sessionId: sid, expiresAt: exp * 1000 };
      },
    });
  }

  issue(subject: SessionSubject): Promise<string> {
    const { playerId, gameId, row, sessionId } = subject;
    return signInternal(this.keyring, this.clock, {
      audience: AUDIENCE,
      claims: { sub: playerId, game: gameId, row, sid: sessionId },
      expiresAtSeconds: Math.ceil(this.clock.now() / 1000) + SESSION_SECONDS,
    });
  }

  verify(token: string): Verdict<SessionClaims> | Promise<Verdict<SessionClaims>> {
    return this.check.verify(token);
  }
}
