import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { parse } from 'yaml';
import { SOCKETS_MAX } from '@waymark/base';
import { loadConfig, STOP_MARGIN_MS } from '@waymark/platform';
import { build as k8sObjects } from '../k8s/kustomize.ts';
import { ROOT } from '../monitoring/rule-files.ts';
import { RedisServer } from '../needs/redis-server.ts';
import { readCompose, readDockerfile, READER_BUILD_MS, type ComposeProject, type ComposeService } from './read.ts';

/** The compose files as compose-go reads them, held against settings, images, k8s/ and ops/: none of them can change alone. */
const FILES = ['docker-compose.yml', 'docker-compose.single.yml'] as const;
const OURS = ['command', 'gateway'] as const;
const MIB = 1024 * 1024;

const folder = mkdtempSync(join(tmpdir(), 'waymark-compose-'));
const secrets = join(folder, 'secrets');
const projects = {} as Record<(typeof FILES)[number], ComposeProject>;
let stages: ReturnType<typeof readDockerfile>['stages'];

beforeAll(() => {
  ({ stages } = readDockerfile());
  for (const file of FILES) projects[file] = readCompose(join(ROOT, file), 'load');
  const made = spawnSync(
    process.execPath,
    ['--conditions=waymark-source', 'tools/containers/make-secrets.ts', secrets],
    { cwd: ROOT, encoding: 'utf8' },
  );
  expect(made).toMatchObject({ status: 0, stderr: '' });
}, READER_BUILD_MS);

afterAll(() => rmSync(folder, { recursive: true }));

const full = (): ComposeProject => projects['docker-compose.yml'];
const servicesOf = (file: (typeof FILES)[number]): [string, ComposeService][] =>
  Object.entries(projects[file].services);
/** Those that stay. */
const serversOf = (file: (typeof FILES)[number]): [string, ComposeService][] =>
  servicesOf(file).filter(([name]) => name !== 'secrets' && name !== 'loadtest');

/** What the image says and the service does not say otherwise. */
function imageOf(service: ComposeService) {
  const target = service.build?.target ?? '';
  const own = stages.find(({ name }) => name === target)!;
  const base = stages.find(({ name }) => name === own.base)!;
  const instructions = [...base.instructions, ...own.instructions];
  return {
    env: Object.assign({}, ...instructions.map(({ name, settings }) => (name === 'ENV' ? settings : {}))),
    ports: instructions.flatMap(({ args, name }) => (name === 'EXPOSE' ? args! : [])),
    hasHealthcheck: instructions.some(({ name }) => name === 'HEALTHCHECK'),
  };
}

/** Where a path of a container is in the folder of the secrets that were made for this test; null: in no volume of them. */
function secretAt(service: ComposeService, path: string): string | null {
  const mount = service.volumes?.find(({ source, target }) => source === 'secrets' && path.startsWith(target));
  return mount === undefined ? null : join(secrets, mount.volume?.subpath ?? '', path.slice(mount.target.length));
}

describe('docker compose config', () => {
  it('takes the files, with the load test in its profile alone', () => {
    expect(Object.keys(readCompose(join(ROOT, 'docker-compose.yml')).services).sort()).toEqual(
      ['command', 'eventstoredb', 'gateway', 'grafana', 'prometheus', 'redis', 'secrets'].sort(),
    );
    expect(Object.keys(full().services)).toContain('loadtest');
    expect(Object.keys(projects['docker-compose.single.yml'].services)).toEqual(['command', 'gateway']);
  });

  it.each([
    ['a field that nobody knows', 'mem_limit: 2g', 'memory_limit: 2g', /memory_limit/],
    ['a service that is not there', '      redis: { condition', '      rediss: { condition', /rediss/],
    ['a network that is not there', 'networks: [backends]', 'networks: [backend]', /backend/],
    ['a volume that is not there', 'source: grafana,', 'source: graphana,', /graphana/],
    ['a condition that is none', 'service_completed_successfully', 'service_completed', /condition/],
  ])('refuses %s', (_, from, to, said) => {
    const text = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
    expect(text).toContain(from);
    const path = join(folder, 'docker-compose.yml');
    writeFileSync(path, text.replace(from, to));
    expect(() => readCompose(path, 'load')).toThrow(said);
  });
});

describe.each(FILES)('%s', (file) => {
  it('has images by version, ours by that of package.json, each built by one service', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    for (const [, { build, image }] of servicesOf(file)) {
      expect(image).toMatch(/^[\w/-]+:v?\d+\.\d+/);
      if (image.startsWith('waymark')) expect(image.split(':')[1]).toBe(version);
      if (build !== undefined) expect(stages.map(({ name }) => name)).toContain(build.target);
    }
    const built = servicesOf(file).flatMap(([, { build, image }]) => (build === undefined ? [] : [image]));
    expect(new Set(built).size).toBe(built.length);
  });

  it('gates every start by health: each server has a check, and nobody waits for a mere start', () => {
    for (const [, service] of serversOf(file)) {
      const own = service['healthcheck'];
      if (own === undefined) expect(imageOf(service).hasHealthcheck).toBe(true);
      else expect(own.test.length).toBeGreaterThan(1);
    }
    const conditions = servicesOf(file).flatMap(([, { depends_on: needed = {} }]) => Object.entries(needed));
    for (const [name, { condition }] of conditions) {
      expect(condition).toBe(name === 'secrets' ? 'service_completed_successfully' : 'service_healthy');
    }
    expect(projects[file].services['gateway']!.depends_on).toHaveProperty('command');
  });

  it('lets nobody in from outside this machine unless told, and to no admin port or backend', () => {
    const ports = servicesOf(file).flatMap(([, service]) => service['ports'] ?? []);
    expect(ports.every(({ host_ip: address }) => address === '127.0.0.1')).toBe(true);
    expect(new Set(ports.map(({ published }) => published)).size).toBe(ports.length);
    const targets = servicesOf(file).flatMap(([name, service]) =>
      (service['ports'] ?? []).map(({ target }: { target: number }) => `${name}:${target}`),
    );
    const always = ['command:3000', 'gateway:3001'];
    expect(targets.sort()).toEqual(
      (file === 'docker-compose.yml' ? [...always, 'prometheus:9090', 'grafana:3000'] : always).sort(),
    );
  });

  it('gives no container more than it needs: no capability, no new privilege, bounded memory and logs', () => {
    for (const [name, service] of servicesOf(file)) {
      expect(service).toMatchObject({ cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
      expect(Number(service['mem_limit'])).toBeGreaterThan(0);
      expect(service['logging'].options).toEqual({ 'max-size': '20m', 'max-file': '3' });
      expect(service['privileged'] ?? false).toBe(false);
      // EventStoreDB keeps files beside its data.
      if (name !== 'eventstoredb') expect(service['read_only']).toBe(true);
      expect(service['restart']).toBe(name === 'secrets' || name === 'loadtest' ? 'no' : 'unless-stopped');
    }
  });

  describe.each(OURS)('%s', (name) => {
    const service = (): ComposeService => projects[file].services[name]!;
    const config = () => {
      const env = { ...imageOf(service()).env, ...service().environment } as Record<string, string>;
      for (const [key, value] of Object.entries(env)) {
        const secret = secretAt(service(), value);
        if (secret !== null) env[key] = secret;
      }
      // Throws on a name that is none, a value that breaks its rule, and two that do not go together.
      return loadConfig(env, name);
    };

    it('is told settings that hold', () => {
      const { commandUrl, eventStore, host, keysDir, redisUrl } = config();
      expect({ commandUrl, host }).toEqual({ commandUrl: 'http://command:3000', host: '0.0.0.0' });
      const isFull = file === 'docker-compose.yml';
      expect(eventStore).toBe(isFull ? 'eventstoredb' : 'sqlite');
      expect(redisUrl).toMatch(isFull ? /^redis:\/\/:[\w-]{32}@redis:6379$/ : /^$/);
      if (isFull) expect(existsSync(join(keysDir, 'author.jwk'))).toBe(true);
    });

    it('publishes the port that it listens on, and its admin port is one of the image', () => {
      const { commandAdminPort, commandPort, gatewayAdminPort, gatewayPort } = config();
      const [port, admin] = name === 'command' ? [commandPort, commandAdminPort] : [gatewayPort, gatewayAdminPort];
      expect(service()['ports'].map(({ target }: { target: number }) => target)).toEqual([port]);
      expect(imageOf(service()).ports).toEqual([`${port}`, `${admin}`]);
    });

    it('has time to drain, the memory of k8s/, files for all sockets, and writes only to memory and its own data', () => {
      const grace = /^(\d+)s$/.exec(service()['stop_grace_period'])!;
      expect(Number(grace[1])).toBeGreaterThanOrEqual((config().drainMs + STOP_MARGIN_MS) / 1000 + 5);
      const pods = k8sObjects('production').flatMap(({ spec }) => spec?.template?.spec?.containers ?? []);
      const { limits } = pods.find((one) => one.name === name)!.resources;
      expect(`${Number(service()['mem_limit']) / MIB}Mi`).toBe(limits.memory);
      expect(service()['ulimits'].nofile).toBeGreaterThan(SOCKETS_MAX);
      const { dataDir } = config();
      const writable = (service().volumes ?? []).filter(({ read_only: isFixed }) => isFixed !== true);
      const places = [
        ...service()['tmpfs'].map((one: string) => one.split(':')[0]),
        ...writable.map((one) => one.target),
      ];
      expect(places.sort()).toEqual(['/tmp', dataDir]);
    });
  });
});

describe('docker-compose.yml', () => {
  it('has the backends of k8s/examples, in the same versions', () => {
    const images = k8sObjects('examples').flatMap(({ spec }) => spec?.template?.spec?.containers ?? []);
    for (const name of ['eventstoredb', 'redis']) {
      expect(full().services[name]!.image).toBe(images.find((one) => one.name === name)!.image);
    }
  });

  it('shows the backends to the two apps alone', () => {
    expect(full().networks['backends']).toMatchObject({ internal: true });
    const inside = servicesOf('docker-compose.yml').filter(([, one]) => 'backends' in (one['networks'] ?? {}));
    expect(inside.map(([name]) => name).sort()).toEqual(['command', 'eventstoredb', 'gateway', 'redis']);
    for (const name of ['eventstoredb', 'redis']) {
      expect(Object.keys(full().services[name]!['networks'])).toEqual(['backends']);
    }
  });

  it('has no password in it: what is secret is made into a volume, of which each sees its own folder and cannot write it', () => {
    for (const [name, service] of servicesOf('docker-compose.yml')) {
      for (const [key, value] of Object.entries(service.environment ?? {})) {
        if (/PASSWORD|SECRET|TOKEN|KEY/.test(key)) expect(key).toMatch(/_FILE$|_DIR$/);
        if (/_FILE$|^WAYMARK_KEYS_DIR$/.test(key)) expect(existsSync(secretAt(service, value!)!)).toBe(true);
      }
      for (const mount of (service.volumes ?? []).filter(({ source }) => source === 'secrets')) {
        if (name === 'secrets') continue;
        expect(mount.read_only).toBe(true);
        expect(existsSync(join(secrets, mount.volume!.subpath!))).toBe(true);
      }
    }
    expect(full().services['secrets']!['command'].slice(0, 2)).toEqual(['node', 'tools/containers/make-secrets.ts']);
    expect(full().services['secrets']!['network_mode']).toBe('none');
  });

  it('starts a Redis that takes the password of the apps and no other, keeps what it has and drops nothing', async () => {
    const { command, user } = full().services['redis']!;
    const [program, conf, ...flags] = command as string[];
    expect(program).toBe('redis-server');
    expect(user).toBe('999:1000');
    const dataAt = flags.indexOf('--dir');
    expect(flags[dataAt + 1]).toBe('/data');
    const config = secretAt(full().services['redis']!, conf!)!;
    const server = await RedisServer.start(['--include', config, ...flags.toSpliced(dataAt, 2)]);
    const { password } = new URL(readFileSync(join(secrets, 'apps/redis-url'), 'utf8').trim());
    const apps = new Redis({ port: server.port, host: '127.0.0.1', password });
    const stranger = new Redis({ port: server.port, host: '127.0.0.1', enableReadyCheck: false });
    stranger.on('error', () => undefined);
    try {
      expect(await apps.ping()).toBe('PONG');
      await expect(stranger.ping()).rejects.toThrow('NOAUTH');
      expect(await apps.config('GET', 'appendonly')).toEqual(['appendonly', 'yes']);
      expect(await apps.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    } finally {
      await Promise.all([apps.quit(), stranger.quit()]);
      await server.close();
    }
  });

  it('gives Prometheus and Grafana what is in ops/, at the places and under the names that they look for', () => {
    const { grafana, prometheus } = full().services as Record<string, ComposeService>;
    const bound = (service: ComposeService, path: string): string => {
      const mount = service.volumes!.find(({ target, type }) => type === 'bind' && path.startsWith(target))!;
      return join(mount.source!, path.slice(mount.target.length));
    };
    const flag = (prometheus!['command'] as string[]).find((one) => one.startsWith('--config.file='))!;
    const scrape = parse(readFileSync(bound(prometheus!, flag.split('=')[1]!), 'utf8'));
    expect(existsSync(bound(prometheus!, '/etc/prometheus/rules/slo.yml'))).toBe(true);
    for (const { static_configs: targets } of scrape.scrape_configs) {
      const [name, port] = targets[0].targets[0].split(':');
      expect(imageOf(full().services[name]!).ports).toContain(port);
      expect(full().services[name]!['networks']).toHaveProperty('monitoring');
    }
    const source = parse(readFileSync(bound(grafana!, '/etc/grafana/provisioning/datasources/prometheus.yml'), 'utf8'))
      .datasources[0];
    expect(full().services).toHaveProperty(new URL(source.url).hostname);
    expect(grafana!['networks']).toHaveProperty('monitoring');
    expect(prometheus!['networks']).toHaveProperty('monitoring');
    const provider = parse(readFileSync(bound(grafana!, '/etc/grafana/provisioning/dashboards/waymark.yml'), 'utf8'))
      .providers[0];
    expect(existsSync(join(bound(grafana!, provider.options.path), 'waymark.json'))).toBe(true);
  });

  it('puts the load where players are, with a token of the keys that the apps have', () => {
    const { loadtest } = full().services as Record<string, ComposeService>;
    expect(loadtest).toMatchObject({
      profiles: ['load'],
      network_mode: 'service:gateway',
      command: ['--scenario', 'sla'],
    });
    const [shell, script] = loadtest!['entrypoint'] as string[];
    expect(shell).toBe('/bin/sh');
    const text = readFileSync(join(ROOT, script!), 'utf8');
    expect(spawnSync('/bin/sh', ['-n', join(ROOT, script!)]).status).toBe(0);
    expect(text).toContain(`--target ${full().services['gateway']!.environment!['WAYMARK_COMMAND_URL']} `);
    for (const path of ['/keys', '/report', '/tmp']) {
      expect(text).toContain(` ${path}`);
      const mounts = [...loadtest!.volumes!.map(({ target }) => target), ...loadtest!['tmpfs']];
      expect(mounts.some((mount) => mount.split(':')[0] === path)).toBe(true);
    }
  });
});
