import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { ROOT } from '../monitoring/rule-files.ts';

/** What the overlays of k8s/ become, by kubectl's kustomize or by kustomize itself. For the tests beside this. */
export const OVERLAYS = ['single-node', 'production'] as const;
export type Overlay = (typeof OVERLAYS)[number];

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into objects of every shape.
  readonly [field: string]: any;
}

const PROGRAMS: readonly (readonly [string, ...string[]])[] = [
  ['kubectl', 'kustomize'],
  ['kustomize', 'build'],
  ['go', 'run', 'sigs.k8s.io/kustomize/kustomize/v5@v5.6.0', 'build'],
];

/** The objects of one folder below k8s/. Throws one sentence when no program is there, or what the program said. */
export function build(folder: Overlay | 'examples'): KubeObject[] {
  const text = render(join('k8s', folder === 'examples' ? folder : `overlays/${folder}`));
  return parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
}

function render(folder: string): string {
  for (const [program, ...args] of PROGRAMS) {
    const { error, status, stderr, stdout } = spawnSync(program, [...args, folder], { cwd: ROOT, encoding: 'utf8' });
    if (error !== undefined) continue;
    if (status !== 0) throw new Error(`${program} could not build ${folder}: ${stderr}`);
    return stdout;
  }
  throw new Error('nothing here builds k8s/: put kubectl, kustomize or Go (which fetches kustomize) on the PATH.');
}
