import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { needPromtool } from '../needs/promtool.ts';
import { filesOf, readAlertCases, readRules, ROOT } from './rule-files.ts';

/** The rules of ops/prometheus, judged by Prometheus' own tool. */
const INSTALL_MS = 240_000;
const TESTS_MS = 120_000;

let promtool = '';
beforeAll(() => void (promtool = needPromtool()), INSTALL_MS);

function run(...args: string[]): { readonly status: number | null; readonly said: string } {
  const { status, stderr, stdout } = spawnSync(promtool, args, { cwd: ROOT, encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

const alerts = readRules().filter(({ alert }) => alert !== undefined);
const cases = readAlertCases();

it('the configuration and every rule hold', () => {
  expect(run('check', 'config', 'ops/prometheus/prometheus.yml')).toMatchObject({ status: 0 });
  const rules = run('check', 'rules', '--lint=all', '--lint-fatal', ...filesOf('ops/prometheus/rules/*.yml'));
  expect(rules).toMatchObject({ status: 0 });
});

it(
  'every alert does in its cases what they say',
  () => {
    const { said, status } = run('test', 'rules', ...filesOf('ops/prometheus/tests/*.yml'));
    expect(said).not.toContain('FAILED');
    expect(status).toBe(0);
  },
  TESTS_MS,
);

it('every alert has a case in which it fires and one in which it is silent, and each case says what it is', () => {
  expect(alerts.length).toBeGreaterThan(20);
  const kinds = (alert: string) =>
    [...new Set(cases.filter((one) => one.alert === alert).map(({ fires }) => fires))].sort();
  expect(alerts.filter(({ alert }) => kinds(alert!).length !== 2).map(({ alert }) => alert)).toEqual([]);
  const misnamed = cases.filter(
    ({ alert, fires, name }) => !name.startsWith(`${alert} ${fires ? 'fires' : 'is silent'}: `),
  );
  expect(misnamed).toEqual([]);
  const known = new Set(alerts.map(({ alert }) => alert));
  expect(cases.filter(({ alert }) => !known.has(alert))).toEqual([]);
});

it('no case is silent because it feeds series that do not exist', () => {
  const silent = cases.filter(({ fires }) => !fires);
  const firing = (alert: string) =>
    cases.filter((one) => one.alert === alert && one.fires).flatMap(({ series }) => series);
  const nameOf = (series: string): string => series.slice(0, series.indexOf('{'));
  const blind = silent.filter(({ alert, series }) => {
    const known = new Set(firing(alert).map(nameOf));
    return !series.some((one) => known.has(nameOf(one)));
  });
  expect(blind).toEqual([]);
});

/** Table 5-8 of the SRE workbook; 1 % of frames, commands and events may be late. */
it.each([
  ['Fast', 14.4, '1h', '5m', 'page'],
  ['Slow', 6, '6h', '30m', 'page'],
  ['Drift', 1, '3d', '6h', 'ticket'],
] as const)(
  'the promise is watched at the rate that the name says: %s, %d times the budget',
  (name, factor, long, short, severity) => {
    const share = Number((factor * 0.01).toFixed(6));
    for (const what of ['Frames', 'Commands', 'Events']) {
      const { expr, labels } = alerts.find(({ alert }) => alert === `Waymark${what}Late${name}`)!;
      const ratio = `waymark:${what.toLowerCase()}_late:ratio_rate`;
      const burns = `${ratio}${long} > ${share} and ${ratio}${short} > ${share}`;
      expect(expr.replace(/\s+/g, ' ')).toMatch(new RegExp(`^${burns.replaceAll('.', '\\.')}( and sum\\(|$)`));
      expect(labels).toEqual({ severity });
    }
  },
);

it('what is late is told by the edge of the promise, in every window', () => {
  const ratios = readRules().filter(({ record }) => /_late:ratio_rate/.test(record ?? ''));
  expect(ratios).toHaveLength(15);
  for (const { expr, record } of ratios) {
    expect([...expr.matchAll(/\ble="([^"]*)"/g)].map(([, edge]) => edge)).toEqual(['0.035']);
    const window = /ratio_rate(\w+)$/.exec(record!)![1];
    expect(new Set([...expr.matchAll(/\[(\w+)\]/g)].map(([, range]) => range))).toEqual(new Set([window]));
  }
});

it('every alert says how bad it is, and where it is explained', () => {
  const page = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8');
  const headings = new Set([...page.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading));
  for (const { alert, annotations, labels } of alerts) {
    expect(['page', 'ticket']).toContain(labels?.['severity']);
    expect(annotations?.['summary']).toMatch(/^[A-Z].*[^.]$/);
    expect(annotations?.['runbook']).toBe(`docs/operations.md#${alert!.toLowerCase()}`);
    expect(headings).toContain(alert);
  }
});
