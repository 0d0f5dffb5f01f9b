import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { AppProcess, appEnvironment, freePorts, untilReady, type Apps, type Ports } from './apps.ts';

/** One more gateway beside those of Apps, on the same data directory; and a proxy, as a load balancer stands in front of several. */
export class SecondGateway {
  readonly url: string;
  private readonly processes: AppProcess[] = [];

  private constructor(
    readonly ports: Ports,
    private readonly dataDir: string,
    private readonly settings: NodeJS.ProcessEnv,
  ) {
    this.url = `ws://127.0.0.1:${ports.gateway}`;
  }

  static async start(apps: Apps, settings: NodeJS.ProcessEnv = {}): Promise<SecondGateway> {
    const { command, commandAdmin } = apps.ports;
    const second = new SecondGateway({ ...(await freePorts()), command, commandAdmin }, apps.dataDir, settings);
    await second.start();
    return second;
  }

  get process(): AppProcess {
    return this.processes.at(-1)!;
  }

  async start(): Promise<void> {
    const app = new AppProcess('gateway', appEnvironment(this.ports, this.dataDir, this.settings));
    this.processes.push(app);
    await untilReady('gateway', this.ports.gatewayAdmin, () => app.running).catch((error: Error) => {
      throw new Error(`${error.message}\n${app.stderr}${app.stdout}`);
    });
  }

  errors(): string[] {
    return this.processes.flatMap((app) => app.errors());
  }

  async dispose(): Promise<void> {
    await Promise.all(this.processes.filter(({ running }) => running).map((app) => app.stop()));
  }
}

/** Hands each connection to the first of its ports that takes it. */
export class Proxy {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  private constructor(ports: readonly number[]) {
    this.server = createServer((socket) => this.carry(socket, ports));
  }

  static async start(ports: readonly number[]): Promise<Proxy> {
    const proxy = new Proxy(ports);
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private carry(socket: Socket, [port, ...rest]: readonly number[]): void {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy()).once('close', () => this.sockets.delete(socket));
    if (port === undefined) return void socket.destroy();
    const behind = connect(port, '127.0.0.1');
    let isThrough = false;
    behind.once('connect', () => {
      isThrough = true;
      socket.pipe(behind).pipe(socket);
    });
    behind.on('error', () => {
      if (isThrough) socket.destroy();
      else this.carry(socket, rest);
    });
    behind.once('close', () => {
      if (isThrough) socket.destroy();
    });
  }
}
