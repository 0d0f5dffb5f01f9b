import fc from 'fast-check';
import { loadSla } from '../sla/load-sla.ts';
import { simulatedRun } from '../testing/simulated-run.ts';
import { changeMeasurement, changePlayer, changeWitness, endProcess, hog } from '../testing/tampering.ts';
import type { Evidence } from './evidence.ts';
import { judge } from './judge.ts';

/**
 * Absence is never a pass: whatever is taken away from the evidence of a bad run does not make it good, and what is taken away from the
 * evidence of a good run leaves no PASS where a rule needed it. fast-check prints seed and path of what fails.
 */
const sla = loadSla();
const good = simulatedRun({ games: 12, seconds: 20, commandsPerSecond: 20 });

const BAD: Readonly<Record<string, Evidence>> = {
  'a slow game': simulatedRun({
    games: 12,
    seconds: 20,
    commandsPerSecond: 20,
    frame: ({ lagMs, player, tick }) => (player === 7 && tick % 20 === 0 ? 80 : lagMs),
  }),
  'dropped frames': simulatedRun({
    games: 12,
    seconds: 20,
    commandsPerSecond: 20,
    frame: ({ lagMs, tick }) => (tick % 40 === 5 ? null : lagMs),
  }),
  'slow commands': simulatedRun({ games: 12, seconds: 20, commandsPerSecond: 20, answer: ({ lagMs }) => lagMs + 40 }),
  'no frames': simulatedRun({ games: 12, seconds: 20, commandsPerSecond: 20, frame: () => null }),
  'a clock ahead': simulatedRun({ games: 12, seconds: 20, commandsPerSecond: 20, skewMs: 3 }),
  'a hog': hog(good),
  'a wrong state': changePlayer(good, 3, () => ({ finalScore: 1 })),
  'a hole': changePlayer(good, 3, () => ({ revisionHoles: 1 })),
  'a dead gateway': endProcess(good, 'gateway', { endedAtMs: good.plan.windowFromMs + 9_000, signal: 'SIGKILL' }),
  'a dead k6': endProcess(good, 'k6', { endedAtMs: good.plan.windowFromMs + 9_000, signal: 'SIGKILL' }),
  'a foreign file': changeMeasurement(good, 'k6', { runId: 'other' }),
  'frames late with the witness': changeWitness(
    simulatedRun({
      games: 12,
      seconds: 20,
      commandsPerSecond: 20,
      frame: ({ lagMs, second }) => (second === 9 ? lagMs + 60 : lagMs),
    }),
    [9],
    { tickLateMaxMs: 60 },
  ),
};

/** A place in the evidence: the way to it, and how to take it away. */
interface Removal {
  readonly path: readonly (string | number)[];
}

/** Every array element, and every value that may be null, of the document. Not the plan: it says what must be there. */
function removals(value: unknown, path: readonly (string | number)[] = []): readonly Removal[] {
  if (value === null || typeof value !== 'object') return [];
  if (Array.isArray(value)) {
    // A pair of a histogram or of lateSeconds is one thing.
    if (value.every((item) => typeof item === 'number')) return [];
    return value.flatMap((item, index) => [{ path: [...path, index] }, ...removals(item, [...path, index])]);
  }
  return Object.entries(value).flatMap(([key, item]) => {
    if (path.length === 0 && key === 'plan') return [];
    const nullable = NULLABLE.has(key) && item !== null && !path.includes('seconds') ? [{ path: [...path, key] }] : [];
    return [
      ...nullable,
      ...(key === 'series' ? seriesOf(item as object, [...path, key]) : removals(item, [...path, key])),
    ];
  });
}

const NULLABLE = new Set([
  'measurement',
  'witness',
  'preflight',
  'states',
  'before',
  'after',
  'commands',
  'p99Ms',
  'finalRevision',
  'finalScore',
  'diskMaxMs',
  'gcPauseMs',
]);
/** Told for a reader; or it can only excuse (the generator's lateness), or is told by each instrument:
 * without it a run is judged harder, not softer. */
const INFORMATION =
  /\/(p50Ms|p99Ms|minMs|maxMs|gcPauseMs|diskMaxMs)$|\/measurement\/witness($|.*final)|\/(samples|failures|sendLateness|handlingDelay)\/|waymark_frame|kind="minor"/;

function seriesOf(series: object, path: readonly (string | number)[]): readonly Removal[] {
  return Object.keys(series).map((name) => ({ path: [...path, name] }));
}

function without(evidence: Evidence, removed: readonly Removal[]): Evidence {
  const copy = structuredClone(evidence) as unknown;
  // From the back, so that taking one element away moves no other that is still to go.
  for (const { path } of [...removed].sort((a, b) => compare(b.path, a.path))) {
    const last = path.at(-1)!;
    const holder = path
      .slice(0, -1)
      .reduce<unknown>((at, step) => (at as Record<string, unknown> | null)?.[step], copy);
    if (Array.isArray(holder)) holder.splice(last as number, 1);
    else if (holder && path.at(-2) === 'series') delete (holder as Record<string, unknown>)[last];
    else if (holder) (holder as Record<string, unknown>)[last] = null;
  }
  return copy as Evidence;
}

function compare(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (a[i] === b[i]) continue;
    return typeof a[i] === 'number' && typeof b[i] === 'number'
      ? Number(a[i]) - Number(b[i])
      : String(a[i]) < String(b[i])
        ? -1
        : 1;
  }
  return a.length - b.length;
}

describe('what is taken away from the evidence', () => {
  it('of a good run is missed, each thing by itself', () => {
    expect(judge(sla, good).outcome).toBe('PASS');
    const unnoticed = removals(good)
      .map((removal) => ({ name: `/${removal.path.join('/')}`, removal }))
      .filter(({ name }) => !INFORMATION.test(name))
      .filter(({ removal }) => judge(sla, without(good, [removal])).outcome === 'PASS')
      .map(({ name }) => name);
    expect(unnoticed).toEqual([]);
  });

  it.each(Object.entries(BAD))('of a run with %s makes no PASS', (_what, evidence) => {
    expect(judge(sla, evidence).outcome).not.toBe('PASS');
    const all = removals(evidence);
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(all.length - 1), { minLength: 1, maxLength: 6 }), (picked) => {
        const less = without(
          evidence,
          picked.map((index) => all[index]!),
        );
        expect(judge(sla, less).outcome).not.toBe('PASS');
      }),
      { numRuns: 40 },
    );
  });

  it('of everything: a run without any evidence is an ERROR', () => {
    const empty: Evidence = {
      ...good,
      instruments: [],
      witness: null,
      preflight: null,
      cpu: [],
      apps: [],
      states: null,
      endings: [],
    };
    expect(judge(sla, empty).outcome).toBe('ERROR');
    const idle = simulatedRun({ games: 0, seconds: 0, commandsPerSecond: 0 });
    expect(judge(sla, idle).outcome).toBe('ERROR');
  });
});
