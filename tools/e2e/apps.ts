import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../needs/free-port.ts';
import { COMMAND, GATEWAY, type Program } from '../start/programs.ts';

/**
 * The built apps as processes, with the flags of `npm start`, on ports and a data directory of their own that outlive a process: clients find
 * them again after a restart. For the e2e tests; loads take the parts (ports, environment, readiness) from here.
 */
export interface Ports {
  readonly command: number;
  readonly gateway: number;
  readonly commandAdmin: number;
  readonly gatewayAdmin: number;
}

export type AppName = 'command' | 'gateway';

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PROGRAMS: Readonly<Record<AppName, Program>> = { command: COMMAND, gateway: GATEWAY };
const READY_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 10_000;
const ASK_AGAIN_MS = 20;
/** pino's level of an error; a warning is 40. */
const ERROR_LEVEL = 50;
/** Of what an app printed, the last so many characters are kept. */
const PRINTED_CHARS_MAX = 200_000;

/** Brings dist up to date with src, so that a test never runs yesterday's build. A signal ends it, and is what it then fails with. */
export async function buildApps(signal?: AbortSignal): Promise<void> {
  const child = spawn(process.execPath, ['tools/build.ts'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(signal !== undefined && { signal }),
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // Its error is the abort, which is asked for below.
  child.once('error', () => undefined);
  const code = await new Promise((resolve) => child.once('close', resolve));
  signal?.throwIfAborted();
  if (code !== 0) throw new Error(`the build failed: ${stderr}`);
}

/** What the apps are told. Settings of whoever runs the tests do not reach them. */
export function appEnvironment(ports: Ports, dataDir: string, settings: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^WAYMARK_|^REDIS_URL(_FILE)?$|^EVENTSTOREDB_URL(_FILE)?$|^NODE_OPTIONS$/.test(name),
  );
  return {
    ...Object.fromEntries(inherited),
    WAYMARK_DATA_DIR: dataDir,
    WAYMARK_COMMAND_PORT: String(ports.command),
    WAYMARK_GATEWAY_PORT: String(ports.gateway),
    WAYMARK_COMMAND_ADMIN_PORT: String(ports.commandAdmin),
    WAYMARK_GATEWAY_ADMIN_PORT: String(ports.gatewayAdmin),
    WAYMARK_DRAIN_MS: '200',
    ...settings,
  };
}

/** Ports that nobody listens on at this moment. */
export async function freePorts(): Promise<Ports> {
  const ports = new Set<number>();
  while (ports.size < 4) ports.add(await freePort());
  const [command, gateway, commandAdmin, gatewayAdmin] = [...ports] as [number, number, number, number];
  return { command, gateway, commandAdmin, gatewayAdmin };
}

/** Settles when the app behind `adminPort` is ready; rejects when `running` says that it has ended, or after a minute. */
export async function untilReady(name: string, adminPort: number, running: () => boolean): Promise<void> {
  const until = performance.now() + READY_DEADLINE_MS;
  for (;;) {
    const ready = await fetch(`http://127.0.0.1:${adminPort}/health/ready`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready) return;
    if (!running()) throw new Error(`the ${name} ended before it was ready`);
    if (performance.now() > until) throw new Error(`the ${name} was not ready in ${READY_DEADLINE_MS} ms`);
    await sleep(ASK_AGAIN_MS);
  }
}

/** One process. It has a channel to this one and ends with it, so a test that is killed leaves nothing behind. */
export class AppProcess {
  readonly name: AppName;
  readonly pid: number;
  /** Settles when the process is gone and all it printed is read. */
  readonly ended: Promise<Ending>;
  stdout = '';
  stderr = '';
  private readonly child: ChildProcess;

  constructor(name: AppName, env: NodeJS.ProcessEnv) {
    this.name = name;
    this.child = spawn(process.execPath, PROGRAMS[name].args, {
      cwd: ROOT,
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.pid = this.child.pid!;
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout = (this.stdout + text).slice(-PRINTED_CHARS_MAX);
    });
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-PRINTED_CHARS_MAX);
    });
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code, signal) => resolve({ code, signal }));
    });
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** kill -9: no handler runs, nothing is flushed. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  /** SIGTERM, and SIGKILL for one that does not listen. */
  async stop(): Promise<Ending> {
    this.child.kill('SIGTERM');
    const late = setTimeout(() => this.child.kill('SIGKILL'), STOP_DEADLINE_MS);
    const ending = await this.ended;
    clearTimeout(late);
    return ending;
  }

  /** Log lines of faults: there should be none, whatever clients do. */
  errors(): string[] {
    const lines = this.stdout.split('\n').filter((line) => Number(/"level":(\d+)/.exec(line)?.[1]) >= ERROR_LEVEL);
    return this.stderr === '' ? lines : [...lines, this.stderr];
  }
}

export class Apps {
  readonly ports: Ports;
  readonly dataDir: string;
  readonly commandUrl: string;
  /** For sockets; `readUrl` is the same address for the read API. */
  readonly gatewayUrl: string;
  readonly readUrl: string;
  private readonly env: NodeJS.ProcessEnv;
  private readonly processes: AppProcess[] = [];
  private readonly current = new Map<AppName, AppProcess>();

  private constructor(ports: Ports, dataDir: string, settings: NodeJS.ProcessEnv) {
    this.ports = ports;
    this.dataDir = dataDir;
    this.commandUrl = `http://127.0.0.1:${ports.command}`;
    this.gatewayUrl = `ws://127.0.0.1:${ports.gateway}`;
    this.readUrl = `http://127.0.0.1:${ports.gateway}`;
    this.env = appEnvironment(ports, dataDir, settings);
  }

  /** Nothing is started yet: for tests that put something into the data directory first. */
  static async prepare(settings: NodeJS.ProcessEnv = {}): Promise<Apps> {
    await buildApps();
    return new Apps(await freePorts(), mkdtempSync(join(tmpdir(), 'waymark-e2e-')), settings);
  }

  static async start(settings: NodeJS.ProcessEnv = {}): Promise<Apps> {
    const apps = await Apps.prepare(settings);
    try {
      await apps.start();
    } catch (error) {
      await apps.dispose();
      throw error;
    }
    return apps;
  }

  get command(): AppProcess {
    return this.current.get('command')!;
  }

  get gateway(): AppProcess {
    return this.current.get('gateway')!;
  }

  /** The development author's token. */
  get token(): string {
    return readFileSync(join(this.dataDir, 'dev-token'), 'utf8').trim();
  }

  /** Starts those named, at the same time as `npm start` may, and waits until they are ready. */
  async start(...names: AppName[]): Promise<void> {
    await Promise.all(
      (names.length === 0 ? (['command', 'gateway'] as const) : names).map(async (name) => {
        const app = new AppProcess(name, this.env);
        this.processes.push(app);
        this.current.set(name, app);
        const adminPort = name === 'command' ? this.ports.commandAdmin : this.ports.gatewayAdmin;
        await untilReady(name, adminPort, () => app.running).catch((error: Error) => {
          throw new Error(`${error.message}\n${app.stderr}${app.stdout}`);
        });
      }),
    );
  }

  async killBoth(): Promise<void> {
    await Promise.all([this.command.kill(), this.gateway.kill()]);
  }

  /** Faults that any process of this deployment has logged since the beginning. */
  errors(): string[] {
    return this.processes.flatMap((app) => app.errors().map((line) => `${app.name}: ${line}`));
  }

  /** Stops what runs and removes the data directory. */
  async dispose(): Promise<void> {
    await Promise.all(this.processes.filter(({ running }) => running).map((app) => app.stop()));
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}
