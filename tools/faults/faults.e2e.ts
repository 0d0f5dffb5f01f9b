import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildApps } from '../e2e/apps.ts';
import { faultRun, type Backends, type FaultReport } from './fault-run.ts';
import type { Rule } from './finding.ts';

/** The short form of `npm run faults`, and the proof that its auditor can fail: each mutant must be found, and for what is wrong with it. */
const RUN_DEADLINE_MS = 110_000;

async function run(options: {
  readonly seed: number;
  readonly faults: number;
  readonly commands: number;
  readonly backends?: Backends;
  readonly mutant?: { readonly module: string; readonly in: RegExp };
}): Promise<FaultReport> {
  const { mutant, ...plan } = options;
  const dir = mkdtempSync(join(tmpdir(), 'waymark-faults-'));
  const file = new URL(`mutants/${mutant?.module}.ts`, import.meta.url).href;
  const settings = (name: string): NodeJS.ProcessEnv =>
    mutant?.in.test(name) === true ? { NODE_OPTIONS: `--import ${file}` } : {};
  try {
    return await faultRun({
      backends: 'sqlite',
      ...plan,
      gateways: 2,
      commandApps: plan.backends?.startsWith('eventstoredb') === true ? 2 : 1,
      dir,
      settings,
      signal: new AbortController().signal,
    });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

describe('while things break', () => {
  // Plans in which a command app is killed, and Redis and EventStoreDB where there are any.
  beforeAll(() => buildApps(), 60_000);

  it.each<[Backends, number]>([
    ['sqlite', 5],
    ['sqlite+redis', 2],
    ['eventstoredb+redis', 27],
  ])(
    'nothing acknowledged is lost, nothing is doubled, and every arena is the fold of the log (%s, seed %i)',
    async (backends, seed) => {
      const report = await run({ seed, faults: 14, commands: 600, backends });
      expect(report.findings).toEqual([]);
      expect(report.faults).toHaveLength(14);
      expect(new Set(report.faults.map(({ kind }) => kind))).toContain('kill');
      expect(report.commands.acknowledged).toBeGreaterThan(400);
      expect(report.commands.retried).toBeGreaterThan(0);
    },
    RUN_DEADLINE_MS,
  );
});

describe('the auditor', () => {
  beforeAll(() => buildApps(), 60_000);

  it.each<{ module: string; in: RegExp; faults: number; finds: Rule }>([
    { module: 'early-answer', in: /^command$/, faults: 3, finds: 'lost' },
    { module: 'forgotten-key', in: /^command$/, faults: 0, finds: 'retry-differs' },
    { module: 'applied-twice', in: /^gateway/, faults: 0, finds: 'arena-differs' },
    { module: 'lost-event', in: /^gateway-1$/, faults: 0, finds: 'arena-differs' },
  ])(
    'finds the mutant $module',
    async ({ faults, finds, ...mutant }) => {
      const report = await run({ seed: 16, faults, commands: 200, mutant });
      expect(report.findings.map(({ rule }) => rule)).toContain(finds);
    },
    RUN_DEADLINE_MS,
  );
});
