import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig, prepareDataDir, type Config, type DataDir } from '@waymark/platform';
import { banner } from './banner.ts';
import { Child } from './child.ts';
import { LogFile } from './log-file.ts';
import { settlePorts, type Ports } from './ports.ts';
import { COMMAND, DEMO, DRAIN_MS, GATEWAY, type Program } from './programs.ts';
import { step } from './progress.mjs';
import { readyAt } from './ready.ts';

/**
 * Runs command app, gateway and demo as processes: checks settings, directory and ports first, says where to look once all is up, ends them
 * in order. One that dies takes the rest with it: nothing is left half running. Called by main.ts.
 */
const root = fileURLToPath(new URL('../..', import.meta.url));
/** Reading a log of millions of events takes its time. */
const READY_MS = 120_000;
/** After this the banner comes without a game. */
const FIRST_GAME_MS = 15_000;

/** Something that ended of itself, in words for people. */
export class ChildDeath extends Error {
  override readonly name = 'ChildDeath';
}

export class Supervisor {
  private readonly children: Child[] = [];
  private readonly startedAtMs: number;
  private stopping = false;

  /** `startedAtMs`: epoch ms of when `npm start` began. */
  constructor(startedAtMs: number) {
    this.startedAtMs = startedAtMs;
  }

  /** Runs until somebody calls stop(), and then stays pending; rejects when something cannot start or ends of itself. */
  async run(environment: NodeJS.ProcessEnv): Promise<never> {
    const told = loadConfig(environment, 'start');
    const dataDir = await prepareDataDir(told.dataDir);
    const ports = await settlePorts(told);
    const env = childEnvironment(environment, told, ports);
    const config = loadConfig(env, 'start');

    this.spawn(COMMAND, env, dataDir);
    this.spawn(GATEWAY, env, dataDir);
    await step('starting', () => this.orDeath(this.allReady(config, ports)));
    for (const child of this.children) child.markStarted();
    const gameId = config.demo ? await step('starting demo games', () => this.startDemo(env, dataDir)) : undefined;
    if (!this.stopping) {
      const secondsToStart = (Date.now() - this.startedAtMs) / 1000;
      console.log(banner({ config, ports, dataDir, gameId, secondsToStart }));
    }
    return this.orDeath(new Promise<never>(() => undefined));
  }

  /** Bots first, so that they do not see their servers go; the command app last. False when one had to be killed. */
  async stop(): Promise<boolean> {
    this.stopping = true;
    let clean = true;
    for (const child of [...this.children].reverse()) {
      if (await child.stop()) continue;
      clean = false;
      console.error(`The ${child.program.title} did not stop within ${child.program.stopMs} ms and was killed.`);
    }
    return clean;
  }

  private spawn(
    program: Program,
    env: NodeJS.ProcessEnv,
    dataDir: DataDir,
    onMessage?: (message: unknown) => void,
  ): Child {
    const log = new LogFile(join(dataDir.logs, `${program.name}.log`));
    const show = (line: string): void => console.error(line);
    const child = new Child({ program, root, env, log, show, ...(onMessage === undefined ? {} : { onMessage }) });
    this.children.push(child);
    void child.ended.then(() => log.close());
    return child;
  }

  private async allReady(config: Config, ports: Ports): Promise<void> {
    const { hostname } = new URL(config.commandUrl);
    const deadline = AbortSignal.timeout(READY_MS);
    const ready = await Promise.all(
      [ports.commandAdminPort, ports.gatewayAdminPort].map((port) =>
        readyAt(`http://${hostname}:${port}/health/ready`, deadline),
      ),
    );
    const unready = this.children[ready.indexOf(false)];
    if (unready !== undefined)
      throw new ChildDeath(`The ${unready.program.title} is not ready after ${READY_MS / 1000} s.`);
  }

  /** Id of the first game that is being played; undefined when there is none within FIRST_GAME_MS. */
  private startDemo(env: NodeJS.ProcessEnv, dataDir: DataDir): Promise<string | undefined> {
    const first = new Promise<string | undefined>((resolve) => {
      this.spawn(DEMO, env, dataDir, (message) => {
        const { type, gameId } = message as { readonly type?: string; readonly gameId?: string };
        if (type === 'playing') resolve(gameId);
      }).markStarted();
      setTimeout(() => resolve(undefined), FIRST_GAME_MS).unref();
    });
    return this.orDeath(first);
  }

  /** `work`, or a rejection when a child ends though nobody told it to. While we stop, neither. */
  private orDeath<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      work.then(resolve, (error: unknown) => {
        if (!this.stopping) reject(error as Error);
      });
      for (const child of this.children) {
        void child.ended.then(() => {
          if (!this.stopping) reject(new ChildDeath(child.lastWords));
        });
      }
    });
  }
}

/** What the children are told: ports that were found instead of 0, and the short drain. */
function childEnvironment(environment: NodeJS.ProcessEnv, config: Config, ports: Ports): NodeJS.ProcessEnv {
  return {
    ...environment,
    WAYMARK_DATA_DIR: config.dataDir,
    WAYMARK_COMMAND_PORT: String(ports.commandPort),
    WAYMARK_GATEWAY_PORT: String(ports.gatewayPort),
    WAYMARK_COMMAND_ADMIN_PORT: String(ports.commandAdminPort),
    WAYMARK_GATEWAY_ADMIN_PORT: String(ports.gatewayAdminPort),
    WAYMARK_DRAIN_MS: environment['WAYMARK_DRAIN_MS'] || String(DRAIN_MS),
  };
}
