import type { HealthCheck } from '../health.ts';
import { reportHealth } from '../health.ts';
import type { PulledMetrics } from './pulled-metrics.ts';

/** What readiness says, for alerts: a process that is scraped and not ready serves nobody new. Called by both apps beside their own metrics. */
export function registerReadiness(metrics: PulledMetrics, checks: readonly HealthCheck[]): void {
  metrics.gauge({
    name: 'waymark_ready',
    help: 'Whether a check of readiness holds: 1, or 0. All must.',
    label: 'check',
    read: () => Object.fromEntries(reportHealth(checks).checks.map(({ name, ok }) => [name, ok ? 1 : 0])),
  });
}
