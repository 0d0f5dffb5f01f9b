import { registerSharing, type Metrics } from '@waymark/platform';
import type { GatewayShared } from './open-shared.ts';

/** What Prometheus is told of limits, and of what gateways share through Redis. */
export function registerShared(metrics: Metrics, { connects, status }: GatewayShared): void {
  metrics.counter({
    name: 'waymark_rate_limited_total',
    help: 'Requests or connections that a rate limit refused, by limit.',
    label: 'limit',
    read: () => ({ connects_per_address: connects.refused }),
  });
  metrics.counter({
    name: 'waymark_tickets_claimed_total',
    help: 'Tickets that were good for this gateway, by who said that they were not used before: all gateways, or this one alone while Redis was away. 0 without REDIS_URL.',
    label: 'by',
    read: () => ({ all: status?.tickets.shared ?? 0, alone: status?.tickets.alone ?? 0 }),
  });
  registerSharing(metrics, status);
}
