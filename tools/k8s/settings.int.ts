import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { SLAB_BYTES, SLABS_MAX, SOCKETS_MAX } from '@waymark/base';
import { loadConfig, STOP_MARGIN_MS } from '@waymark/platform';
import { createArena } from '@waymark/tick-engine';
import { promqlNames } from '../monitoring/promql-names.ts';
import { readRules, ROOT } from '../monitoring/rule-files.ts';
import { needPromtool } from '../needs/promtool.ts';
import { COMMAND, GATEWAY } from '../start/programs.ts';
import { build, OVERLAYS, type KubeObject, type Overlay } from './kustomize.ts';

/** What the manifests of k8s/ say, held against settings, limits, budgets and metrics: neither can change alone. */
const MIB = 1024 * 1024;
const APPS = { command: COMMAND, gateway: GATEWAY };
type App = keyof typeof APPS;

interface Container {
  readonly name: App;
  readonly command: string[];
  readonly env?: { name: string }[];
  readonly ports: { name: string; containerPort: number }[];
  readonly resources: { requests: { cpu: string; memory: string }; limits: { cpu?: string; memory: string } };
  readonly lifecycle: { preStop: { sleep: { seconds: number } } };
  readonly securityContext: Record<string, unknown>;
  readonly [probe: `${string}Probe`]: { httpGet: { path: string; port: string } };
}

const objects = new Map<Overlay, KubeObject[]>(OVERLAYS.map((overlay) => [overlay, build(overlay)]));
const podsOf = (overlay: Overlay) =>
  objects.get(overlay)!.flatMap(({ spec }) => (spec?.template?.spec === undefined ? [] : [spec.template.spec]));
const settingsOf = (overlay: Overlay): Record<string, string> =>
  objects.get(overlay)!.find(({ kind }) => kind === 'ConfigMap')!['data'];
/** What the Secret waymark-backends gives, as docs/operations.md writes it. */
const SECRETS = {
  EVENTSTOREDB_URL: 'esdb://waymark:secret@eventstoredb.backends:2113',
  REDIS_URL: 'redis://redis.backends:6379',
};

const cases = OVERLAYS.flatMap((overlay) =>
  podsOf(overlay).flatMap((pod) => (pod.containers as Container[]).map((container) => ({ overlay, pod, container }))),
).map((one) => ({ ...one, title: `${one.overlay}: ${one.container.name}` }));

it('each overlay has one container of each app', () => {
  expect(cases.map(({ title }) => title).sort()).toEqual(
    [...OVERLAYS].flatMap((overlay) => [`${overlay}: command`, `${overlay}: gateway`]).sort(),
  );
});

describe.each(cases)('$title', ({ container, overlay, pod }) => {
  const named = new Set((container.env ?? []).map(({ name }) => name));
  const secrets = Object.fromEntries(Object.entries(SECRETS).filter(([name]) => named.has(name)));
  // Throws on a name that is none, a value that breaks its rule, and two that do not go together.
  const config = loadConfig({ ...settingsOf(overlay), ...secrets }, container.name);
  const ports: Record<App, [number, number]> = {
    command: [config.commandPort, config.commandAdminPort],
    gateway: [config.gatewayPort, config.gatewayAdminPort],
  };

  it('has the ports of its settings, and its probes ask the admin port', () => {
    const [port, admin] = ports[container.name];
    expect(container.ports).toEqual([
      { name: container.name, containerPort: port },
      { name: `${container.name}-admin`, containerPort: admin },
    ]);
    const adminPort = `${container.name}-admin`;
    const { livenessProbe, readinessProbe, startupProbe } = container;
    expect([startupProbe, livenessProbe, readinessProbe].map((probe) => probe!.httpGet)).toEqual([
      { path: '/health/live', port: adminPort },
      { path: '/health/live', port: adminPort },
      { path: '/health/ready', port: adminPort },
    ]);
  });

  it('is started as npm start does', () => {
    expect(container.command).toEqual(['node', ...APPS[container.name].args]);
  });

  it('may end in its own time: before the end, the drain, and what the shutdown may take beyond it', () => {
    const needed = container.lifecycle.preStop.sleep.seconds + (config.drainMs + STOP_MARGIN_MS) / 1000;
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(needed + 5);
  });

  it('asks for the memory that was measured, may grow past the alert, and its CPU has no limit', () => {
    const { limits, requests } = container.resources;
    expect(mebibytes(requests.memory)).toBeGreaterThan((measuredMb(container.name) * 1e6) / MIB);
    expect(mebibytes(limits.memory)).toBeGreaterThan(alertBytes() / MIB);
    expect(limits.cpu).toBeUndefined();
    expect(Number(requests.cpu)).toBeGreaterThanOrEqual(1);
  });

  it('has no more rights than the restricted profile gives', () => {
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      // Links would come as variables; those of a Service named waymark-… as settings that there are none of.
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    for (const each of [container, ...((pod.initContainers ?? []) as Container[])]) {
      expect(each.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
  });
});

it.each(OVERLAYS)(
  '%s: the limit of the gateway has room for a full arena and every slab beside what was measured',
  (overlay) => {
    const { container } = cases.find((one) => one.overlay === overlay && one.container.name === 'gateway')!;
    // As large as libs/base says; the kernel gives the pages of unused rows later, so a gateway that starts fits, whatever the limit.
    const arenaBytes = arrayBytes(createArena());
    expect(arenaBytes).toBeGreaterThan(MIB);
    const neededBytes = measuredMb('gateway') * 1e6 + arenaBytes + SLABS_MAX * SLAB_BYTES;
    expect(mebibytes(container.resources.limits.memory) * MIB).toBeGreaterThan(neededBytes);
  },
);

it.each(OVERLAYS)('%s: what no policy names is denied, in and out', (overlay) => {
  const policies = objects.get(overlay)!.filter(({ kind }) => kind === 'NetworkPolicy');
  const denied = policies.find(
    ({ spec }) => Object.keys(spec.podSelector).length === 0 && !spec.ingress && !spec.egress,
  );
  expect(denied?.['spec'].policyTypes).toEqual(['Ingress', 'Egress']);
});

it('production scales by a metric of the gateway, under its limit of sockets, and shrinks slowly', () => {
  const { spec } = objects.get('production')!.find(({ kind }) => kind === 'HorizontalPodAutoscaler')!;
  const [{ pods }] = spec.metrics;
  expect(documentedMetrics()).toContain(pods.metric.name);
  expect(Number(pods.target.averageValue)).toBeLessThan(SOCKETS_MAX);
  expect(spec.behavior.scaleDown.stabilizationWindowSeconds).toBeGreaterThanOrEqual(600);
  expect(spec.behavior.scaleDown.policies).toEqual([{ type: 'Pods', value: 1, periodSeconds: 300 }]);
});

it('the examples give Prometheus the labels that the analysis asks for, and the scaler its metric', () => {
  const scrape = parse(readFileSync(join(ROOT, 'k8s/examples/prometheus.yml'), 'utf8'));
  const jobs = scrape.scrape_configs;
  // Debian's promtool is built without Kubernetes' discovery: all but that is judged.
  const known = jobs.map((job: object) => ({ ...job, kubernetes_sd_configs: undefined }));
  const folder = mkdtempSync(join(tmpdir(), 'waymark-scrape-'));
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, stringify({ ...scrape, scrape_configs: known }));
  const judged = spawnSync(needPromtool(), ['check', 'config', file], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  expect(judged).toMatchObject({ status: 0 });
  const given = new Set(jobs[0].relabel_configs.flatMap((one: { target_label?: string }) => one.target_label ?? []));
  const { spec } = objects.get('production')!.find(({ kind }) => kind === 'AnalysisTemplate')!;
  const queries: string[] = spec.metrics.map((metric: KubeObject) => metric['provider'].prometheus.query);
  const labels = queries.flatMap((query) => promqlNames(query).selectors.flatMap(({ matchers }) => matchers));
  expect(labels.map(({ label }) => label).filter((label) => label !== 'le' && !given.has(label))).toEqual([]);
  const { rules } = parse(readFileSync(join(ROOT, 'k8s/examples/prometheus-adapter.yml'), 'utf8'));
  expect(promqlNames(rules[0].seriesQuery).selectors[0]!.metric).toBe(rules[0].name.as);
  const { spec: scaler } = objects.get('production')!.find(({ kind }) => kind === 'HorizontalPodAutoscaler')!;
  expect(scaler.metrics[0].pods.metric.name).toBe(rules[0].name.as);
}, 240_000);

it('the analysis asks for metrics that there are', () => {
  const { spec } = objects.get('production')!.find(({ kind }) => kind === 'AnalysisTemplate')!;
  const queries: string[] = spec.metrics.map((metric: KubeObject) => metric['provider'].prometheus.query);
  const asked = queries.flatMap((query) => promqlNames(query).selectors.map(({ metric }) => metric));
  expect(asked.length).toBeGreaterThan(0);
  const known = documentedMetrics();
  expect(asked.filter((name) => !known.has(name.replace(/_(bucket|count)$/, '')))).toEqual([]);
});

it('the gateway is rolled out in steps of 5 %, each of which is judged, over pods that stay until they have drained', () => {
  const { spec } = objects.get('production')!.find(({ kind }) => kind === 'Rollout')!;
  const { canary } = spec.strategy;
  const weights = canary.steps.flatMap((step: { setWeight?: number }) => step.setWeight ?? []);
  expect(weights).toEqual(Array.from({ length: 19 }, (_, at) => 5 * (at + 1)));
  expect(canary.steps).toHaveLength(3 * weights.length);
  canary.steps.forEach((step: object, at: number) =>
    expect(Object.keys(step)).toEqual([['setWeight', 'pause', 'analysis'][at % 3]]),
  );
  expect(canary.scaleDownDelaySeconds).toBeGreaterThan(Number(settingsOf('production')['WAYMARK_DRAIN_MS']) / 1000);
});

/** Of all typed arrays of an object. */
function arrayBytes(value: unknown, seen = new Set<unknown>()): number {
  if (typeof value !== 'object' || value === null || seen.has(value)) return 0;
  seen.add(value);
  if (ArrayBuffer.isView(value)) {
    if (seen.has(value.buffer)) return 0;
    seen.add(value.buffer);
    return value.buffer.byteLength;
  }
  return Object.values(value).reduce((sum: number, part) => sum + arrayBytes(part, seen), 0);
}

const documentedMetrics = (): Set<string> =>
  new Set([...readFileSync(join(ROOT, 'docs/metrics.md'), 'utf8').matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name!));

const mebibytes = (quantity: string): number => Number(/^(\d+)Mi$/.exec(quantity)![1]);

/** Of the table of docs/performance.md: at full load. */
function measuredMb(app: App): number {
  const row = app === 'command' ? 'command app: CPU, RSS' : 'gateway: CPU, RSS';
  const line = readFileSync(join(ROOT, 'docs/performance.md'), 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`| ${row}`))!;
  return Math.max(...[...line.matchAll(/(\d+) MB/g)].map(([, number]) => Number(number)));
}

function alertBytes(): number {
  const { expr } = readRules().find(({ alert }) => alert === 'WaymarkMemoryHigh')!;
  return Number(/> (\S+)$/.exec(expr.trim())![1]);
}
