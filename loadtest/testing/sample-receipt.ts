import { judge } from '../judge/judge.ts';
import type { Evidence } from '../judge/evidence.ts';
import { RECEIPT_VERSION, type Receipt } from '../receipt/receipt.ts';
import { loadSla } from '../sla/load-sla.ts';
import type { Sla } from '../sla/sla.ts';

/** The receipt that a simulated run would leave. */
export function sampleReceipt(evidence: Evidence, sla: Sla = loadSla()): Receipt {
  return {
    receiptVersion: RECEIPT_VERSION,
    madeAt: '2026-01-02T12:01:10.000Z',
    source: { commit: '0123456789abcdef0123456789abcdef01234567', changed: false, version: '0.1.0' },
    machine: { cpuModel: 'simulated', coreCount: 2, memoryBytes: 8e9, system: 'Linux 6' },
    versions: { node: '24.21.0', k6: '2.2.0' },
    sla,
    verdict: judge(sla, evidence),
    evidence,
  };
}
