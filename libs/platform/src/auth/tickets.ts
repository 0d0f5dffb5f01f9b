import { TICKET_SECONDS, type Clock, type Random } from '@waymark/base';
import { isCount, signInternal } from './internal-token.ts';
import type { Keyring } from './keyring.ts';
import { TokenCheck, type Verdict } from './token-check.ts';

/**
 * Tickets: what a player who joined shows the gateway, once, within TICKET_SECONDS. The command app issues them; the gateway verifies them,
 * and then claims `ticketId` in the TicketLedger, which is what makes them single use.
 */
export interface TicketSubject {
  readonly playerId: string;
  readonly gameId: string;
  /** The player's row in the frames. */
  readonly row: number;
  /** Revision of the game at which the player had joined: the gateway must have projected it. */
  readonly revision: number;
}

export interface TicketClaims extends TicketSubject {
  readonly ticketId: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

const AUDIENCE = 'waymark:ticket';

export class Tickets {
  private readonly keyring: Keyring;
  private readonly clock: Clock;
  private readonly random: Random;
  private readonly check: TokenCheck<TicketClaims>;

  constructor(keyring: Keyring, clock: Clock, random: Random) {
    this.keyring = keyring;
    this.clock = clock;
    this.random = random;
    this.check = new TokenCheck({
      key: keyring.internal,
      algorithms: ['HS256'],
      audience: AUDIENCE,
      what: 'ticket',
      rememberedMax: 0,
      clock,
      read: ({ sub, game, row, revision, jti, exp }) => {
        if (typeof sub !== 'string' || typeof game !== 'string' || typeof jti !== 'string') return undefined;
        if (!isCount(row) || !isCount(revision)) return undefined;
        return { playerId: sub, gameId: game, row, revision, ticketId: jti, expiresAt: exp * 1000 };
      },
    });
  }

  issue(subject: TicketSubject): Promise<string> {
    const { playerId, gameId, row, revision } = subject;
    return signInternal(this.keyring, this.clock, {
      audience: AUDIENCE,
      claims: { sub: playerId, game: gameId, row, revision, jti: this.random.uuid() },
      expiresAtSeconds: Math.ceil(this.clock.now() / 1000) + TICKET_SECONDS,
    });
  }

  async verify(token: string): Promise<Verdict<TicketClaims>> {
    return this.check.verify(token);
  }
}
