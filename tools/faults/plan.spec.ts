import { endMs, longestOutageMs, OUTAGE_MS_MAX, planFaults, type PlannedFault } from './plan.ts';

const TARGETS = {
  processes: ['command', 'gateway-0', 'gateway-1'],
  links: ['clients-command', 'clients-gateway-0', 'gateway-0-command'],
  hasRedis: false,
  vital: ['command', 'clients-command'],
};
const SEEDS = Array.from({ length: 200 }, (_, index) => index);

describe('a plan of faults', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(planFaults(7, 30, TARGETS)).toEqual(planFaults(7, 30, TARGETS));
    expect(planFaults(7, 30, TARGETS)).not.toEqual(planFaults(8, 30, TARGETS));
  });

  it('has as many faults as were asked for, in order, each on a target that it fits', () => {
    for (const seed of SEEDS) {
      const plan = planFaults(seed, 30, TARGETS);
      expect(plan.map(({ index }) => index)).toEqual(Array.from({ length: 30 }, (_, index) => index));
      expect(plan.map(({ atMs }) => atMs)).toEqual(plan.map(({ atMs }) => atMs).toSorted((a, b) => a - b));
      const misfits = plan.filter(
        ({ kind, target }) => TARGETS.processes.includes(target) !== (kind === 'kill' || kind === 'pause'),
      );
      expect(misfits).toEqual([]);
    }
  });

  it('never breaks what is broken already, and leaves somebody to talk to', () => {
    for (const seed of SEEDS) {
      const plan = planFaults(seed, 30, TARGETS);
      for (const target of [...TARGETS.processes, ...TARGETS.links]) {
        const own = plan.filter((fault) => fault.target === target);
        expect(own.filter((fault, index) => index > 0 && fault.atMs <= endMs(own[index - 1]!))).toEqual([]);
      }
      expect(longestOutageMs(plan, TARGETS.vital)).toBeLessThanOrEqual(OUTAGE_MS_MAX);
    }
  });

  it('meets every kind of fault on every target, over seeds', () => {
    const met = new Set(SEEDS.flatMap((seed) => planFaults(seed, 30, TARGETS).map((f) => `${f.kind} ${f.target}`)));
    expect(met.size).toBe(2 * TARGETS.processes.length + 4 * TARGETS.links.length);
  });

  it('breaks Redis from inside only where there is one', () => {
    const withRedis = { ...TARGETS, processes: [...TARGETS.processes, 'redis'], hasRedis: true };
    const inside = (targets: typeof TARGETS): Set<string> =>
      new Set(
        SEEDS.flatMap((seed) => planFaults(seed, 30, targets))
          .filter(({ kind }) => ['flushall', 'del', 'client-kill'].includes(kind))
          .map(({ kind, target }) => `${kind} ${target}`),
      );
    expect(inside(TARGETS)).toEqual(new Set());
    expect(inside(withRedis)).toEqual(new Set(['flushall redis', 'del redis', 'client-kill redis']));
  });

  it('sums up outages that follow each other closely', () => {
    const fault = (kind: PlannedFault['kind'], target: string, atMs: number, forMs: number): PlannedFault => {
      return { index: 0, kind, target, atMs, forMs };
    };
    const plan = [fault('pause', 'command', 0, 1_000), fault('hang', 'clients-command', 1_400, 1_000)];
    expect(longestOutageMs(plan, TARGETS.vital)).toBe(2_400);
    expect(longestOutageMs([plan[0]!, fault('hang', 'clients-command', 1_600, 900)], TARGETS.vital)).toBe(1_000);
    expect(longestOutageMs([fault('delay', 'clients-command', 0, 9_000)], TARGETS.vital)).toBe(0);
  });
});
