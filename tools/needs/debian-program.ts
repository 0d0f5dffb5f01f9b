import { spawnSync } from 'node:child_process';

/**
 * A program that tests need: from the PATH, or installed through apt where that is possible. Nothing that needs it is skipped without it: whoever asks gets
 * the program, or an error that says how to get it.
 */
export interface DebianProgram {
  readonly name: string;
  /** The package of Debian and Ubuntu that brings it. */
  readonly debianPackage: string;
  /** How to get it by hand, on the systems that people have. */
  readonly how: string;
}

/** The machine, as far as it matters here; tests bring one of their own. */
export interface Machine {
  readonly isRoot: boolean;
  /** Runs a program to its end; `status` is null where there is none of that name. */
  run(program: string, args: readonly string[]): { readonly status: number | null; readonly stderr: string };
}

/** The name of a program that runs. Installing takes up to half a minute, once. Throws. */
export function needProgram({ debianPackage, how, name }: DebianProgram, machine: Machine = thisMachine()): string {
  const runs = (): boolean => machine.run(name, ['--version']).status === 0;
  if (runs()) return name;
  const fault = install(debianPackage, machine);
  if (fault === null && runs()) return name;
  throw new Error(`${name} is missing${fault === null ? '' : ` and could not be installed (${fault})`}. ${how}`);
}

/** Null, or why not. */
function install(debianPackage: string, { isRoot, run }: Machine): string | null {
  if (!isRoot) return 'only root may install packages';
  if (run('apt-get', ['--version']).status === null) return 'there is no apt-get';
  const packages = ['install', '-y', '-qq', '--no-install-recommends', debianPackage];
  if (run('apt-get', packages).status === 0) return null;
  // The lists of packages may be old, or not there at all.
  run('apt-get', ['update', '-qq']);
  const { status, stderr } = run('apt-get', packages);
  return status === 0 ? null : stderr.trim().split('\n').slice(-2).join(' ');
}

function thisMachine(): Machine {
  // Debian's package would start a server: with this runlevel its scripts leave that alone.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  return {
    isRoot: process.getuid?.() === 0,
    run(program, args) {
      const { status, stderr } = spawnSync(program, args, { env, encoding: 'utf8' });
      return { status, stderr: stderr ?? '' };
    },
  };
}
