import type { Sla } from '../sla/sla.ts';
import type { CpuInterval, Evidence } from './evidence.ts';

/**
 * Which seconds of the window the machine spoilt, by those who do nothing but watch it: the witness, the disk beside it, and the CPU that
 * others took. Broken budgets are judged again without them (rule V8); good figures are never touched.
 */
export interface Disturbance {
  /** A second each: whether ticks, and so everything, were held up. */
  readonly ticks: readonly boolean[];
  /** The same or a slow disk: excuses commands and event lag only. */
  readonly appends: readonly boolean[];
}

/** A stall that is noted early in a second held up what was due at the end of the one before, and the other way round. */
const SPREAD_MS = 200;

export function disturbanceOf(sla: Sla, evidence: Evidence): Disturbance {
  const { plan } = evidence;
  const ticks = secondsOf(plan);
  const appends = secondsOf(plan);
  const mark = (seconds: boolean[], fromMs: number, untilMs: number): void => {
    const first = Math.floor((fromMs - SPREAD_MS - plan.windowFromMs) / 1_000);
    const last = Math.ceil((untilMs + SPREAD_MS - plan.windowFromMs) / 1_000) - 1;
    for (let second = Math.max(0, first); second <= last && second < seconds.length; second++) seconds[second] = true;
  };
  for (const { fromMs, untilMs, tickLateMaxMs, diskMaxMs } of evidence.witness ?? []) {
    if (tickLateMaxMs > sla.witness.tickLateMaxMs) mark(ticks, fromMs, untilMs);
    if (diskMaxMs !== null && diskMaxMs > sla.witness.diskMaxMs) mark(appends, fromMs, untilMs);
  }
  for (const cpu of evidence.cpu) {
    if ((cpu.others + cpu.steal) / coresOf(cpu) > sla.machine.disturbedSecondShareMax)
      mark(ticks, cpu.fromMs, cpu.untilMs);
  }
  for (const { measurement } of evidence.instruments) {
    for (const [second] of measurement?.witness?.players.flatMap((player) => player.lateSeconds) ?? []) {
      if (second < ticks.length) ticks[second] = true;
    }
  }
  ticks.forEach((disturbed, second) => {
    if (disturbed) appends[second] = true;
  });
  return { ticks, appends };
}

/**
 * What of the watch lies in the window, cut at its edges. The watch begins before the set-up, in which k6 may be built by all cores, and ends behind the
 * last question to the read API.
 */
export function cpuOfWindow({ cpu, plan }: Evidence): readonly CpuInterval[] {
  return cpu
    .map((each) => ({
      ...each,
      fromMs: Math.max(each.fromMs, plan.windowFromMs),
      untilMs: Math.min(each.untilMs, plan.windowUntilMs),
    }))
    .filter(({ fromMs, untilMs }) => fromMs < untilMs);
}

/** A mean over time. 0 of no time at all. */
export function meanOf(cpu: readonly CpuInterval[], of: (interval: CpuInterval) => number): number {
  const lengthMs = cpu.reduce((sum, { fromMs, untilMs }) => sum + untilMs - fromMs, 0);
  if (lengthMs <= 0) return 0;
  return cpu.reduce((sum, each) => sum + (each.untilMs - each.fromMs) * of(each), 0) / lengthMs;
}

/** As many as the machine has. */
export function coresOf(cpu: Evidence['cpu'][number]): number {
  return cpu.gateway + cpu.command + cpu.generators + cpu.others + cpu.steal + cpu.idle;
}

function secondsOf({ windowFromMs, windowUntilMs }: Evidence['plan']): boolean[] {
  return new Array<boolean>(Math.max(0, Math.ceil((windowUntilMs - windowFromMs) / 1_000))).fill(false);
}
