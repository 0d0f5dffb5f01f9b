import { systemClock } from '@waymark/platform';
import { UsageUnreadable, usageOf } from '../companion/apps-under-test.ts';
import type { AppName, CpuInterval } from '../judge/evidence.ts';
import { machineTimes, type MachineTimes } from './machine-times.ts';

/**
 * Who uses the CPU, second by second, for as long as it runs: the apps, the generators (this process among them), everybody else. Looks anew at
 * which processes there are each time; what a process used after its last look counts as others'.
 */
const EACH_MS = 1_000;

export type CpuUser = AppName | 'generators';

interface Look {
  readonly atMs: number;
  readonly machine: MachineTimes;
  /** CPU seconds of each process so far, by pid. */
  readonly processes: ReadonlyMap<number, number>;
}

export class CpuWatch {
  private readonly noted: CpuInterval[] = [];
  private fault: UsageUnreadable | null = null;
  private readonly users = new Map<number, CpuUser>([[process.pid, 'generators']]);
  private last: Look;
  private readonly timer: NodeJS.Timeout;

  constructor() {
    this.last = this.look();
    this.timer = setInterval(() => this.note(), EACH_MS);
  }

  /** So far. Throws when it could not be told what one of the processes used. */
  get intervals(): readonly CpuInterval[] {
    if (this.fault !== null) throw this.fault;
    return this.noted;
  }

  watch(pid: number, user: CpuUser): void {
    this.users.set(pid, user);
  }

  stop(): void {
    clearInterval(this.timer);
    this.note();
  }

  private note(): void {
    const now = this.look();
    const { last } = this;
    this.last = now;
    const seconds = (now.atMs - last.atMs) / 1_000;
    if (seconds <= 0) return;
    const used: Record<CpuUser, number> = { gateway: 0, command: 0, generators: 0 };
    for (const [pid, total] of now.processes) used[this.users.get(pid)!] += total - (last.processes.get(pid) ?? total);
    const cores = (what: keyof MachineTimes): number => (now.machine[what] - last.machine[what]) / seconds;
    const known = (used.gateway + used.command + used.generators) / seconds;
    this.noted.push({
      fromMs: last.atMs,
      untilMs: now.atMs,
      gateway: used.gateway / seconds,
      command: used.command / seconds,
      generators: used.generators / seconds,
      // The kernel counts in hundredths of a second, by process and in all: a little below zero is zero.
      others: Math.max(0, cores('busy') - known),
      steal: Math.max(0, cores('steal')),
      idle: Math.max(0, cores('idle')),
    });
  }

  private look(): Look {
    const processes = new Map<number, number>();
    for (const pid of this.users.keys()) {
      try {
        processes.set(pid, usageOf(pid).cpuSeconds);
      } catch (error) {
        // Any other has ended.
        if (error instanceof UsageUnreadable) this.fault = error;
      }
    }
    return { atMs: systemClock.now(), machine: machineTimes(), processes };
  }
}
