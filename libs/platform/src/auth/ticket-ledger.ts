import { assert, type Clock } from '@waymark/base';

/** Remembers which tickets were used, for as long as they could be shown again. One ledger for all gateways of a deployment. */
export interface TicketLedger {
  /** True for the first who claims this ticket, false for everyone after. A ledger that is full refuses: it never forgets a live ticket. */
  claim(ticketId: string, expiresAt: number): boolean | Promise<boolean>;
}

/** Tickets of one ticket life: 4,000 joins a second for a minute. */
const CLAIMED_MAX = 262_144;

/** For one gateway. A Map keeps the order in which tickets came, which is nearly that of their expiry: what has expired leaves from the front. */
export function createMemoryTicketLedger(
  clock: Clock,
  claimedMax = CLAIMED_MAX,
): TicketLedger & { readonly size: number } {
  assert(claimedMax > 0, 'a ticket ledger has room');
  const claimed = new Map<string, number>();
  return {
    get size() {
      return claimed.size;
    },
    claim(ticketId, expiresAt) {
      const now = clock.now();
      for (const [oldest, itsExpiry] of claimed) {
        if (itsExpiry > now) break;
        claimed.delete(oldest);
      }
      if (claimed.has(ticketId) || claimed.size >= claimedMax || expiresAt <= now) return false;
      claimed.set(ticketId, expiresAt);
      return true;
    },
  };
}
