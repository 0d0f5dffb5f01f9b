import { spawnSync } from 'node:child_process';
import { chownSync, cpSync, existsSync, lstatSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { ROOT } from '../monitoring/rule-files.ts';
import { readContext, readDockerfile, type Dockerfile, type Instruction, type Stage } from './read.ts';

/**
 * Does in a folder what a build of the Dockerfile would do, without Docker: its COPY lines over what .dockerignore lets in, its RUN lines on this
 * machine, ENV, USER, HEALTHCHECK and CMD as they stand there. Base images are empty: what an image gets from them is what this machine has.
 *
 * Two things are not done again, because they are here already, made from the same lockfiles: a whole `npm ci`, with what only development needs, of
 * which each package is linked, and k6.
 */
export interface Image {
  /** The root of its file system. */
  readonly root: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  /** ENTRYPOINT and CMD together. */
  readonly command: readonly string[];
  /** Without the CMD before it. */
  readonly healthcheck: readonly string[];
}

const RUN_MS = 120_000;
const WHOLE_INSTALL = 'npm ci';
const K6_BUILD = /\bgo build -trimpath -o (\S+) go\.k6\.io\/k6\/v2$/;

export interface Prebuilt {
  /** The path of a k6 that was built from loadtest/go.mod. */
  readonly k6: string;
}

export class ImageBuild {
  readonly dockerfile: Dockerfile = readDockerfile();
  private readonly context = readContext();
  private readonly folder: string;
  private readonly built = new Map<string, Image>();

  private readonly prebuilt: Prebuilt;

  constructor(folder: string, prebuilt: Prebuilt) {
    this.prebuilt = prebuilt;
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** Of a stage, with those that it stands on or copies from. */
  image(name: string): Image {
    const known = this.built.get(name);
    if (known !== undefined) return known;
    const stage = this.dockerfile.stages.find((one) => one.name === name);
    if (stage === undefined) throw new Error(`the Dockerfile has no stage ${name}`);
    const made = this.build(stage);
    this.built.set(name, made);
    return made;
  }

  private build(stage: Stage): Image {
    const root = join(this.folder, stage.name);
    mkdirSync(root);
    let image: Image = { root, workdir: '/', env: {}, user: '', command: [], healthcheck: [] };
    if (this.dockerfile.stages.some(({ name }) => name === stage.base)) {
      const base = this.image(stage.base);
      // With owners, which cpSync leaves behind.
      const { stderr, status } = spawnSync('cp', ['-a', `${base.root}/.`, root], { encoding: 'utf8' });
      if (status !== 0) throw new Error(`${stage.base} could not be copied: ${stderr}`);
      image = { ...base, root };
    }
    let [entrypoint, command]: (readonly string[])[] = [[], image.command];
    for (const line of stage.instructions) {
      image = this.apply(line, image);
      if (line.name === 'ENTRYPOINT') [entrypoint, command] = [argsOf(line), []];
      if (line.name === 'CMD') command = argsOf(line);
    }
    return { ...image, command: [...entrypoint!, ...command!] };
  }

  private apply(line: Instruction, image: Image): Image {
    switch (line.name) {
      case 'WORKDIR':
        mkdirSync(join(image.root, line.target!), { recursive: true });
        return { ...image, workdir: posix.resolve(image.workdir, line.target!) };
      case 'ENV':
        return { ...image, env: { ...image.env, ...line.settings } };
      case 'USER':
        return { ...image, user: line.owner! };
      case 'HEALTHCHECK':
        if (line.args![0] !== 'CMD') throw new Error(`line ${line.line}: the health check goes through a shell`);
        return { ...image, healthcheck: line.args!.slice(1) };
      case 'COPY':
        this.copy(line, image);
        return image;
      case 'RUN':
        this.run(line, image);
        return image;
      default:
        return image;
    }
  }

  private copy(line: Instruction, image: Image): void {
    const target = posix.resolve(image.workdir, line.target!);
    const isFolder = line.target!.endsWith('/') || line.target === '.' || line.sources!.length > 1;
    for (const source of line.sources!) {
      const from = line.from ? join(this.image(line.from).root, source) : this.ofContext(source, line);
      if (!existsSync(from)) throw new Error(`line ${line.line}: there is no ${source}`);
      const into = join(image.root, target);
      // The contents of a folder are copied, a file under its name.
      const to = !statSync(from).isDirectory() && isFolder ? join(into, basename(source)) : into;
      mkdirSync(dirname(to), { recursive: true });
      cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
      // Whoever is not root owns it already.
      if (line.owner && process.getuid?.() === 0) chownSync(to, ...userOf(line.owner));
    }
  }

  private run(line: Instruction, image: Image): void {
    const [script = ''] = line.args!;
    const cwd = join(image.root, image.workdir);
    if (script === WHOLE_INSTALL) return linkPackages(join(cwd, 'node_modules'));
    const [, k6] = K6_BUILD.exec(script) ?? [];
    if (k6 !== undefined) return cpSync(this.prebuilt.k6, join(cwd, k6));
    const { status, stderr, stdout } = spawnSync('/bin/sh', ['-c', script], {
      cwd,
      encoding: 'utf8',
      env: { ...ofThisMachine(), ...image.env },
      timeout: RUN_MS,
    });
    if (status !== 0) throw new Error(`line ${line.line}: ${script}\n${stdout}${stderr}`);
  }

  /** The build context as a folder of its own, made when it is first asked for. */
  private ofContext(source: string, line: Instruction): string {
    const folder = join(this.folder, 'context');
    if (!existsSync(folder)) {
      for (const file of this.context) {
        mkdirSync(dirname(join(folder, file)), { recursive: true });
        cpSync(join(ROOT, file), join(folder, file), { preserveTimestamps: true });
      }
    }
    const from = join(folder, source);
    if (!existsSync(from)) throw new Error(`line ${line.line}: .dockerignore keeps ${source} out, or there is none`);
    return from;
  }
}

function argsOf(line: Instruction): readonly string[] {
  if (line.isShell === true)
    throw new Error(`line ${line.line}: a shell would get the signals: ${line.args!.join(' ')}`);
  return line.args!;
}

/** Our own packages are links to libs and apps beside them, as npm makes them; those of others link to where they are. */
function linkPackages(folder: string): void {
  mkdirSync(folder);
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    const there = join(ROOT, 'node_modules', name);
    if (name === '@waymark') cpSync(there, join(folder, name), { recursive: true, verbatimSymlinks: true });
    else symlinkSync(there, join(folder, name));
  }
}

/** Without what npm and jest tell their children, and without settings of whoever runs the tests. */
function ofThisMachine(): NodeJS.ProcessEnv {
  const isOfTheRun = /^npm_(?!config_)|^npm_config_local_prefix$|^NODE_OPTIONS$|^NODE_ENV$|^WAYMARK_/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOfTheRun.test(name)));
}

/** `1000:1000`, the only form that needs no list of users. */
export function userOf(user: string): [uid: number, gid: number] {
  const [, uid, gid] = /^(\d+):(\d+)$/.exec(user) ?? [];
  if (uid === undefined) throw new Error(`${user} is not of the form UID:GID`);
  return [Number(uid), Number(gid)];
}

/** Bytes of the files below, by `du`'s rule: a link is as long as its text. */
export function bytesOf(path: string): number {
  const entry = lstatSync(path);
  if (!entry.isDirectory()) return entry.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0);
}
