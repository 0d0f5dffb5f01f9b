import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Apps } from '../e2e/apps.ts';
import { needPromtool } from '../needs/promtool.ts';
import type { Family, Sample } from './exposition.ts';
import { formattedPage } from './formatted-page.ts';
import { promqlNames, type Matcher, type Selector } from './promql-names.ts';
import { readAlertCases, readQueries, readRules, ROOT } from './rule-files.ts';
import { readScraped, scrapeApps, type ScrapedText } from './scrape-apps.ts';

/** What rules, panels and docs say of metrics, held against what the built apps answer at /metrics. */
const SET_UP_MS = 240_000;
/** Prometheus puts these on each series when it scrapes. */
const LABELS_OF_THE_SCRAPE = new Set(['job', 'instance']);
const METRICS_OF_PROMETHEUS = new Set(['up']);

let apps: Apps;
let text: ScrapedText;
let families: readonly Family[];
let samples: ReadonlyMap<string, readonly Sample[]>;

beforeAll(async () => {
  apps = await Apps.start();
  text = await scrapeApps(apps);
  const { command, gateway } = readScraped(text);
  families = [...command, ...gateway];
  samples = Map.groupBy(
    families.flatMap((family) => family.samples),
    ({ name }) => name,
  );
}, SET_UP_MS);
afterAll(() => apps?.dispose());

const recorded = new Set(readRules().map(({ record }) => record));

/** Of the parts of a selector, those that no series has. */
function missing({ matchers, metric }: Selector): string[] {
  if (METRICS_OF_PROMETHEUS.has(metric) || recorded.has(metric)) return [];
  const own = samples.get(metric);
  if (own === undefined) return [metric];
  return matchers.flatMap((matcher) =>
    missingValues(own, matcher).map((value) => `${metric}{${matcher.label}="${value}"}`),
  );
}

/** Values that a matcher names, of a label that must have them. A pattern is taken as its alternatives. */
function missingValues(own: readonly Sample[], { label, operator, value }: Matcher): string[] {
  if (LABELS_OF_THE_SCRAPE.has(label) || value.includes('$')) return [];
  const isPattern = operator.includes('~');
  const asked = isPattern ? value.split('|') : [value];
  const fits = (found: string, one: string): boolean =>
    isPattern ? new RegExp(`^(?:${one})$`).test(found) : found === one;
  return asked.filter((one) => !own.some(({ labels }) => labels[label] !== undefined && fits(labels[label], one)));
}

it('every metric, label and value that rules and panels name is there', () => {
  const queries = readQueries();
  const kinds = Map.groupBy(queries, ({ where }) => where.split(' ')[0]!);
  expect([...kinds.keys()]).toEqual(['rule', 'panel', 'annotation', 'variable']);
  expect(kinds.get('panel')!.length).toBeGreaterThan(20);
  const faults = queries.flatMap(({ expression, where }) => {
    const { groupingLabels, selectors } = promqlNames(expression);
    const labels = new Set(
      selectors.flatMap(({ metric }) => (samples.get(metric) ?? []).flatMap((sample) => Object.keys(sample.labels))),
    );
    const unknown = groupingLabels.filter((label) => !LABELS_OF_THE_SCRAPE.has(label) && !labels.has(label));
    return [...selectors.flatMap(missing), ...unknown].map((fault) => `${where}: ${fault}`);
  });
  expect(faults).toEqual([]);
});

it('so is every series that the cases of alerts feed in', () => {
  const selectors = readAlertCases().flatMap(({ series }) => series.flatMap((one) => promqlNames(one).selectors));
  const real = selectors.filter(({ matchers }) => !matchers.some(({ label }) => label === 'version'));
  expect(real.flatMap(missing)).toEqual([]);
});

it('the promise has an edge of its own in the three histograms that are judged by it', () => {
  for (const name of ['frame_lateness', 'command_duration', 'projection_lag']) {
    const edges = samples.get(`waymark_${name}_seconds_bucket`)!.map(({ labels }) => labels['le']);
    expect(edges).toContain('0.035');
  }
});

it('no label names a player, a game or a quest, and the series are bounded', () => {
  const labels = new Set([...samples.values()].flat().flatMap((sample) => Object.keys(sample.labels)));
  expect([...labels].sort()).toEqual([
    'app',
    'by',
    'check',
    'code',
    'command',
    'kind',
    'le',
    'limit',
    'node',
    'outcome',
    'part',
    'stat',
    'version',
    'what',
  ]);
  expect([...samples.values()].flat().length).toBeLessThan(1_200);
});

it.each([
  ['command', 'waymark_append_duration_seconds', 'histogram', ['outcome']],
  ['command', 'waymark_command_duration_seconds', 'histogram', ['command', 'outcome']],
  ['command', 'waymark_commit_events', 'histogram', []],
  ['command', 'waymark_relay_lag_seconds', 'gauge', []],
  ['gateway', 'waymark_frame_lateness_seconds', 'histogram', []],
  ['gateway', 'waymark_frames_skipped_total', 'counter', []],
  ['gateway', 'waymark_slow_consumers_total', 'counter', []],
  ['gateway', 'waymark_sockets', 'gauge', []],
  ['gateway', 'waymark_tick_duration_seconds', 'histogram', []],
  ['gateway', 'waymark_projection_lag_seconds', 'histogram', []],
  ...(['command', 'gateway'] as const).flatMap((app) => [
    [app, 'waymark_gc_pause_seconds', 'histogram', []] as const,
    [app, 'waymark_eventloop_delay_seconds', 'gauge', ['stat']] as const,
    [app, 'waymark_eventloop_active_seconds_total', 'counter', []] as const,
    [app, 'waymark_eventloop_idle_seconds_total', 'counter', []] as const,
    [app, 'waymark_build_info', 'gauge', ['version', 'node']] as const,
  ]),
] as const)('operators are told by the %s app: %s, a %s', (app, name, type, labels) => {
  const family = readScraped(text)[app].find((one) => one.name === name);
  expect(family).toMatchObject({ type });
  const own = new Set(family!.samples.flatMap((sample) => Object.keys(sample.labels)));
  expect([...own].sort()).toEqual([...labels, 'app', ...(type === 'histogram' ? ['le'] : [])].sort());
});

it('promtool finds nothing in the names and texts of either app', () => {
  const promtool = needPromtool();
  for (const input of Object.values(text)) {
    const { status, stderr, stdout } = spawnSync(promtool, ['check', 'metrics'], { input, encoding: 'utf8' });
    expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' });
  }
});

it('docs/metrics.md is what tools/monitoring/write-metrics-page.ts writes: every metric, its type, labels and meaning', async () => {
  const page = readFileSync(join(ROOT, 'docs/metrics.md'), 'utf8');
  expect(page).toBe(await formattedPage(readScraped(text)));
  for (const { name } of families) expect(page).toContain(`\`${name}\``);
});

it('a scrape does not come empty', () => {
  expect(families.filter((family) => family.samples.length === 0).map(({ name }) => name)).toEqual([]);
});
