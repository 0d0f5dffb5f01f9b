import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** What all cores of the machine did since it was started, in core seconds. Steal is what a hypervisor gave to others; only Linux tells it. */
export interface MachineTimes {
  readonly busy: number;
  readonly steal: number;
  readonly idle: number;
}

/** Of the times in /proc/stat, whatever the kernel's own clock does (proc(5)). */
const CLOCK_TICKS_PER_SECOND = 100;

export function machineTimes(): MachineTimes {
  return existsSync('/proc/stat') ? fromProc(readFileSync('/proc/stat', 'utf8')) : fromSystem();
}

/** Of all core time between two looks. */
export function shareOf(what: keyof MachineTimes, before: MachineTimes, after: MachineTimes): number {
  const spent = (times: MachineTimes): number => times.busy + times.steal + times.idle;
  return (after[what] - before[what]) / Math.max(1e-9, spent(after) - spent(before));
}

/** First line: cpu user nice system idle iowait irq softirq steal guest guest_nice; guests are in user and nice already. */
function fromProc(stat: string): MachineTimes {
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = stat
    .slice(0, stat.indexOf('\n'))
    .trim()
    .split(/\s+/)
    .slice(1)
    .map((ticks) => Number(ticks) / CLOCK_TICKS_PER_SECOND);
  return { busy: user + nice + system + irq + softirq, steal, idle: idle + iowait };
}

function fromSystem(): MachineTimes {
  const sum = { busy: 0, steal: 0, idle: 0 };
  for (const { times } of cpus()) {
    sum.busy += (times.user + times.nice + times.sys + times.irq) / 1_000;
    sum.idle += times.idle / 1_000;
  }
  return sum;
}
