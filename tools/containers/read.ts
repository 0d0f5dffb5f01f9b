import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../monitoring/rule-files.ts';

/**
 * Dockerfile, .dockerignore and compose files as Docker's own libraries read them (BuildKit's parser and checks, compose-go): no daemon is needed. Go
 * builds the reader once into node_modules/.cache. For the tests beside this.
 */
export interface Instruction {
  readonly name: string;
  readonly line: number;
  readonly args?: readonly string[];
  readonly isShell?: boolean;
  readonly sources?: readonly string[];
  readonly target?: string;
  readonly from?: string;
  readonly owner?: string;
  readonly settings?: Readonly<Record<string, string>>;
}

export interface Stage {
  readonly name: string;
  /** An image, or the name of another stage. */
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

export interface Dockerfile {
  readonly stages: readonly Stage[];
  readonly warnings: readonly { readonly rule: string; readonly line: number; readonly text: string }[];
}

export interface ComposeService {
  readonly image: string;
  readonly build?: { readonly context: string; readonly target: string };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly volumes?: readonly ComposeMount[];
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look at many fields of many shapes.
  readonly [field: string]: any;
}

export interface ComposeMount {
  readonly type: 'volume' | 'bind' | 'tmpfs';
  readonly source?: string;
  readonly target: string;
  readonly read_only?: boolean;
  readonly volume?: { readonly subpath?: string };
}

export interface ComposeProject {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
}

const MODULE = join(ROOT, 'tools/containers/reader');
const CACHE = join(ROOT, 'node_modules/.cache/containers');
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
/** Fetching the modules and building takes one to two minutes, once. */
export const READER_BUILD_MS = 300_000;

export const readDockerfile = (path = join(ROOT, 'Dockerfile')): Dockerfile => read(['dockerfile', path]);
/** Paths of the files that a build of this folder is given. */
export const readContext = (folder = ROOT): string[] => read(['context', folder]);
export const readCompose = (path: string, ...profiles: string[]): ComposeProject =>
  read(['compose', path, ...profiles]);

function read<T>(args: readonly string[]): T {
  const { error, status, stderr, stdout } = spawnSync(reader(), args, {
    encoding: 'utf8',
    maxBuffer: OUTPUT_BYTES_MAX,
    env: {},
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(stderr.trim());
  return JSON.parse(stdout) as T;
}

function reader(): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', 'main.go']) hash.update(readFileSync(join(MODULE, file)));
  const built = join(CACHE, `reader-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(built)) return built;
  mkdirSync(CACHE, { recursive: true });
  const unfinished = `${built}.${process.pid}.part`;
  const { error, status, stderr } = spawnSync('go', ['build', '-o', unfinished, '.'], {
    cwd: MODULE,
    encoding: 'utf8',
  });
  if (error !== undefined)
    throw new Error(
      "Go is missing: Docker's own libraries read the Dockerfile and the compose files. Put go on the PATH.",
    );
  if (status !== 0) throw new Error(`Go could not build tools/containers/reader: ${stderr}`);
  renameSync(unfinished, built);
  return built;
}
