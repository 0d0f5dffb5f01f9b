import { build, type KubeObject } from './kustomize.ts';

/** Who may reach whom, by the NetworkPolicies of the production overlay and of the examples, read as Kubernetes reads them. */
interface Place {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}
interface Rule {
  readonly from?: Peer[];
  readonly to?: Peer[];
  readonly ports?: { readonly port: number; readonly protocol: string }[];
}
interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
}
interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
}

const objects = [...build('production'), ...build('examples')];
const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy');
const namespaces = new Map<string, Record<string, string>>([
  ...objects
    .filter(({ kind }) => kind === 'Namespace')
    .map(({ metadata }) => [metadata.name, (metadata as { labels?: Record<string, string> }).labels ?? {}] as const),
  ['edge', { 'waymark-edge': 'true' }],
  ['monitoring', {}],
  ['kube-system', {}],
  ['elsewhere', {}],
]);
const podOf = (kind: string, name: string): Place => {
  const { metadata, spec } = objects.find((object) => object.kind === kind && object.metadata.name === name)!;
  return { namespace: metadata.namespace!, labels: spec.template.metadata.labels };
};
const pods = {
  command: podOf('Deployment', 'command'),
  gateway: podOf('Rollout', 'gateway'),
  eventstoredb: podOf('StatefulSet', 'eventstoredb'),
  redis: podOf('Deployment', 'redis'),
  edge: { namespace: 'edge', labels: {} },
  prometheus: { namespace: 'monitoring', labels: {} },
  dns: { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
  stranger: { namespace: 'elsewhere', labels: {} },
  neighbour: { namespace: 'waymark', labels: {} },
} satisfies Record<string, Place>;
type Pod = keyof typeof pods;

const matches = (selector: Selector, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(selector.matchLabels ?? {}).every(([name, value]) => labels[name] === value);

function isPeer(peer: Peer, policy: KubeObject, { labels, namespace }: Place): boolean {
  const inNamespace =
    peer.namespaceSelector === undefined
      ? namespace === policy.metadata.namespace
      : matches(peer.namespaceSelector, { ...namespaces.get(namespace), 'kubernetes.io/metadata.name': namespace });
  return inNamespace && matches(peer.podSelector ?? {}, labels);
}

/** Where no policy selects the pod, everything goes; else what one of them lets through. */
function admits(direction: 'ingress' | 'egress', pod: Place, peer: Place, port: number, protocol: string): boolean {
  const type = direction === 'ingress' ? 'Ingress' : 'Egress';
  const own = policies.filter(
    ({ metadata, spec }) =>
      metadata.namespace === pod.namespace &&
      spec.policyTypes.includes(type) &&
      matches(spec.podSelector as Selector, pod.labels),
  );
  if (own.length === 0) return true;
  return own.some((policy) =>
    ((policy['spec'][direction] ?? []) as Rule[]).some((rule) => {
      const peers = direction === 'ingress' ? rule.from : rule.to;
      const isThere = peers === undefined || peers.some((one) => isPeer(one, policy, peer));
      const isOpen =
        rule.ports === undefined || rule.ports.some((one) => one.port === port && one.protocol === protocol);
      return isThere && isOpen;
    }),
  );
}

const reaches = (from: Pod, to: Pod, port: number, protocol: string): boolean =>
  admits('egress', pods[from], pods[to], port, protocol) && admits('ingress', pods[to], pods[from], port, protocol);

it.each<[Pod, Pod, number, string]>([
  ['edge', 'command', 3000, 'TCP'],
  ['edge', 'gateway', 3001, 'TCP'],
  ['gateway', 'command', 3000, 'TCP'],
  ['command', 'eventstoredb', 2113, 'TCP'],
  ['gateway', 'eventstoredb', 2113, 'TCP'],
  ['command', 'redis', 6379, 'TCP'],
  ['gateway', 'redis', 6379, 'TCP'],
  ['prometheus', 'command', 9464, 'TCP'],
  ['prometheus', 'gateway', 9465, 'TCP'],
  ['command', 'dns', 53, 'UDP'],
  ['gateway', 'dns', 53, 'TCP'],
])('%s reaches %s at %i', (from, to, port, protocol) => {
  expect(reaches(from, to, port, protocol)).toBe(true);
});

it.each<[Pod, Pod, number]>([
  ['edge', 'command', 9464],
  ['edge', 'gateway', 9465],
  ['edge', 'gateway', 3000],
  ['gateway', 'command', 9464],
  ['command', 'gateway', 3001],
  ['prometheus', 'command', 3000],
  ['stranger', 'command', 3000],
  ['stranger', 'gateway', 3001],
  ['stranger', 'gateway', 9465],
  ['stranger', 'redis', 6379],
  ['stranger', 'eventstoredb', 2113],
  ['neighbour', 'command', 3000],
  ['neighbour', 'redis', 6379],
  ['command', 'stranger', 443],
  ['gateway', 'stranger', 443],
  ['redis', 'stranger', 443],
])('%s does not reach %s at %i', (from, to, port) => {
  expect(reaches(from, to, port, 'TCP')).toBe(false);
});
