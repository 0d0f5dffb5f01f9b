import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The EventStoreDB test server as a process, on a port of its own that outlives it: killed and started again, it has the same log. */
const MAIN = fileURLToPath(new URL('../../libs/testing/src/eventstoredb-server/main.ts', import.meta.url));

export class EventStoreDbProcess {
  port = 0;
  private readonly file: string;
  private child: ChildProcess | undefined;

  constructor(directory: string) {
    this.file = join(directory, 'eventstoredb.log');
  }

  get url(): string {
    return `esdb://127.0.0.1:${this.port}?tls=false`;
  }

  async start(): Promise<void> {
    const args = [
      '--conditions=waymark-source',
      '--disable-warning=ExperimentalWarning',
      MAIN,
      this.file,
      `${this.port}`,
    ];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.child = child;
    let said = '';
    this.port = await new Promise<number>((resolve, reject) => {
      const hear = (text: string): void => {
        said += text;
        const [, port] = /^ready (\d+)$/m.exec(said) ?? [];
        if (port !== undefined) resolve(Number(port));
      };
      child.stdout.setEncoding('utf8').on('data', hear);
      child.stderr.setEncoding('utf8').on('data', hear);
      child.once('exit', () => reject(new Error(`the EventStoreDB test server ended: ${said}`)));
    });
  }

  pause(): void {
    this.child?.kill('SIGSTOP');
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }

  /** kill -9. */
  async kill(): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }
}
