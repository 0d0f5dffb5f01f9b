import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataDirPaths, loadConfig } from '@waymark/platform';
import { banner } from './banner.ts';
import { Child } from './child.ts';
import { LogFile } from './log-file.ts';
import { PortError, settlePorts } from './ports.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'waymark-parts-'));
});

afterEach(() => rm(dir, { recursive: true }));

describe('LogFile', () => {
  it('keeps at most two files of its size', async () => {
    const path = join(dir, 'x.log');
    const log = new LogFile(path, 20);
    for (let line = 1; line <= 5; line++) log.write(`line ${line} of 5`);
    log.close();
    expect(await readFile(path, 'utf8')).toBe('line 5 of 5\n');
    expect(await readFile(`${path}.1`, 'utf8')).toBe('line 3 of 5\nline 4 of 5\n');
  });

  it('goes on where an earlier one ended', async () => {
    const path = join(dir, 'x.log');
    for (const line of ['a', 'b']) {
      const log = new LogFile(path);
      log.write(line);
      log.close();
    }
    expect(await readFile(path, 'utf8')).toBe('a\nb\n');
  });
});

describe('settlePorts', () => {
  it('finds free ports for zeros, and keeps the others', async () => {
    const [a, b] = [await freePort(), await freePort()];
    const env = {
      WAYMARK_COMMAND_PORT: '0',
      WAYMARK_GATEWAY_PORT: '0',
      WAYMARK_COMMAND_ADMIN_PORT: `${a}`,
      WAYMARK_GATEWAY_ADMIN_PORT: `${b}`,
    };
    const ports = await settlePorts(loadConfig(env, 'start'));
    expect(ports).toMatchObject({ commandAdminPort: a, gatewayAdminPort: b });
    expect(ports.commandPort).toBeGreaterThan(0);
    expect(new Set(Object.values(ports)).size).toBe(4);
  });

  it('names every port that is taken', async () => {
    const servers = [createServer(), createServer()];
    for (const server of servers) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const [a, b] = servers.map((server) => (server.address() as AddressInfo).port);
    const config = loadConfig(
      {
        WAYMARK_COMMAND_PORT: `${a}`,
        WAYMARK_GATEWAY_PORT: `${b}`,
        WAYMARK_COMMAND_ADMIN_PORT: '0',
        WAYMARK_GATEWAY_ADMIN_PORT: '0',
      },
      'start',
    );
    const attempt = settlePorts(config);
    await expect(attempt).rejects.toThrow(PortError);
    await expect(attempt).rejects.toThrow(
      new RegExp(`Port ${a} .* WAYMARK_COMMAND_PORT .*\nPort ${b} .* WAYMARK_GATEWAY_PORT `),
    );
    for (const server of servers) server.close();
  });

  it('says once that the machine does not have the address', async () => {
    const attempt = settlePorts(loadConfig({ WAYMARK_HOST: '192.0.2.1' }, 'start'));
    await expect(attempt).rejects.toThrow(
      /^This machine has no address 192\.0\.2\.1: set WAYMARK_HOST to one that it has\.$/,
    );
  });
});

describe('Child', () => {
  it('shows warnings and errors, bounded, and writes all of it to the log', async () => {
    const shown: string[] = [];
    const info = JSON.stringify({ level: 30, time: 0, name: 'x', msg: 'quiet' });
    const warn = JSON.stringify({ level: 40, time: 0, name: 'x', msg: 'loud' });
    const script = `process.send('up', () => setTimeout(() => { console.log(${JSON.stringify(info)}); for (let n = 0; n < 500; n++) console.log(${JSON.stringify(warn)}); process.disconnect(); }, 200));`;
    const path = join(dir, 'child.log');
    const log = new LogFile(path);
    const program = { name: 'demo', title: 'child', args: ['-e', script], stopMs: 1_000 } as const;
    const child: Child = new Child({
      program,
      root,
      env: process.env,
      log,
      show: (line) => shown.push(line),
      onMessage: () => child.markStarted(),
    });
    await child.ended;
    log.close();
    expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(502);
    expect(shown.length).toBeLessThan(100);
    expect(shown[0]).toContain('loud');
    expect(shown.some((line) => line.includes('quiet'))).toBe(false);
    expect(shown).toContain(`... and more in ${path}`);
  });

  it('is killed when it does not stop in time, and says whether it had to be', async () => {
    for (const [script, clean] of [
      ['process.send(1); setInterval(() => 0, 1000)', true],
      ['process.on("SIGTERM", () => 0); process.send(1); setInterval(() => 0, 1000)', false],
    ] as const) {
      const log = new LogFile(join(dir, 'child.log'));
      const program = { name: 'demo', title: 'child', args: ['-e', script], stopMs: 400 } as const;
      let child: Child | undefined;
      await new Promise<void>((resolve) => {
        child = new Child({ program, root, env: process.env, log, show: () => undefined, onMessage: () => resolve() });
      });
      expect(await child!.stop()).toBe(clean);
      expect(child!.running).toBe(false);
      log.close();
    }
  });
});

describe('the banner', () => {
  it('has lines that can be pasted, whatever the paths and ports are', () => {
    const config = loadConfig({ WAYMARK_GATEWAY_PORT: '4001', WAYMARK_DATA_DIR: "/srv/it's here" }, 'start');
    const ports = { commandPort: 3000, gatewayPort: 4001, commandAdminPort: 1, gatewayAdminPort: 2 };
    const text = banner({ config, ports, dataDir: dataDirPaths(config.dataDir), gameId: 'g1', secondsToStart: 1.23 });
    expect(text).toContain(`$(cat '/srv/it'\\''s here/dev-token')`);
    expect(text).toContain('npm run watch -- --gateway http://127.0.0.1:4001 g1\n');
    expect(text).toContain('up after 1.2 s');
  });

  it('needs no address for the default one', () => {
    const config = loadConfig({}, 'start');
    const ports = { commandPort: 3000, gatewayPort: 3001, commandAdminPort: 9464, gatewayAdminPort: 9465 };
    const facts = { config, ports, dataDir: dataDirPaths(config.dataDir), secondsToStart: 1 };
    expect(banner({ ...facts, gameId: undefined })).toContain('    npm run watch\n');
    expect(banner({ ...facts, gameId: 'g1' })).toContain('    npm run watch -- g1\n');
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
