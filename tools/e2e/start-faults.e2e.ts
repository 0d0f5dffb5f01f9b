import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppProcess, appEnvironment, Apps, buildApps, freePorts, type AppName, type Ports } from './apps.ts';

/**
 * A start that cannot succeed: one clear sentence for people on standard error, exit code 1, nothing left behind. Each app alone;
 * `npm start`, which starts both, has its own tests.
 */
const APPS: readonly AppName[] = ['command', 'gateway'];
/** A start that fails does so at once: long before the time that a gateway gives the command app. */
const FAULT_DEADLINE_MS = 25_000;

describe('a start that cannot succeed', () => {
  let dataDir: string;
  let ports: Ports;

  beforeAll(() => buildApps(), 60_000);
  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'waymark-e2e-'));
    ports = await freePorts();
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  /** What the app said on standard error, after it has ended by itself with exit code 1. */
  async function faultOf(name: AppName, env: NodeJS.ProcessEnv): Promise<string> {
    const app = new AppProcess(name, env);
    const late = setTimeout(() => void app.kill(), FAULT_DEADLINE_MS);
    const ending = await app.ended;
    clearTimeout(late);
    expect({ ...ending, stderr: app.stderr }).toEqual({ code: 1, signal: null, stderr: app.stderr });
    expect(() => process.kill(app.pid, 0)).toThrow('ESRCH');
    expect(app.stderr).not.toMatch(/^\s+at |node:|\.js/m);
    return app.stderr;
  }

  async function withTakenPort<T>(run: (port: number) => Promise<T>): Promise<T> {
    // What servers without TLS answer to one who begins with it.
    const other = createServer((socket) =>
      socket
        .on('error', () => {})
        .resume()
        .end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    );
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    try {
      return await run((other.address() as AddressInfo).port);
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  }

  describe.each(APPS)('of the %s app', (name) => {
    it('tells all wrong and unknown settings in one message', async () => {
      const settings = { WAYMARK_TICK_MS: 'abc', WAYMARK_TICKS: '1', WAYMARK_HOTS: '127.0.0.1' };
      const said = await faultOf(name, appEnvironment(ports, join(dataDir, 'data'), settings));
      const lines = said.trim().split('\n');
      expect(lines).toHaveLength(4);
      expect(lines[0]).toBe('Waymark cannot start with these settings:');
      expect(said).toContain('WAYMARK_TICK_MS="abc": must be ');
      expect(said).toContain('WAYMARK_TICKS="1": there is no such setting; the nearest is WAYMARK_TICK_MS');
      expect(said).toContain('WAYMARK_HOTS="127.0.0.1": there is no such setting; the nearest is WAYMARK_HOST');
      expect(readdirSync(dataDir)).toEqual([]);
    });

    it('tells that the data directory is a file', async () => {
      const file = join(dataDir, 'data');
      writeFileSync(file, 'somebody’s notes');
      const said = await faultOf(name, appEnvironment(ports, file));
      expect(said.trim().split('\n')).toHaveLength(1);
      expect(said).toMatch(/^Waymark cannot start: /);
      expect(said).toContain(file);
      expect(readFileSync(file, 'utf8')).toBe('somebody’s notes');
      expect(readdirSync(dataDir)).toEqual(['data']);
    });
  });

  it.each(APPS)('of the %s app tells what is wrong with EVENTSTOREDB_URL, and no password', async (name) => {
    const settings = { WAYMARK_EVENT_STORE: 'eventstoredb', EVENTSTOREDB_URL: 'esdb://admin:hush@db?colour=red' };
    // The gateway waits for the keys, which the command app makes.
    if (name === 'gateway') await faultOf('command', appEnvironment(ports, dataDir, settings));
    const said = await faultOf(name, appEnvironment(ports, dataDir, settings));
    expect(said).toMatch(/^Waymark cannot start: EVENTSTOREDB_URL has an option colour; the options are tls, .*\n$/);
    expect(said).not.toContain('hush');
  });

  it('of the command app tells that a server does not speak TLS, at once', () =>
    withTakenPort(async (port) => {
      const url = `esdb://admin:hush@localhost:${port}`;
      const settings = { WAYMARK_EVENT_STORE: 'eventstoredb', EVENTSTOREDB_URL: url };
      const said = await faultOf('command', appEnvironment(ports, dataDir, settings));
      expect(said).toMatch(/^Waymark cannot start: EventStoreDB cannot be talked to: .* does not speak TLS; .*\n$/);
    }));

  it.each(['command', 'commandAdmin'] as const)('of the command app tells that its port is taken (%s)', (which) =>
    withTakenPort(async (port) => {
      const said = await faultOf('command', appEnvironment({ ...ports, [which]: port }, dataDir));
      expect(said).toBe(`Waymark cannot start: 127.0.0.1 port ${port} is taken by another program\n`);
    }),
  );

  describe('beside a running deployment', () => {
    let apps: Apps;
    beforeAll(async () => {
      apps = await Apps.start();
    }, 60_000);
    afterAll(() => apps.dispose());

    it.each(['gateway', 'gatewayAdmin'] as const)('of a gateway tells that its port is taken (%s)', (which) =>
      withTakenPort(async (port) => {
        const said = await faultOf('gateway', appEnvironment({ ...ports, [which]: port }, apps.dataDir));
        expect(said).toBe(`Waymark cannot start: 127.0.0.1 port ${port} is taken by another program\n`);
      }),
    );

    it('of a second command app tells that the event store is in use, and the first goes on', async () => {
      const tokenBefore = apps.token;
      const said = await faultOf('command', appEnvironment(ports, apps.dataDir));
      expect(said.trim().split('\n')).toHaveLength(1);
      expect(said).toMatch(/^Waymark cannot start: .*events\.db is already open for writing/);
      expect(apps.token).toBe(tokenBefore);
      expect(existsSync(join(apps.dataDir, 'bell.sock'))).toBe(true);
      expect((await fetch(`${apps.commandUrl}/health/ready`)).status).toBe(200);
      expect(apps.errors()).toEqual([]);
    });
  });
});
