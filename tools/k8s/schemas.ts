import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { ROOT } from '../monitoring/rule-files.ts';
import type { KubeObject } from './kustomize.ts';

/**
 * Judges objects by the schemas of those who take them, strictly: a field that the schema does not name is a fault. Kubernetes' own come out
 * of the wheel of kubernetes-validate (PyPI), Argo's and Gateway API's out of their Go modules; all are fetched when first needed, by pinned
 * version, and none is kept in the repository.
 */
const KUBERNETES = '1.37.0';
const CRD_MODULES = [
  { module: 'github.com/argoproj/argo-rollouts@v1.8.3', files: 'manifests/crds/*-crd.yaml' },
  { module: 'sigs.k8s.io/gateway-api@v1.3.0', files: 'config/crd/standard/*.yaml' },
] as const;

const CACHE = join(ROOT, 'node_modules/.cache/k8s');
const POD_TEMPLATE = 'io.k8s.api.core.v1.PodTemplateSpec';

type Json = Record<string, unknown>;
interface KindOf {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export class Schemas {
  private readonly ajv = new Ajv2020({ allErrors: true, strict: false, validateFormats: false, logger: false });
  private readonly validators = new Map<string, ValidateFunction>();
  private readonly refs = new Map<string, string>();
  private readonly customs = new Map<string, Json>();

  constructor() {
    const definitions = kubernetesDefinitions();
    this.ajv.addSchema(definitions, 'kubernetes');
    const all = definitions['$defs'] as Record<string, { 'x-kubernetes-group-version-kind'?: KindOf[] }>;
    for (const [name, { 'x-kubernetes-group-version-kind': kinds = [] }] of Object.entries(all)) {
      for (const kind of kinds) this.refs.set(keyOf(kind), `kubernetes#/$defs/${name}`);
    }
    for (const { files, module } of CRD_MODULES) this.addCrds(join(goModule(module), files));
  }

  /** Every fault of the object, each with its place; none when it is sound. */
  faultsOf(object: KubeObject): string[] {
    const [version, group = ''] = object.apiVersion.split('/').reverse();
    const key = keyOf({ group, version: version!, kind: object.kind });
    const faults = this.judge(key, object, `${object.kind} ${object.metadata?.name}`);
    // Argo's definition leaves parts of the pod open; they are judged by Kubernetes' own.
    if (object.kind !== 'Rollout') return faults;
    const template = this.validator(POD_TEMPLATE, { $ref: `kubernetes#/$defs/${POD_TEMPLATE}` });
    return [...faults, ...errorsOf(template, object['spec']?.template, `Rollout ${object.metadata.name} template`)];
  }

  private judge(key: string, object: unknown, where: string): string[] {
    const ref = this.refs.get(key);
    const schema = this.customs.get(key) ?? (ref === undefined ? undefined : { $ref: ref });
    return schema === undefined
      ? [`${where}: nobody knows ${key}`]
      : errorsOf(this.validator(key, schema), object, where);
  }

  private validator(key: string, schema: Json): ValidateFunction {
    const known = this.validators.get(key) ?? this.ajv.compile(schema);
    this.validators.set(key, known);
    return known;
  }

  private addCrds(pattern: string): void {
    const files = globSync(pattern);
    if (files.length === 0) throw new Error(`there are no definitions at ${pattern}`);
    for (const file of files) {
      const { spec } = parse(readFileSync(file, 'utf8')) as {
        spec: {
          group: string;
          names: { kind: string };
          versions: { name: string; schema: { openAPIV3Schema: Json } }[];
        };
      };
      for (const { name: version, schema } of spec.versions) {
        this.customs.set(keyOf({ group: spec.group, version, kind: spec.names.kind }), closed(schema.openAPIV3Schema));
      }
    }
  }
}

const keyOf = ({ group, kind, version }: KindOf): string => `${group}/${version} ${kind}`;

function errorsOf(validate: ValidateFunction, object: unknown, where: string): string[] {
  if (validate(object)) return [];
  return validate.errors!.map(
    ({ instancePath, message, params }) => `${where}${instancePath}: ${message} ${JSON.stringify(params)}`,
  );
}

/**
 * A structural schema as the API server reads it under strict validation: only named fields. `metadata` is Kubernetes' own, and below
 * x-kubernetes-preserve-unknown-fields everything goes. Conditions (anyOf and the like) only narrow, so they stay as they are.
 */
function closed(schema: Json, isRoot = true): Json {
  const made: Json = { ...schema };
  if (schema['x-kubernetes-int-or-string'] === true) return { type: ['integer', 'string'] };
  if (schema['properties'] !== undefined) {
    const entries = Object.entries(schema['properties'] as Record<string, Json>);
    made['properties'] = Object.fromEntries(
      entries.map(([name, field]) => [
        name,
        isRoot && name === 'metadata'
          ? { $ref: 'kubernetes#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }
          : closed(field, false),
      ]),
    );
    const open =
      schema['x-kubernetes-preserve-unknown-fields'] === true || schema['additionalProperties'] !== undefined;
    if (!open) made['additionalProperties'] = false;
  }
  if (schema['items'] !== undefined) made['items'] = closed(schema['items'] as Json, false);
  if (typeof schema['additionalProperties'] === 'object') {
    made['additionalProperties'] = closed(schema['additionalProperties'] as Json, false);
  }
  return made;
}

/** Where Go keeps the module, fetched when it is not there yet. */
function goModule(module: string): string {
  const { error, status, stderr, stdout } = spawnSync('go', ['mod', 'download', '-json', module], {
    cwd: join(ROOT, 'tools/k8s'),
    encoding: 'utf8',
  });
  if (error !== undefined)
    throw new Error(`Go is missing: it fetches the definitions of ${module}. Put go on the PATH.`);
  if (status !== 0) throw new Error(`Go could not fetch ${module}: ${stdout}${stderr}`);
  return (JSON.parse(stdout) as { Dir: string }).Dir;
}

/** The one file of the wheel that is wanted, cached: the wheel has 17,000. */
function kubernetesDefinitions(): Json {
  const path = join(CACHE, `definitions-${KUBERNETES}.json`);
  if (!existsSync(path)) fetchDefinitions(path);
  return JSON.parse(readFileSync(path, 'utf8')) as Json;
}

function fetchDefinitions(path: string): void {
  const folder = join(CACHE, `wheel-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const member = `kubernetes_validate/kubernetes-json-schema/v${KUBERNETES}-local-strict/_definitions.json`;
  const wheel = ['--only-binary=:all:', '--no-deps', '-q', '-d', folder, `kubernetes-validate==${KUBERNETES}`];
  try {
    python('-m', 'pip', 'download', ...wheel);
    python('-m', 'zipfile', '-e', globSync(join(folder, '*.whl'))[0]!, folder);
    renameSync(join(folder, member), path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function python(...args: string[]): void {
  const { error, status, stderr } = spawnSync('python3', args, { encoding: 'utf8' });
  if (error !== undefined) throw new Error('python3 is missing: its pip fetches the schemas of Kubernetes.');
  if (status !== 0) throw new Error(`the schemas of Kubernetes could not be fetched from PyPI: ${stderr}`);
}
