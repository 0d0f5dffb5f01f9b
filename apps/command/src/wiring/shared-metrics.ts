import { registerSharing, type Metrics } from '@waymark/platform';
import type { Shared } from './open-shared.ts';

/** What Prometheus is told of limits, and of what is shared through Redis. */
export function registerShared(metrics: Metrics, { joinLimits, questDocuments, status }: Shared): void {
  metrics.counter({
    name: 'waymark_rate_limited_total',
    help: 'Requests or connections that a rate limit refused, by limit.',
    label: 'limit',
    read: () => ({
      failed_joins_per_address: joinLimits.perAddress.refused,
      failed_joins_per_game: joinLimits.perGame.refused,
      quest_documents_per_author: questDocuments.refused,
    }),
  });
  registerSharing(metrics, status);
}
