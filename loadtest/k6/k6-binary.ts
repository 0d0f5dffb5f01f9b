import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { step } from '../../tools/start/progress.mjs';
import { InstrumentError } from '../instrument-error.ts';

/**
 * The k6 that loadtest/go.mod pins, built once and kept under node_modules/.cache by the hash of go.mod and go.sum; or the k6 on PATH where there is
 * no Go that can build it, if it is of the same major version. Called by run-instruments.ts.
 */
export interface K6Sources {
  /** Directory of the Go module. */
  readonly module: string;
  readonly cache: string;
  /** PATH to look for go and k6 in. */
  readonly path: string;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PACKAGE = 'go.k6.io/k6/v2';
/** Below the root; action.yml keeps it from job to job. */
export const K6_CACHE = 'node_modules/.cache/k6';
const SOURCES: K6Sources = {
  module: join(ROOT, 'loadtest'),
  cache: join(ROOT, K6_CACHE),
  path: process.env['PATH'] ?? '',
};
const KEPT_CHARS = 2_000;
/** As a shell tells of a program that is not there. */
const NOT_FOUND = 127;
const VERSION = /\bv\d+\.\d+\.\d+/;

/** The path of a k6 that runs. */
export async function k6Binary(sources: K6Sources = SOURCES): Promise<string> {
  const wanted = pinnedVersion(sources);
  const built = join(sources.cache, `k6-${sourceHash(sources)}`);
  if (existsSync(built)) return built;
  const go = await goHere(sources);
  const needed = goNeeded(sources);
  if (go !== null && !isOlder(go, needed)) {
    await step(`building k6 ${wanted} (once, one to three minutes)`, () => build(built, wanted, sources));
    return built;
  }
  const found = await k6OnPath(sources);
  if (found !== null && major(found) === major(wanted)) return 'k6';
  const noGo = go === null ? 'no Go' : `only Go ${go}`;
  const here =
    found === null ? `there is ${noGo} and no k6 on this machine` : `the k6 on PATH is ${found} and there is ${noGo}`;
  throw new InstrumentError(
    'k6-unavailable',
    `${here}: install Go ${needed} or later (k6 ${wanted} is then built from loadtest/go.mod by itself), or put a k6 ${major(wanted)} on PATH`,
  );
}

/** What a k6 says it is, without the v: 2.2.0. */
export async function k6Version(binary: string, sources: K6Sources = SOURCES): Promise<string> {
  const { printed } = await run(binary, ['version'], sources);
  return VERSION.exec(printed)?.[0].slice(1) ?? 'unknown';
}

async function k6OnPath(sources: K6Sources): Promise<string | null> {
  const { code, printed } = await run('k6', ['version'], sources);
  return code === 0 ? (VERSION.exec(printed)?.[0] ?? 'of an unknown version') : null;
}

/**
 * As `go version` tells it: 1.24.1. Null: there is none. One that is older than go.mod wants gets a newer toolchain by itself (from 1.21 on) and then tells
 * of that; where it cannot, its own version is told. Of a Go without a number, built from its source, the newest is thought.
 */
async function goHere(sources: K6Sources): Promise<string | null> {
  let { code, printed } = await run('go', ['version'], sources);
  if (code === NOT_FOUND) return null;
  if (code !== 0) ({ code, printed } = await run('go', ['version'], sources, { GOTOOLCHAIN: 'local' }));
  if (code !== 0) return null;
  return /\bgo(\d+\.\d+(?:\.\d+)?)/.exec(printed)?.[1] ?? 'of an unknown version';
}

/** The `go` line of go.mod: what builds k6 at least. */
function goNeeded({ module }: K6Sources): string {
  return /^go (\S+)$/m.exec(readFileSync(join(module, 'go.mod'), 'utf8'))?.[1] ?? '1';
}

function isOlder(version: string, than: string): boolean {
  const [have, need] = [version, than].map((text) => {
    const [major, minor, patch] = text.split('.').map(Number);
    return ((major ?? Number.NaN) * 1_000 + (minor ?? 0)) * 1_000 + (patch ?? 0);
  });
  return have! < need!;
}

/** As go.mod says it: v2.2.0. */
export function pinnedVersion({ module }: K6Sources = SOURCES): string {
  const text = readFileSync(join(module, 'go.mod'), 'utf8');
  return new RegExp(`${PACKAGE.replaceAll('.', '\\.')} (v\\S+)`).exec(text)?.[1] ?? 'of an unknown version';
}

async function build(binary: string, wanted: string, sources: K6Sources): Promise<void> {
  mkdirSync(sources.cache, { recursive: true });
  const unfinished = `${binary}.${process.pid}.part`;
  try {
    const { code, printed } = await run('go', ['build', '-trimpath', '-o', unfinished, PACKAGE], sources);
    if (code !== 0) {
      throw new InstrumentError(
        'k6-unavailable',
        `Go could not build k6 ${wanted} from loadtest/go.mod: ${lastLine(printed)}`,
      );
    }
    // Under its name only when it is whole: a build that was interrupted is not taken for one.
    renameSync(unfinished, binary);
  } finally {
    rmSync(unfinished, { force: true });
  }
}

function run(
  program: string,
  args: readonly string[],
  { module, path }: K6Sources,
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number; printed: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: module,
      env: { ...process.env, ...env, PATH: path },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stop = (): void => void child.kill('SIGKILL');
    process.on('exit', stop);
    let printed = '';
    const read = (chunk: Buffer): void => void (printed = (printed + chunk.toString()).slice(-KEPT_CHARS));
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('error', (error) => resolve({ code: NOT_FOUND, printed: error.message }));
    child.on('close', (code) => {
      process.off('exit', stop);
      resolve({ code: code ?? 1, printed });
    });
  });
}

function sourceHash({ module }: K6Sources): string {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(module, file)));
  return hash.digest('hex').slice(0, 16);
}

function major(version: string): string {
  return /^v(\d+)/.exec(version)?.[0] ?? version;
}

function lastLine(printed: string): string {
  return printed.trim().split('\n').at(-1) ?? 'it said nothing';
}
