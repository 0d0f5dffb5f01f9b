import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from './free-port.ts';
import { needRedis } from './redis.ts';

/**
 * A real redis-server for one test: its own port and directory, AOF with every write on disk, so that kill -9 loses nothing unless the
 * test asks for it. It keeps its port and data over restarts. `close` leaves nothing behind.
 */
export class RedisServer {
  readonly port: number;
  private readonly dir = mkdtempSync(join(tmpdir(), 'waymark-redis-'));
  private readonly args: readonly string[];
  private process: ChildProcess | undefined;
  private adminClient: Redis | undefined;

  private constructor(port: number, args: readonly string[]) {
    this.port = port;
    this.args = args;
  }

  static async start(args: readonly string[] = []): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), args);
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** For whoever looks into Redis or breaks it by hand. */
  get admin(): Redis {
    this.adminClient ??= new Redis({ port: this.port, host: '127.0.0.1', retryStrategy: () => 50 }).on(
      'error',
      () => {},
    );
    return this.adminClient;
  }

  async start(args: readonly string[] = []): Promise<void> {
    const always = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--dir', this.dir, '--save', ''];
    const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--daemonize', 'no'];
    const child = spawn(needRedis(), [...always, ...durable, ...this.args, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process = child;
    await new Promise<void>((resolve, reject) => {
      let printed = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
        if (printed.includes('Ready to accept connections')) resolve();
      });
      child.once('exit', () => reject(new Error(`redis-server ended:\n${printed}`)));
      child.once('error', reject);
    });
    child.stdout.removeAllListeners('data').resume();
    child.stderr.resume();
  }

  async kill(): Promise<void> {
    const child = this.process;
    if (child === undefined) return;
    this.process = undefined;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  pause(): void {
    this.process?.kill('SIGSTOP');
  }

  resume(): void {
    this.process?.kill('SIGCONT');
  }

  /** Throws away what Redis has on disk; for a server that is down. */
  loseData(): void {
    rmSync(join(this.dir, 'appendonlydir'), { recursive: true, force: true });
  }

  async close(): Promise<void> {
    this.adminClient?.disconnect();
    await this.kill();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
