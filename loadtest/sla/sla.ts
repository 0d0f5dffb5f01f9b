/**
 * What loadtest/sla.json may say: every threshold of the SLA gate, for a team to edit. loadtest/sla.schema.json is made from this file
 * (tools/schemas/main.ts), so what is written here is what an editor shows beside the field. docs/sla.md says what the rules do.
 */

export const SLA_VERSION = 1;

/** A figure that gates (`must`) and one that is only reported (`goal`). Higher is worse. */
export interface Budget {
  /**
   * Above this the run fails; null: the figure is only reported.
   * @minimum 0
   */
  readonly must: number | null;
  /**
   * What good work reaches; missing it is reported and gates nothing.
   * @minimum 0
   */
  readonly goal: number | null;
}

/** A budget that cannot be switched off: the instruments count what is late against it. */
export interface LatenessBudget {
  /**
   * Above this a frame or an answer is late. The run fails when more than one in a hundred are.
   * @exclusiveMinimum 0
   */
  readonly must: number;
  /**
   * What good work reaches; missing it is reported and gates nothing.
   * @minimum 0
   */
  readonly goal: number | null;
}

export interface Budgets {
  /** Command acknowledged, from the intended send time: median, ms. */
  readonly commandP50Ms: Budget;
  /** Command acknowledged, from the intended send time: p99, ms. What was not answered counts as late. */
  readonly commandP99Ms: LatenessBudget;
  /** Commands that got any other answer than the one asked for. */
  readonly commandErrors: Budget;
  /** From a command's intended send time to the event frame in hand: median, ms. */
  readonly eventLagP50Ms: Budget;
  /** From a command's intended send time to the event frame in hand: p99, ms. */
  readonly eventLagP99Ms: Budget;
  /** From a tick's due time to the frame in hand: p99 of the worst player, ms. A missing frame counts as late. */
  readonly tickLagWorstPlayerP99Ms: LatenessBudget;
  /** The same over all players: p99.9, ms. */
  readonly tickLagP999Ms: Budget;
  /** Share of all due frames that never came, 0 to 1. */
  readonly framesMissingShare: Budget;
  /** CPU of the tick-gateway over the window, cores. */
  readonly gatewayCores: Budget;
  /** CPU of the command app over the window, cores. */
  readonly commandCores: Budget;
  /** Largest resident memory of the tick-gateway in the window, MB (10^6 bytes). */
  readonly gatewayRssMb: Budget;
  /** Largest resident memory of the command app in the window, MB (10^6 bytes). */
  readonly commandRssMb: Budget;
  /** Major collections a minute, of each app. */
  readonly majorGcsPerMinute: Budget;
  /** Longest pause by a collection of any kind in the window, of each app, ms. */
  readonly gcPauseLongestMs: Budget;
}

export interface Sla {
  /** Where an editor finds the rules of this file. */
  readonly $schema?: string;
  readonly version: typeof SLA_VERSION;
  readonly budgets: Budgets;
  /** How much must have been measured for a verdict. */
  readonly samples: {
    /**
     * Frames due a player. Of fewer than 100, a p99 is the single worst frame.
     * @minimum 1
     * @asType integer
     */
    readonly framesPerPlayerMin: number;
    /**
     * Share of the planned commands that the generator must have meant to send.
     * @minimum 0
     * @maximum 1
     */
    readonly commandsShareMin: number;
  };
  /** When the load generator itself is to blame. */
  readonly generator: {
    /**
     * p99 of how late commands were sent after they were meant to be, ms.
     * @minimum 0
     */
    readonly sendLatenessP99MaxMs: number;
    /**
     * p99 of how long what arrived waited inside the instrument, ms.
     * @minimum 0
     */
    readonly handlingDelayP99MaxMs: number;
    /**
     * Share of all cores that the apps, the generators and everything else may use together, 0 to 1.
     * @minimum 0
     * @maximum 1
     */
    readonly totalCpuShareMax: number;
  };
  /** When the machine is to blame. Shares are of all cores, 0 to 1. */
  readonly machine: {
    /**
     * CPU of processes that are no part of the run, mean over the window.
     * @minimum 0
     * @maximum 1
     */
    readonly othersCpuShareMax: number;
    /**
     * CPU that the hypervisor gave to others, mean over the window.
     * @minimum 0
     * @maximum 1
     */
    readonly stealShareMax: number;
    /**
     * Others and steal together in one second: above it, the second is disturbed.
     * @minimum 0
     * @maximum 1
     */
    readonly disturbedSecondShareMax: number;
    /**
     * p99 lateness of an idle timer before the run, ms.
     * @minimum 0
     */
    readonly preflightTimerP99MaxMs: number;
    /**
     * Idle share of all cores before the run.
     * @minimum 0
     * @maximum 1
     */
    readonly preflightIdleShareMin: number;
  };
  /** When the witness, a ticker and a disk writer in a process of its own, excuses a second. */
  readonly witness: {
    /**
     * Lateness of its ticks, ms.
     * @minimum 0
     */
    readonly tickLateMaxMs: number;
    /**
     * Duration of its durable writes, ms. Excuses commands and event lag, never ticks: they do not touch the disk.
     * @minimum 0
     */
    readonly diskMaxMs: number;
  };
  /** How far the instruments may be apart in what they felt of the same server: p50 and p95 of tick lag, ms. */
  readonly instruments: {
    /**
     * @minimum 0
     */
    readonly differenceMaxMs: number;
  };
  /** Comparison of two commits. */
  readonly baseline: {
    /**
     * The fewest interleaved pairs that are compared.
     * @minimum 3
     * @asType integer
     */
    readonly pairsMin: number;
    /**
     * A figure has become worse when even the lower bound of the interval of its paired ratio is above 1 plus this.
     * @minimum 0
     */
    readonly regressionMin: number;
    /**
     * Confidence of that interval.
     * @exclusiveMinimum 0.5
     * @exclusiveMaximum 1
     */
    readonly confidence: number;
  };
}

/** sla.json itself: the thresholds of every scenario, and budgets in which a scenario differs. */
export interface SlaFile extends Sla {
  /** By the name of a scenario, budgets that stand in place of those above when it is played. */
  readonly scenarios?: Readonly<Record<string, Partial<Budgets>>>;
}
