import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { outFolder } from '../../loadtest/gate/flags.ts';
import { ROOT } from '../monitoring/rule-files.ts';
import { PROMTOOL } from '../needs/promtool.ts';
import { REDIS_SERVER } from '../needs/redis.ts';
import { TIERS } from '../start/usage.mjs';

/** That CI runs all tests, the smoke scenario of the gate among them, on machines that have what the tests need. */
interface Step {
  readonly if?: string | boolean;
  readonly run?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
}

const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const ci = parse(textOf('.github/workflows/ci.yml')) as { jobs: Readonly<Record<string, { steps: readonly Step[] }>> };
const steps = ci.jobs['test']!.steps;

it('ci.yml and .ci/run run every tier, the smoke scenario among them', () => {
  // With a tier named, the others would be left out.
  expect(steps.flatMap(({ run }) => run ?? []).filter((run) => run.startsWith('npm'))).toEqual(['npm test']);
  expect(textOf('.ci/run').trimEnd().split('\n').at(-1)).toBe('exec npm test');
  expect(Object.keys(TIERS)).toContain('sla');
});

it('ci.yml keeps the reports of the smoke scenario, whatever came of it', () => {
  const kept = steps.filter(({ uses }) => uses?.startsWith('actions/upload-artifact@'));
  expect(kept).toMatchObject([{ if: 'always()', with: { path: 'sla-report' } }]);
  expect(outFolder([])).toBe(join(process.cwd(), 'sla-report'));
});

it.each([PROMTOOL, REDIS_SERVER])('ci.yml installs $name, which nobody but root can while tests run', (program) => {
  const installed = (system: string, command: string): string[] =>
    steps
      .filter((step) => step.if === `runner.os == '${system}'`)
      .flatMap(({ run = '' }) => run.split(' && ').filter((each) => each.includes(command)))
      .flatMap((each) => each.split(' ').slice(each.split(' ').indexOf('install') + 1));
  expect(installed('Linux', 'apt-get install')).toContain(program.debianPackage);
  const formula = /"brew install (\S+)"/.exec(program.how)![1]!;
  expect(installed('macOS', 'brew install')).toContain(formula);
});
