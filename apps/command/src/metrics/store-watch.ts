import type { Clock } from '@waymark/base';
import type { HealthCheck, Log } from '@waymark/platform';

/**
 * Whether the event store takes appends, by the last answer that it gave. The operator hears of the first failure and of the end of them, not of
 * each; readiness hears of it for a while only, because a process that gets no commands would never learn that its disk has room again.
 */
export class StoreWatch {
  private readonly clock: Clock;
  private readonly log: Log;
  private fault: { readonly reason: string; readonly lastAt: number } | null = null;

  constructor(clock: Clock, log: Log) {
    this.clock = clock;
    this.log = log;
  }

  answered(): void {
    if (this.fault === null) return;
    this.fault = null;
    this.log.info('the event store takes appends again');
  }

  failed(reason: string): void {
    if (this.fault === null) this.log.error({ reason }, 'the event store does not take appends');
    this.fault = { reason, lastAt: this.clock.now() };
  }

  /** One append is too large for the server. Nothing is wrong with others, so readiness does not hear of it. */
  tooLarge(reason: string): void {
    this.log.error({ reason }, 'the event store takes no append of this size; its own limit is to be raised');
  }

  readonly check: HealthCheck = {
    name: 'event-store',
    check: () =>
      this.fault !== null && this.clock.now() - this.fault.lastAt < UNREADY_MS
        ? { ok: false, detail: `appends fail: ${this.fault.reason}` }
        : { ok: true, detail: 'appends are taken' },
  };
}

const UNREADY_MS = 10_000;
