import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSqliteEventStore, type RecordedEvent } from '@waymark/event-store';
import { openEventStoreDb } from '@waymark/event-store/eventstoredb';
import { AppProcess, appEnvironment, freePorts, untilReady, type AppName, type Ports } from '../e2e/apps.ts';
import { EventStoreDbProcess } from '../e2e/eventstoredb-process.ts';
import { wholeLog } from '../e2e/log.ts';
import { RedisServer } from '../needs/redis-server.ts';
import { Link } from './link.ts';

/**
 * What a run breaks: command apps and gateways on one data directory, with a link in front of each of them, between each gateway and a command app, and
 * between each app and the servers it uses. Processes keep ports and data over restarts. Only the run ends a process: one that ends by itself is a finding.
 */
export interface DeploymentOptions {
  readonly dir: string;
  readonly gateways: number;
  /** More than one only with `eventStoreDb`. */
  readonly commandApps: number;
  /** Whether events are kept in an EventStoreDB (the test server) of the run's own; in SQLite otherwise. */
  readonly eventStoreDb: boolean;
  /** Whether events travel through a Redis of the run's own. */
  readonly redis: boolean;
  /** More of the environment, by process name. For mutants. */
  readonly settings: (name: string) => NodeJS.ProcessEnv;
}

interface Member {
  readonly name: string;
  readonly app: AppName;
  readonly env: NodeJS.ProcessEnv;
  readonly adminPort: number;
  process: AppProcess | null;
  /** Processes that were ended on purpose. */
  readonly ended: WeakSet<AppProcess>;
}

export interface StoredLog {
  readonly events: readonly RecordedEvent[];
  readonly positionsAreDense: boolean;
}

export class Deployment {
  readonly dataDir: string;
  readonly links = new Map<string, Link>();
  /** Of processes that ended by themselves. */
  readonly deaths: string[] = [];
  /** Null where gateways follow the store. */
  redis: RedisServer | null = null;
  /** Null where events are kept in SQLite. */
  eventStoreDb: EventStoreDbProcess | null = null;
  private readonly logDir: string;
  private readonly members = new Map<string, Member>();
  private starts = 0;

  private constructor(dir: string) {
    this.dataDir = join(dir, 'data');
    this.logDir = join(dir, 'logs');
    mkdirSync(this.logDir, { recursive: true });
    mkdirSync(this.dataDir, { recursive: true });
  }

  static async start(options: DeploymentOptions): Promise<Deployment> {
    const deployment = new Deployment(options.dir);
    try {
      if (options.redis) deployment.redis = await RedisServer.start();
      if (options.eventStoreDb) {
        deployment.eventStoreDb = new EventStoreDbProcess(options.dir);
        await deployment.eventStoreDb.start();
      }
      const commandPorts = await deployment.addCommandApps(options);
      for (let index = 0; index < options.gateways; index++) {
        await deployment.addGateway(index, commandPorts[index % commandPorts.length]!, options);
      }
      await Promise.all([...deployment.members.keys()].map((name) => deployment.launch(name)));
    } catch (error) {
      await deployment.dispose();
      throw error;
    }
    return deployment;
  }

  get processNames(): string[] {
    const servers = [
      ...(this.redis === null ? [] : ['redis']),
      ...(this.eventStoreDb === null ? [] : ['eventstoredb']),
    ];
    return [...this.members.keys(), ...servers];
  }

  get gatewayNames(): string[] {
    return this.namesOf('gateway');
  }

  get commandNames(): string[] {
    return this.namesOf('command');
  }

  /** What commands need. One command app of several is counted too: a plan that spares them all spares each. */
  get vital(): string[] {
    const { commandNames } = this;
    const ways = commandNames.map((name) => `clients-${name}`);
    if (this.eventStoreDb === null) return [...commandNames, ...ways];
    return [...commandNames, ...ways, 'eventstoredb', ...commandNames.map((name) => `${name}-eventstoredb`)];
  }

  /** The development author's token. */
  get token(): string {
    return readFileSync(join(this.dataDir, 'dev-token'), 'utf8').trim();
  }

  linkUrl(name: string): string {
    return `http://127.0.0.1:${this.link(name).port}`;
  }

  link(name: string): Link {
    const link = this.links.get(name);
    if (link === undefined) throw new Error(`there is no link ${name}`);
    return link;
  }

  /** The log as it stands, read beside the apps and not through them. */
  async readLog(): Promise<StoredLog> {
    const store =
      this.eventStoreDb === null
        ? await openSqliteEventStore({ file: join(this.dataDir, 'events.db'), readOnly: true })
        : await openEventStoreDb({ url: this.eventStoreDb.url });
    try {
      return { events: await wholeLog(store), positionsAreDense: store.positionsAreDense };
    } finally {
      await store.close();
    }
  }

  /** Starts a process and waits until it is ready. */
  async launch(name: string): Promise<void> {
    if (name === 'redis') return this.redis!.start();
    if (name === 'eventstoredb') return this.eventStoreDb!.start();
    const member = this.member(name);
    const started = new AppProcess(member.app, member.env);
    this.starts += 1;
    const logFile = join(this.logDir, `${name}-${this.starts}.log`);
    member.process = started;
    void started.ended.then(({ code, signal }) => {
      writeFileSync(logFile, started.stdout + started.stderr);
      if (member.ended.has(started)) return;
      const lastWords = (started.stderr || started.stdout).trim().split('\n').at(-1)!;
      this.deaths.push(`${name} ended by itself: code ${code}, signal ${signal}; its last words: ${lastWords}`);
    });
    await untilReady(name, member.adminPort, () => started.running);
  }

  async kill(name: string): Promise<void> {
    if (name === 'redis') return this.redis!.kill();
    if (name === 'eventstoredb') return this.eventStoreDb!.kill();
    const { ended, process: running } = this.member(name);
    if (running === null) return;
    ended.add(running);
    await running.kill();
  }

  /** SIGSTOP: the process stands still and keeps all that it holds, its sockets too. */
  pause(name: string): void {
    if (name === 'redis') this.redis!.pause();
    else if (name === 'eventstoredb') this.eventStoreDb!.pause();
    else this.signal(name, 'SIGSTOP');
  }

  resume(name: string): void {
    if (name === 'redis') this.redis!.resume();
    else if (name === 'eventstoredb') this.eventStoreDb!.resume();
    else this.signal(name, 'SIGCONT');
  }

  /** The process answers that it is ready. Rejects for one that has ended. */
  async readyAgain(name: string): Promise<void> {
    if (name === 'redis') {
      await this.redis!.admin.ping();
      return;
    }
    if (name === 'eventstoredb') {
      await (await openEventStoreDb({ url: this.eventStoreDb!.url })).close();
      return;
    }
    const { adminPort, process: running } = this.member(name);
    await untilReady(name, adminPort, () => running?.running === true);
  }

  async allReady(): Promise<void> {
    await Promise.all(this.processNames.map((name) => this.readyAgain(name)));
  }

  /** Ends all that was started, also what stands still. */
  async dispose(): Promise<void> {
    await Promise.all(
      [...this.members.values()].map(async ({ ended, process: running }) => {
        if (running === null || !running.running) return;
        ended.add(running);
        process.kill(running.pid, 'SIGCONT');
        await running.stop();
      }),
    );
    await Promise.all([...this.links.values()].map((link) => link.close()));
    await this.redis?.close();
    await this.eventStoreDb?.kill();
  }

  /** `command`, `command-1`, ...: the port of each. */
  private async addCommandApps({ commandApps, settings }: DeploymentOptions): Promise<number[]> {
    const taken: number[] = [];
    // All name the same gateway to players, as apps of one deployment do: an answer does not depend on who gives it.
    const { gateway } = await freePorts();
    for (let index = 0; index < commandApps; index++) {
      const name = index === 0 ? 'command' : `command-${index}`;
      const ports = { ...(await freePorts()), gateway };
      await this.open(`clients-${name}`, ports.command);
      const env = { ...(await this.serversFor(name)), ...settings(name) };
      this.add({ name, app: 'command', adminPort: ports.commandAdmin }, ports, env);
      taken.push(ports.command);
    }
    return taken;
  }

  private async addGateway(index: number, command: number, { settings }: DeploymentOptions): Promise<void> {
    const name = `gateway-${index}`;
    const ports = { ...(await freePorts()), command };
    await this.open(`clients-${name}`, ports.gateway);
    const way = await this.open(`${name}-command`, command);
    const toCommand = { WAYMARK_COMMAND_URL: `http://127.0.0.1:${way.port}` };
    const env = { ...toCommand, ...(await this.serversFor(name)), ...settings(name) };
    this.add({ name, app: 'gateway', adminPort: ports.gatewayAdmin }, ports, env);
  }

  /** Settings that lead a process to its servers, over links of its own. */
  private async serversFor(name: string): Promise<NodeJS.ProcessEnv> {
    const env: NodeJS.ProcessEnv = {};
    if (this.redis !== null) {
      const { port } = await this.open(`${name}-redis`, this.redis.port);
      env['REDIS_URL'] = `redis://127.0.0.1:${port}`;
    }
    if (this.eventStoreDb !== null) {
      const { port } = await this.open(`${name}-eventstoredb`, this.eventStoreDb.port);
      env['WAYMARK_EVENT_STORE'] = 'eventstoredb';
      env['EVENTSTOREDB_URL'] = `esdb://127.0.0.1:${port}?tls=false`;
    }
    return env;
  }

  private async open(name: string, port: number): Promise<Link> {
    const link = await Link.open(name, port);
    this.links.set(name, link);
    return link;
  }

  private namesOf(app: AppName): string[] {
    return [...this.members.values()].filter((member) => member.app === app).map(({ name }) => name);
  }

  private add(identity: Pick<Member, 'name' | 'app' | 'adminPort'>, ports: Ports, settings: NodeJS.ProcessEnv): void {
    const env = appEnvironment(ports, this.dataDir, settings);
    this.members.set(identity.name, { ...identity, env, process: null, ended: new WeakSet() });
  }

  private member(name: string): Member {
    const member = this.members.get(name);
    if (member === undefined) throw new Error(`there is no process ${name}`);
    return member;
  }

  private signal(name: string, signal: 'SIGSTOP' | 'SIGCONT'): void {
    const running = this.member(name).process;
    if (running?.running === true) process.kill(running.pid, signal);
  }
}
