import { assert } from '@waymark/base';
import { SeededRandom } from '@waymark/testing';

/**
 * The schedule of faults, drawn from a seed and nothing else: the same seed, count and targets give the same plan on every machine. Two faults may
 * overlap, never on the same target, and the plan leaves the command app within reach at least every OUTAGE_MS_MAX. Pure; run by run.ts.
 */
export type FaultKind = 'kill' | 'pause' | 'cut' | 'refuse' | 'hang' | 'delay' | RedisFault;
/** What is done to Redis from inside, by its own commands. */
export type RedisFault = 'flushall' | 'del' | 'client-kill';

export interface PlannedFault {
  readonly index: number;
  readonly kind: FaultKind;
  /** A process for kill and pause, redis for what is done inside of it, a link for the others. */
  readonly target: string;
  /** From the beginning of the plan. */
  readonly atMs: number;
  /** Until it is healed: the pause, or how long a killed process stays down before it is started again. 0: at once. */
  readonly forMs: number;
}

export interface PlanTargets {
  readonly processes: readonly string[];
  readonly links: readonly string[];
  /** Whether one of the processes is `redis`. */
  readonly hasRedis: boolean;
  /** Processes and links without which no command can be answered. */
  readonly vital: readonly string[];
}

/** The longest time in a row for which a plan keeps every command from being answered. */
export const OUTAGE_MS_MAX = 10_000;
/** What a start is reckoned to take when outages are summed up. */
export const START_MS = 2_000;
/** Between two outages that are told apart: long enough for commands to be answered. */
const BREATH_MS = 500;
const GAP_MS = { min: 300, max: 2_200 } as const;
/** Of every ten faults: half are of processes, which is where promises break. */
const KINDS: readonly FaultKind[] = ['kill', 'kill', 'kill', 'pause', 'pause', 'cut', 'cut', 'refuse', 'hang', 'delay'];
const REDIS_FAULTS: readonly RedisFault[] = ['flushall', 'del', 'client-kill'];
const LENGTH_MS: Readonly<Record<FaultKind, { readonly min: number; readonly max: number }>> = {
  kill: { min: 0, max: 1_500 },
  pause: { min: 200, max: 5_000 },
  cut: { min: 0, max: 0 },
  refuse: { min: 300, max: 2_500 },
  hang: { min: 300, max: 2_500 },
  delay: { min: 500, max: 3_000 },
  flushall: { min: 0, max: 0 },
  del: { min: 0, max: 0 },
  'client-kill': { min: 0, max: 0 },
};

export function planFaults(seed: number, count: number, targets: PlanTargets): PlannedFault[] {
  assert(targets.processes.length > 0 && targets.links.length > 0, 'there is something to break');
  const random = new SeededRandom(seed);
  const within = ({ max, min }: { readonly min: number; readonly max: number }): number =>
    min + random.integer(max - min + 1);
  const plan: PlannedFault[] = [];
  let atMs = 0;
  while (plan.length < count) {
    const kind = random.pick(targets.hasRedis ? [...KINDS, ...REDIS_FAULTS] : KINDS);
    const target = random.pick(targetsOf(kind, targets));
    const fault = { index: plan.length, kind, target, atMs: atMs + within(GAP_MS), forMs: within(LENGTH_MS[kind]) };
    // A draw that does not fit is made again, later: the draws are part of the plan, so the seed still tells all.
    atMs = fault.atMs;
    if (!overlapsItself(plan, fault) && longestOutageMs([...plan, fault], targets.vital) <= OUTAGE_MS_MAX) {
      plan.push(fault);
    }
  }
  return plan;
}

function targetsOf(kind: FaultKind, { links, processes }: PlanTargets): readonly string[] {
  if (kind === 'kill' || kind === 'pause') return processes;
  return (REDIS_FAULTS as readonly FaultKind[]).includes(kind) ? ['redis'] : links;
}

/** When the plan reckons a fault to be over. */
export const endMs = ({ atMs, forMs, kind }: PlannedFault): number => atMs + forMs + (kind === 'kill' ? START_MS : 0);

/** Of the times in which something vital is broken, the longest in a row. A delay is none: it lets commands through. */
export function longestOutageMs(plan: readonly PlannedFault[], vital: readonly string[]): number {
  const outages = plan.filter(({ kind, target }) => kind !== 'delay' && vital.includes(target));
  let longestMs = 0;
  let fromMs = 0;
  let untilMs = -BREATH_MS - 1;
  for (const fault of outages.toSorted((a, b) => a.atMs - b.atMs)) {
    if (fault.atMs > untilMs + BREATH_MS) fromMs = fault.atMs;
    untilMs = Math.max(untilMs, endMs(fault));
    longestMs = Math.max(longestMs, untilMs - fromMs);
  }
  return longestMs;
}

function overlapsItself(plan: readonly PlannedFault[], fault: PlannedFault): boolean {
  return plan.some((other) => other.target === fault.target && endMs(other) >= fault.atMs);
}
