import type { PulledMetrics } from './pulled-metrics.ts';

/** What an app tells of what it shares with others through Redis. */
export interface SharingStatus {
  /** Why Redis does not take it now, or null. */
  readonly fault: () => string | null;
  readonly counts: { readonly answered: number; readonly unanswered: number };
  readonly gatewayCount: () => number;
}

/** `status` is null without REDIS_URL. Called by both apps beside their own metrics. */
export function registerSharing(metrics: PulledMetrics, status: SharingStatus | null): void {
  metrics.gauge({
    name: 'waymark_sharing_up',
    help: 'Whether processes share limits, tickets and the directory through Redis now: 1, or 0; 0 without REDIS_URL.',
    read: () => (status?.fault() === null ? 1 : 0),
  });
  metrics.counter({
    name: 'waymark_sharing_questions_total',
    help: 'Questions of this process to what is shared in Redis, by whether they were answered.',
    label: 'outcome',
    read: () => ({ answered: status?.counts.answered ?? 0, unanswered: status?.counts.unanswered ?? 0 }),
  });
  metrics.gauge({
    name: 'waymark_gateways_known',
    help: 'Gateways in the directory of Redis that are alive, draining ones among them.',
    read: () => status?.gatewayCount() ?? 0,
  });
}
