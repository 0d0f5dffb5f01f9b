import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Ending } from '../e2e/apps.ts';
import { userOf, type Image } from './image.ts';

/**
 * A program of a simulated image (image.ts) as a container would run it: in its working directory, with its variables and nothing of ours, as its user
 * where the tests run as root. It sees the whole machine; it is told no path outside of the image. For image.e2e.ts.
 */
const PRINTED_CHARS_MAX = 100_000;

export interface ContainerOptions {
  /** On top of the image's. */
  readonly env?: Readonly<Record<string, string>>;
}

export class Container {
  readonly ended: Promise<Ending>;
  printed = '';
  private readonly child: ChildProcess;
  private readonly image: Image;
  private readonly options: ContainerOptions;

  constructor(image: Image, options: ContainerOptions = {}) {
    this.image = image;
    this.options = options;
    this.child = spawn(...spawning(image, image.command, options));
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.printed = (this.printed + text).slice(-PRINTED_CHARS_MAX);
      });
    }
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code, signal) => resolve({ code, signal }));
    });
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** The exit code of its health check. */
  health(): number | null {
    return execute(this.image, this.image.healthcheck, this.options).status;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }
}

/** Another program of the image, to its end. */
export function execute(image: Image, command: readonly string[], options: ContainerOptions = {}) {
  return spawnSync(...spawning(image, command, options));
}

function spawning(image: Image, [program, ...args]: readonly string[], { env = {} }: ContainerOptions) {
  const [uid, gid] = userOf(image.user);
  const path = program === 'node' ? join(image.root, 'usr/local/bin/node') : program!;
  const options = {
    cwd: join(image.root, image.workdir),
    env: { ...image.env, ...env },
    encoding: 'utf8' as const,
    stdio: ['ignore', 'pipe', 'pipe'] satisfies ['ignore', 'pipe', 'pipe'],
    ...(process.getuid?.() === 0 && { uid, gid }),
  };
  return [path, args, options] as const satisfies readonly [string, string[], object];
}
