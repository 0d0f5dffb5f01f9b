import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { step } from './progress.mjs';

/**
 * From a clone to a running script: packages, build, hand-over. Called by start.mjs, and by install.mjs for the packages alone. What npm
 * and the build print is kept and shown only when they fail. Ctrl-C ends whatever runs at the moment, with the exit code that the caller gives: an ended start is no failure, an
 * ended test run is no success.
 */
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const stampFile = join(root, 'node_modules', '.waymark-install');
const pinnedNode = join(root, 'node_modules', '.bin', 'node');
const machine = ` ${process.platform} ${process.arch}\n`;
const KEPT_CHARS = 8_000;
/** Time that a child has after it was told to stop, until it is killed. Ctrl-C is promised to end everything within 3 s. */
const SCRIPT_STOP_MS = 2_800;
/** npm takes its time to roll back; killed, it leaves a node_modules that the next start replaces. */
const TOOL_STOP_MS = 1_000;
const PARENT_CHECK_MS = 500;

/** A failure that is explained to whoever started us; anything else is a bug and keeps its stack. */
class StartError extends Error {}

/** The child that runs now: npm, the build or the script. */
let current = null;
let stopping = false;
let exitCodeIfStopped = 0;

/**
 * Runs `script` with `args` on the pinned Node, once everything is installed and built; the process ends with its exit code, and with
 * `codeIfStopped` when a signal came before the script was there to answer it.
 */
export async function main(script, args, codeIfStopped) {
  await untilStopped(codeIfStopped, async () => {
    await installWhatIsMissing(process.stdout);
    await step('building', () => run(pinnedNode, ['tools/build.ts']));
    process.exitCode = await handOver(script, args);
  });
}

/**
 * Installs what is missing; the process ends with 0 when all is there, and with `codeIfStopped` on a signal. Nothing of it goes to standard output, which is
 * that of the command to come.
 */
export async function install(codeIfStopped) {
  await untilStopped(codeIfStopped, () => installWhatIsMissing(process.stderr));
}

async function untilStopped(codeIfStopped, prepare) {
  exitCodeIfStopped = codeIfStopped;
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop);
  watchParent();
  try {
    await prepare();
  } catch (error) {
    if (stopping) {
      process.exitCode = exitCodeIfStopped;
      return;
    }
    console.error(error instanceof StartError ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}

async function installWhatIsMissing(output) {
  if (needsInstall()) await step('installing packages', runNpm, output);
  if (!existsSync(pinnedNode)) {
    throw new StartError(
      'node_modules/.bin/node is missing: npm was told not to run install scripts. Allow them and run: npm rebuild node',
    );
  }
}

/** True unless what lies in node_modules is what this very lockfile asks for, whoever installed it; the stamp saves looking closer. */
function needsInstall() {
  const lockfile = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const stamp = readIfThere(stampFile);
  if (stamp === stampOf(lockfile)) return false;
  // Binaries for another machine: somebody copied the directory.
  if (stamp !== undefined && !stamp.endsWith(machine)) return true;
  const installed = readIfThere(join(root, 'node_modules', '.package-lock.json'));
  if (installed === undefined || !holdsAll(JSON.parse(lockfile).packages, JSON.parse(installed).packages)) return true;
  writeFileSync(stampFile, stampOf(lockfile));
  return false;
}

/** npm lists what it has put into node_modules; packages for other machines are optional and left out there. */
function holdsAll(wanted, installed) {
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === '' || entry.optional || entry.devOptional || entry.peer || installed[path]?.version === entry.version,
  );
}

function stampOf(lockfile) {
  const hash = createHash('sha256').update(lockfile).digest('hex');
  return `${hash}${machine}`;
}

async function runNpm() {
  // The npm that runs us, if one does: it need not be the one on the path.
  const npm = process.env.npm_execpath;
  const args = ['ci', '--no-fund', '--no-audit'];
  if (npm?.endsWith('.js')) await run(process.execPath, [npm, ...args]);
  else await run('npm', args);
  writeFileSync(stampFile, stampOf(readFileSync(join(root, 'package-lock.json'), 'utf8')));
}

/** Runs a program to its end, silently. In a group of its own: a terminal's Ctrl-C is ours to pass on, to all that it started. */
function run(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let kept = '';
    const keep = (chunk) => (kept = (kept + chunk).slice(-KEPT_CHARS));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    current = {
      signal: (name) => process.kill(-child.pid, name),
      stopMs: TOOL_STOP_MS,
      exitCodeIfKilled: exitCodeIfStopped,
      quiet: true,
    };
    const failed = (why) => reject(new StartError(`${program} ${args.join(' ')} ${why}\n${kept.trimEnd()}`));
    child.on('error', (error) => failed(`could not be started: ${error.message}`));
    child.on('close', (code, signal) => {
      current = null;
      if (code === 0) resolve();
      else failed(signal === null ? `failed with exit code ${code}:` : `was ended by ${signal}:`);
    });
  });
}

/** The script talks to the terminal itself. When this process dies, the channel between the two closes, and the script stops. */
function handOver(script, args) {
  return new Promise((resolve) => {
    if (stopping) return resolve(exitCodeIfStopped);
    const child = spawn(pinnedNode, ['--disable-warning=ExperimentalWarning', script, ...args], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    current = { signal: (name) => child.kill(name), stopMs: SCRIPT_STOP_MS, exitCodeIfKilled: 1, quiet: false };
    child.on('exit', (code, signal) => {
      current = null;
      // Stopped before it could listen: Ctrl-C came while it was starting.
      if (stopping && (signal === 'SIGINT' || signal === 'SIGTERM')) return resolve(exitCodeIfStopped);
      if (signal !== null) console.error(`\n${script} was ended by ${signal}; what it ran has stopped with it.`);
      resolve(code ?? 1);
    });
  });
}

/** However often it is called: a terminal sends Ctrl-C to everybody, and npm passes it on once more. */
function stop() {
  if (stopping) return;
  stopping = true;
  if (current === null) process.exit(exitCodeIfStopped);
  const { stopMs, exitCodeIfKilled } = current;
  if (current.quiet) console.error('\n  stopping');
  signalQuietly('SIGTERM');
  setTimeout(() => {
    signalQuietly('SIGKILL');
    process.exit(exitCodeIfKilled);
  }, stopMs).unref();
}

function signalQuietly(name) {
  try {
    current?.signal(name);
  } catch {
    // It ended by itself in between.
  }
}

/** A killed npm leaves us behind without a word. */
function watchParent() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) stop();
  }, PARENT_CHECK_MS).unref();
}

function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
