import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Machine, Source } from '../receipt/receipt.ts';

/** What a receipt says of where it comes from: commit, machine, versions. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export function sourceHere(root = ROOT): Source {
  const { version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as { version: string };
  const commit = git(root, ['rev-parse', 'HEAD']);
  return { commit, changed: commit !== null && git(root, ['status', '--porcelain']) !== '', version };
}

export function machineHere(): Machine {
  return {
    cpuModel: cpus()[0]?.model.trim() ?? 'unknown',
    coreCount: availableParallelism(),
    memoryBytes: totalmem(),
    system: `${platform()} ${release()} ${arch()}`,
  };
}

/** `k6`: of the one that was used, as it tells itself; null when none was. */
export function versionsHere(k6: string | null): Record<string, string> {
  const { commit, version } = sourceHere();
  return {
    gate: commit === null ? version : `${version} (${commit.slice(0, 12)})`,
    node: process.versions.node,
    v8: process.versions.v8,
    sqlite: process.versions.sqlite ?? 'none',
    ...(k6 !== null && { k6 }),
  };
}

/** Of a running deployment: this checkout measures it, and nobody here knows what it was built from. */
export const SOURCE_OF_DEPLOYMENT: Source = { commit: null, changed: false, version: 'unknown' };

function git(root: string, args: readonly string[]): string | null {
  try {
    return execFileSync('git', ['-C', root, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}
