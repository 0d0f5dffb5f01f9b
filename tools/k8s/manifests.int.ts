import { build, OVERLAYS, type KubeObject } from './kustomize.ts';
import { Schemas } from './schemas.ts';

/** Every object of every overlay and of the examples, held strictly against the schemas of those who take it. */
const FETCH_MS = 240_000;
const FOLDERS = [...OVERLAYS, 'examples'] as const;

let schemas: Schemas;
const built = new Map<string, KubeObject[]>();
beforeAll(() => {
  schemas = new Schemas();
  for (const folder of FOLDERS) built.set(folder, build(folder));
}, FETCH_MS);

const find = (overlay: string, kind: string): KubeObject =>
  structuredClone(built.get(overlay)!.find((object) => object.kind === kind)!);

it.each(FOLDERS)('%s: every object is what its schema says', (folder) => {
  const objects = built.get(folder)!;
  expect(objects.length).toBeGreaterThan(5);
  expect(objects.flatMap((object) => schemas.faultsOf(object))).toEqual([]);
});

it('a field that nobody knows is a fault, in Kubernetes, in Argo and in the pod of a Rollout', () => {
  const set = find('single-node', 'StatefulSet');
  set['spec'].template.spec.containers[0].memoryLimit = '1Gi';
  expect(schemas.faultsOf(set).join()).toContain('memoryLimit');
  const rollout = find('production', 'Rollout');
  rollout['spec'].strategy.canary.stepp = 1;
  expect(schemas.faultsOf(rollout).join()).toContain('stepp');
  const pod = find('production', 'Rollout');
  pod['spec'].template.spec.containers[0].securityContext.readOnly = true;
  expect(schemas.faultsOf(pod).join()).toContain('readOnly');
  const route = find('production', 'HTTPRoute');
  route['spec'].rules[0].backendRefs[0].share = 5;
  expect(schemas.faultsOf(route).join()).toContain('share');
});

it('a value of another type is a fault', () => {
  const scaler = find('production', 'HorizontalPodAutoscaler');
  scaler['spec'].maxReplicas = '20';
  expect(schemas.faultsOf(scaler).join()).toContain('maxReplicas');
  const analysis = find('production', 'AnalysisTemplate');
  analysis['spec'].metrics[0].successCondition = true;
  expect(schemas.faultsOf(analysis).join()).toContain('successCondition');
  const unknown = { ...find('production', 'Deployment'), apiVersion: 'apps/v9' };
  expect(schemas.faultsOf(unknown).join()).toContain('nobody knows apps/v9 Deployment');
});
