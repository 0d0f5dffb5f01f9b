import type { Sla } from '../sla/sla.ts';
import type { Evidence } from './evidence.ts';

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

/** As many as the machine has. */
export function coresOf(cpu: Evidence['cpu'][number]): number {
  return cpu.gateway + cpu.command + cpu.generators + cpu.others + cpu.steal + cpu.idle;
}

function secondsOf({ windowFromMs, windowUntilMs }: Evidence['plan']): boolean[] {
  return new Array<boolean>(Math.max(0, Math.ceil((windowUntilMs - windowFromMs) / 1_000))).fill(false);
}
