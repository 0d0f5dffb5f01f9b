import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  ConfigError,
  DataDirError,
  loadConfig,
  onShutdown,
  prepareDataDir,
  startFaultSentence,
  type Config,
  type DataDir,
} from '@waymark/platform';
import { banner } from './banner.ts';
import { Child } from './child.ts';
import { LogFile } from './log-file.ts';
import { PortError, settlePorts, type Ports } from './ports.ts';
import { COMMAND, DEMO, DRAIN_MS, GATEWAY, type Program } from './programs.ts';
import { step } from './progress.mjs';
import { readyAt } from './ready.ts';

/**
 * The second half of `npm start`, on the pinned Node: checks settings, directory and ports, runs command app, gateway and demo as processes,
 * says where to look, and ends them in order. One that dies takes the rest with it, exit code 1: nothing is left half running.
 */
const root = fileURLToPath(new URL('../..', import.meta.url));
/** Reading a log of millions of events takes its time. */
const READY_MS = 120_000;
/** After this the banner comes without a game. */
const FIRST_GAME_MS = 15_000;
const STOP_MS = 2_700;

/** Epoch ms of when `npm start` began, handed over by prepare.mjs. */
const startedAtMs = Number(process.argv[2] ?? Date.now());
const children: Child[] = [];
let stopping = false;

onShutdown({
  stop: async () => {
    if (!(await stopAll())) process.exitCode = 1;
  },
  deadlineMs: STOP_MS,
  complain: (sentence, error) => console.error(sentence, error ?? ''),
});
// Whoever read our output may be gone before us.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

try {
  await start();
} catch (error) {
  await fail(explain(error));
}

async function start(): Promise<void> {
  const config = loadConfig(process.env, 'start');
  const dataDir = await prepareDataDir(config.dataDir);
  const ports = await settlePorts(config);
  const env = childEnvironment(config, ports);
  const settled = loadConfig(env, 'start');

  run(COMMAND, env, dataDir);
  run(GATEWAY, env, dataDir);
  const gone = whenOneIsGone();
  await step('starting', () => Promise.race([allReady(settled, ports), gone]));
  for (const child of children) child.markStarted();
  let gameId: string | undefined;
  if (config.demo) {
    const playing = new Promise<string>((resolve) => run(DEMO, env, dataDir, resolve));
    const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), FIRST_GAME_MS).unref());
    gameId = await step('starting demo games', () => Promise.race([playing, late, whenOneIsGone()]));
    children.at(-1)!.markStarted();
  }
  if (stopping) return;
  console.log(banner({ config: settled, ports, dataDir, gameId, secondsToStart: sinceStartSeconds() }));
  await whenOneIsGone();
}

/** What the children are told: ports that were found instead of 0, and the short drain. */
function childEnvironment(config: Config, ports: Ports): NodeJS.ProcessEnv {
  return {
    ...process.env,
    WAYMARK_DATA_DIR: config.dataDir,
    WAYMARK_COMMAND_PORT: String(ports.commandPort),
    WAYMARK_GATEWAY_PORT: String(ports.gatewayPort),
    WAYMARK_COMMAND_ADMIN_PORT: String(ports.commandAdminPort),
    WAYMARK_GATEWAY_ADMIN_PORT: String(ports.gatewayAdminPort),
    WAYMARK_DRAIN_MS: process.env['WAYMARK_DRAIN_MS'] || String(DRAIN_MS),
  };
}

function run(program: Program, env: NodeJS.ProcessEnv, dataDir: DataDir, onGame?: (gameId: string) => void): void {
  const log = new LogFile(join(dataDir.logs, `${program.name}.log`));
  const child = new Child({
    program,
    root,
    env,
    log,
    show: (line) => console.error(line),
    onMessage: (message) => {
      const { type, gameId } = message as { type?: string; gameId?: string };
      if (type === 'playing' && gameId !== undefined) onGame?.(gameId);
    },
  });
  children.push(child);
  void child.ended.then(() => log.close());
}

async function allReady(config: Config, ports: Ports): Promise<void> {
  const { hostname } = new URL(config.commandUrl);
  const deadline = AbortSignal.timeout(READY_MS);
  const results = await Promise.all(
    [ports.commandAdminPort, ports.gatewayAdminPort].map((port) =>
      readyAt(`http://${hostname}:${port}/health/ready`, deadline),
    ),
  );
  const unready = children.find((_child, index) => results[index] === false);
  if (unready !== undefined)
    throw new StartFailure(`The ${unready.program.title} is not ready after ${READY_MS / 1000} s.`);
}

/** What ended of itself, in words for people. */
class StartFailure extends Error {}

/** Rejects when a child ends though nobody told it to; stays open while all is well, and for good once we stop. */
function whenOneIsGone(): Promise<never> {
  return new Promise((_resolve, reject) => {
    for (const child of children) {
      void child.ended.then(() => {
        if (!stopping) reject(new StartFailure(child.lastWords));
      });
    }
  });
}

async function fail(sentence: string): Promise<void> {
  if (stopping) return;
  console.error(`\n${sentence}`);
  await stopAll();
  process.exit(1);
}

/** Bots first, so that they do not see their servers go; the command app last. False when one had to be killed. */
async function stopAll(): Promise<boolean> {
  stopping = true;
  let clean = true;
  for (const child of [...children].reverse()) {
    if (await child.stop()) continue;
    clean = false;
    console.error(`The ${child.program.title} did not stop within ${child.program.stopMs} ms and was killed.`);
  }
  return clean;
}

function explain(error: unknown): string {
  if (error instanceof StartFailure || error instanceof PortError) return error.message;
  if (error instanceof ConfigError || error instanceof DataDirError) return startFaultSentence(error);
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function sinceStartSeconds(): number {
  return (Date.now() - startedAtMs) / 1000;
}
