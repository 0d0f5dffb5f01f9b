import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { needPromtool } from '../needs/promtool.ts';
import { phasesOf, verdictOf, withArgs, type Metric, type Phase, type Verdict } from './analysis.ts';
import { build, type KubeObject } from './kustomize.ts';

/**
 * Would the canary be promoted, aborted or paused? Each case feeds series to promtool, which proves that the queries of the rendered template
 * give what the case says (by hand: shares of ticks); on those results the template's conditions are evaluated as Argo does.
 */
const SET_UP_MS = 240_000;
/** Scrapes are 15 s apart, as in ops/prometheus. */
const SCRAPE = '15s';
const EVALUATED_AT = '6m';

/** Of one pod, in 15 s. */
interface Pod {
  readonly hash: 'new' | 'old';
  readonly ticks: number;
  readonly late?: number;
  readonly skipped?: number;
}
interface Case {
  readonly title: string;
  readonly pods: readonly Pod[];
  readonly lateShare: readonly number[];
  readonly excess: readonly number[];
  readonly verdict: Verdict;
}

const stable: Pod[] = [1, 2].map(() => ({ hash: 'old', ticks: 10_000, late: 20 }));
const CASES: readonly Case[] = [
  {
    title: 'good: one tick in a thousand is late, as on stable pods or less',
    pods: [...stable, { hash: 'new', ticks: 10_000, late: 10 }, { hash: 'new', ticks: 10_000, late: 10 }],
    lateShare: [0.001],
    excess: [-0.001],
    verdict: 'promote',
  },
  {
    title: 'bad: one tick in ten is late',
    pods: [...stable, { hash: 'new', ticks: 10_000, late: 1_000 }],
    lateShare: [0.1],
    excess: [0.098],
    verdict: 'abort',
  },
  {
    title: 'bad: every tick that is served is in time, and one in ten is left out',
    pods: [...stable, { hash: 'new', ticks: 9_000, skipped: 1_000 }],
    lateShare: [0.1],
    excess: [0.098],
    verdict: 'abort',
  },
  {
    title: 'between: within the promise, but 0.7 % worse than stable pods: somebody should look',
    pods: [...stable, { hash: 'new', ticks: 10_000, late: 90 }],
    lateShare: [0.009],
    excess: [0.007],
    verdict: 'pause',
  },
  {
    title: 'bad against stable: 3 % late where stable pods have 0.2 %',
    pods: [...stable, { hash: 'new', ticks: 10_000, late: 300 }],
    lateShare: [0.03],
    excess: [0.028],
    verdict: 'abort',
  },
  {
    title: 'bad machines: 3 % late on both sides is not the fault of the new version, and no promise kept either',
    pods: [
      { hash: 'old', ticks: 10_000, late: 300 },
      { hash: 'new', ticks: 10_000, late: 300 },
    ],
    lateShare: [0.03],
    excess: [0],
    verdict: 'pause',
  },
  { title: 'empty: nothing is scraped at all', pods: [], lateShare: [], excess: [], verdict: 'pause' },
  { title: 'empty: nothing of the canary', pods: stable, lateShare: [], excess: [], verdict: 'pause' },
  {
    title: 'empty: the canary is there and ticks nothing',
    pods: [...stable, { hash: 'new', ticks: 0 }],
    lateShare: [],
    excess: [],
    verdict: 'pause',
  },
  {
    title: 'empty: nothing of the stable pods, so there is nothing to compare with',
    pods: [{ hash: 'new', ticks: 10_000, late: 10 }],
    lateShare: [0.001],
    excess: [],
    verdict: 'pause',
  },
  {
    title: 'thin: 1,600 ticks in two minutes, all in time',
    pods: [...stable, { hash: 'new', ticks: 100 }, { hash: 'new', ticks: 100 }],
    lateShare: [],
    excess: [],
    verdict: 'pause',
  },
  {
    title: 'thin: 1,600 ticks in two minutes, all late',
    pods: [...stable, { hash: 'new', ticks: 100, late: 100 }, { hash: 'new', ticks: 100, late: 100 }],
    lateShare: [],
    excess: [],
    verdict: 'pause',
  },
  {
    title: 'thin: the stable pods have too few ticks to compare with',
    pods: [
      { hash: 'old', ticks: 200 },
      { hash: 'new', ticks: 10_000, late: 10 },
    ],
    lateShare: [0.001],
    excess: [],
    verdict: 'pause',
  },
];

const production = build('production');
const find = (kind: string): KubeObject => production.find((object) => object.kind === kind)!;
const metrics: readonly Metric[] = find('AnalysisTemplate')['spec'].metrics;
const folder = mkdtempSync(join(tmpdir(), 'waymark-analysis-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let promtool = '';
let phases: Phase[];
const resultsOf = ({ excess, lateShare }: Case): string[][] => [lateShare, excess].map((result) => result.map(String));
beforeAll(() => {
  promtool = needPromtool();
  phases = phasesOf(CASES.flatMap((one) => resultsOf(one).map((result, at) => ({ metric: metrics[at]!, result }))));
}, SET_UP_MS);

it('each step gives the hashes of the new and the old pods, and each metric is measured once and may not fail once', () => {
  expect(metrics.map(({ name }) => name)).toEqual(['late-share', 'excess-over-stable']);
  for (const { count, failureLimit, inconclusiveLimit } of metrics) {
    expect([count, failureLimit, inconclusiveLimit]).toEqual([1, 0, 0]);
  }
  const steps: { analysis?: unknown }[] = find('Rollout')['spec'].strategy.canary.steps;
  const analyses = steps.flatMap(({ analysis }) => (analysis === undefined ? [] : [analysis]));
  expect(new Set(analyses.map((analysis) => JSON.stringify(analysis))).size).toBe(1);
  expect(analyses[0]).toEqual({
    templates: [{ templateName: find('AnalysisTemplate').metadata.name }],
    args: [
      { name: 'canary-hash', valueFrom: { podTemplateHashValue: 'Latest' } },
      { name: 'stable-hash', valueFrom: { podTemplateHashValue: 'Stable' } },
    ],
  });
});

describe.each(CASES.map((one, at) => ({ ...one, at })))('$title', (one) => {
  it('the queries say so', () => {
    const file = join(folder, `${one.at}.yml`);
    writeFileSync(file, stringify(promtoolTest(one)));
    const { status, stderr, stdout } = spawnSync(promtool, ['test', 'rules', file], { encoding: 'utf8' });
    expect({ status, said: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, said: '' });
  });

  it(`the rollout would ${one.verdict}`, () => {
    expect(verdictOf(phases.slice(one.at * metrics.length, (one.at + 1) * metrics.length))).toBe(one.verdict);
  });
});

function promtoolTest(one: Case): object {
  const args = { 'canary-hash': 'new', 'stable-hash': 'old', prometheus: '' };
  const queries = metrics.map(({ provider }) => withArgs(provider.prometheus.query, args));
  return {
    evaluation_interval: SCRAPE,
    tests: [
      {
        interval: SCRAPE,
        input_series: one.pods.flatMap(seriesOf),
        promql_expr_test: resultsOf(one).map((result, at) => ({
          // Rounded: increase() extrapolates, which leaves an error in the last digits of a share.
          expr: `round(${queries[at]}, 0.000001)`,
          eval_time: EVALUATED_AT,
          exp_samples: result.map((value) => ({ labels: '{}', value: Number(value) })),
        })),
      },
    ],
  };
}

function seriesOf({ hash, late = 0, skipped = 0, ticks }: Pod, index: number): object[] {
  const labels = `job="waymark-gateway",pod_template_hash="${hash}",instance="pod-${index}"`;
  const rising = (perScrape: number): string => `0+${perScrape}x40`;
  return [
    { series: `waymark_frame_lateness_seconds_bucket{${labels},le="0.035"}`, values: rising(ticks - late) },
    { series: `waymark_frame_lateness_seconds_count{${labels}}`, values: rising(ticks) },
    { series: `waymark_ticks_skipped_total{${labels}}`, values: rising(skipped) },
  ];
}
