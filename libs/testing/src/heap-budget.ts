import { PerformanceObserver } from 'node:perf_hooks';

/**
 * The budget of a loop that must not allocate. For scripts that run as a process of their own with --expose-gc; they warm up first, with
 * heapCostOf, until the compiler has settled.
 */
export interface HeapCost {
  /** By which the heap grew. */
  readonly heapBytes: number;
  readonly collections: number;
  readonly ms: number;
}

export interface BudgetedLoop {
  /** What a round is, for the report: "ticks of 2000 games". */
  readonly what: string;
  /** A round; it is told its number among those of its run. */
  readonly work: (round: number) => void;
  readonly rounds: number;
  /** What a round does many of, for the report: 'game' and how many. */
  readonly unit: string;
  readonly unitsPerRound: number;
}

/** 10,000 clean ticks grow the heap by 16 KB, ticks with one small object each by 33 bytes a tick: this tells them apart. */
const HEAP_BYTES_MAX = 64 * 1024;
/** Rounds with one object each: enough to pass the limit seven times over. */
const SPOILED_ROUNDS = 10_000;
/** Where the deliberate object goes, so that it is really made. */
const sink: { spoiled: object | null } = { spoiled: null };

export async function heapCostOf(work: (round: number) => void, rounds: number): Promise<HeapCost> {
  const collect = (globalThis as { gc?: () => void }).gc;
  if (collect === undefined) throw new Error('run with --expose-gc');
  let collections = 0;
  const observer = new PerformanceObserver((list) => (collections += list.getEntries().length));
  // Twice: what the first one found dead is taken off the books while it is swept, which may be in the middle of the run.
  collect();
  collect();
  observer.observe({ entryTypes: ['gc'] });
  const startedAtMs = performance.now();
  const before = process.memoryUsage().heapUsed;
  for (let round = 0; round < rounds; round++) work(round);
  const heapBytes = process.memoryUsage().heapUsed - before;
  const ms = performance.now() - startedAtMs;
  // Entries of collections are handed over in a later turn.
  await new Promise((resolve) => setTimeout(resolve, 20));
  observer.disconnect();
  return { heapBytes, collections, ms };
}

/**
 * Runs the loop, then SPOILED_ROUNDS more with one small object each, which must break the budget: otherwise this check sees nothing. Reports
 * both, and sets exit code 1 when the loop allocates or the object was not noticed.
 */
export async function checkHeapBudget({ what, work, rounds, unit, unitsPerRound }: BudgetedLoop): Promise<void> {
  const clean = await heapCostOf(work, rounds);
  const spoiled = await heapCostOf((round) => {
    work(round);
    sink.spoiled = { round };
  }, SPOILED_ROUNDS);
  const report = (name: string, count: number, { heapBytes, collections, ms }: HeapCost): void => {
    const ns = ((ms * 1e6) / (count * unitsPerRound)).toFixed(0);
    const cost = `${heapBytes} bytes (limit ${HEAP_BYTES_MAX}), ${collections} collections, ${ns} ns a ${unit}`;
    process.stdout.write(`${count} ${name}: ${cost}\n`);
  };
  report(what, rounds, clean);
  report('with one small object each', SPOILED_ROUNDS, spoiled);
  if (!isWithinBudget(clean)) fail(`${what} allocate`);
  if (isWithinBudget(spoiled)) fail('one object a round was not noticed, so the check proves nothing');
}

/** Says why a check fails, and has the process end with 1. */
export function fail(why: string): void {
  process.stdout.write(`FAILED: ${why}\n`);
  process.exitCode = 1;
}

function isWithinBudget({ heapBytes, collections }: HeapCost): boolean {
  return heapBytes < HEAP_BYTES_MAX && collections === 0;
}
