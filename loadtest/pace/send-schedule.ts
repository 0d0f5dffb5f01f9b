/**
 * When commands are meant to be sent: a rate that changes in steps, as the times themselves, one after another. The thread that paces and the one
 * that sends walk through the same schedule and need not tell each other a time.
 */
export interface RateStep {
  /** Epoch ms from which the rate holds, until the next step. */
  readonly fromMs: number;
  /** 0: nothing is due. */
  readonly perSecond: number;
}

export class SendSchedule {
  private readonly steps: readonly RateStep[];
  private step = 0;
  private countInStep = 0;
  /** Epoch ms of the next one; Infinity when no more will come. */
  dueAt = Number.POSITIVE_INFINITY;

  constructor(steps: readonly RateStep[]) {
    steps.forEach(({ fromMs, perSecond }, i) => {
      if (perSecond < 0 || !Number.isFinite(fromMs) || !Number.isFinite(perSecond)) {
        throw new RangeError(`a rate of ${perSecond} a second from ${fromMs} is none`);
      }
      if (i > 0 && fromMs < steps[i - 1]!.fromMs) throw new RangeError('steps of a rate must ascend in time');
    });
    this.steps = steps;
    this.settle();
  }

  advance(): void {
    this.countInStep += 1;
    this.settle();
  }

  private settle(): void {
    for (; this.step < this.steps.length; this.step++, this.countInStep = 0) {
      const { fromMs, perSecond } = this.steps[this.step]!;
      const endsAt = this.steps[this.step + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
      this.dueAt = perSecond === 0 ? Number.POSITIVE_INFINITY : fromMs + (this.countInStep * 1_000) / perSecond;
      if (this.dueAt < endsAt) return;
    }
    this.dueAt = Number.POSITIVE_INFINITY;
  }
}
