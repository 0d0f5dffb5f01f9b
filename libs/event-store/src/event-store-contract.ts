import { durabilityCases } from './contract/durability-cases.ts';
import { idempotencyCases } from './contract/idempotency-cases.ts';
import { limitCases } from './contract/limit-cases.ts';
import { readingCases } from './contract/reading-cases.ts';
import { revisionCases } from './contract/revision-cases.ts';
import { subscriptionCases } from './contract/subscription-cases.ts';
import type { ContractLog, ContractLogFactory } from './contract/contract-kit.ts';

/**
 * What a store must do to be an event store of Waymark. Every adapter runs this file against a log of its own for each test; a case that
 * an adapter cannot pass is a fault of the adapter. Where EventStoreDB answers by what its cache still holds (repeats with 'any', the
 * same id in one append), the port asks for one answer for ever.
 */
export function eventStoreContract(name: string, factory: ContractLogFactory): void {
  describe(`event store contract: ${name}`, () => {
    let log: ContractLog;
    beforeEach(async () => {
      log = await factory();
    });
    afterEach(() => log.dispose());
    const current = (): ContractLog => log;

    describe('expected revisions', () => revisionCases(current));
    describe('idempotency', () => idempotencyCases(current));
    describe('limits and arguments', () => limitCases(current));
    describe('reading', () => readingCases(current));
    describe('subscriptions', () => subscriptionCases(current));
    describe('atomicity and durability', () => durabilityCases(current));
  });
}
