import { TICKET_SECONDS, type Clock } from '@waymark/base';
import type { TicketLedger } from '../auth/ticket-ledger.ts';
import type { SharedRedis } from './shared-redis.ts';

/**
 * Tickets are used once by all gateways together: the first SET NX wins. While Redis does not answer, each gateway goes on with its own
 * ledger (docs/adr/0010): a ticket could then be used once at each of them, within its 60 s and for the same player.
 */
export interface RedisTicketLedgerParts {
  readonly redis: SharedRedis;
  /** Of this gateway; asked first, so that it keeps its own word through every state of Redis. */
  readonly local: TicketLedger;
  readonly clock: Clock;
  /** Id of the event log: several deployments may share one Redis. */
  readonly logId: string;
}

export interface LedgerCounts {
  /** Claims that Redis decided, and those that this gateway decided alone. */
  shared: number;
  alone: number;
}

/** Clocks of gateways may differ by as much as this before a used ticket that one has forgotten is still good to another. */
const CLOCK_DIFFERENCE_MS = TICKET_SECONDS * 1_000;

export class RedisTicketLedger implements TicketLedger {
  readonly counts: LedgerCounts = { shared: 0, alone: 0 };

  private readonly parts: RedisTicketLedgerParts;

  constructor(parts: RedisTicketLedgerParts) {
    this.parts = parts;
  }

  async claim(ticketId: string, expiresAt: number): Promise<boolean> {
    const { clock, local, logId, redis } = this.parts;
    if (!(await local.claim(ticketId, expiresAt))) return false;
    const lifeMs = Math.ceil(expiresAt - clock.now()) + CLOCK_DIFFERENCE_MS;
    const answer = await redis.ask((client) =>
      client.set(`waymark:${logId}:ticket:${ticketId}`, 1, 'PX', lifeMs, 'NX'),
    );
    if (answer === undefined) {
      this.counts.alone += 1;
      return true;
    }
    this.counts.shared += 1;
    return answer === 'OK';
  }
}
