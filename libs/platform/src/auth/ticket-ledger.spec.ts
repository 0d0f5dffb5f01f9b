import { epochMs } from '@waymark/base';
import { createMemoryTicketLedger } from './ticket-ledger.ts';

describe('the ticket ledger in memory', () => {
  let nowMs = 1_000_000;
  const clock = { now: () => epochMs(nowMs) };

  it('lets a ticket be used once', () => {
    const ledger = createMemoryTicketLedger(clock);
    expect(ledger.claim('a', nowMs + 60_000)).toBe(true);
    expect(ledger.claim('a', nowMs + 60_000)).toBe(false);
    expect(ledger.claim('b', nowMs + 60_000)).toBe(true);
  });

  it('refuses a ticket that has expired', () => {
    expect(createMemoryTicketLedger(clock).claim('a', nowMs)).toBe(false);
  });

  it('forgets tickets only once they have expired', () => {
    const ledger = createMemoryTicketLedger(clock);
    for (let n = 0; n < 100; n++) ledger.claim(`t${n}`, nowMs + 60_000);
    nowMs += 59_999;
    expect(ledger.claim('t0', nowMs + 1)).toBe(false);
    expect(ledger.size).toBe(100);
    nowMs += 1;
    ledger.claim('fresh', nowMs + 60_000);
    expect(ledger.size).toBe(1);
  });

  it('refuses when full instead of forgetting a live ticket', () => {
    const ledger = createMemoryTicketLedger(clock, 2);
    expect([ledger.claim('a', nowMs + 10), ledger.claim('b', nowMs + 10), ledger.claim('c', nowMs + 10)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(ledger.claim('a', nowMs + 10)).toBe(false);
    nowMs += 10;
    expect(ledger.claim('c', nowMs + 10)).toBe(true);
  });
});
