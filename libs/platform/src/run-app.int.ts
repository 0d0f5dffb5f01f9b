import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '@waymark/testing';

/** An app of its own process, from a few lines of text: what runApp promises shows only from outside. */
interface Run {
  readonly child: ChildProcess;
  readonly messages: unknown[];
  out: string;
  err: string;
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
}

const root = fileURLToPath(new URL('../../..', import.meta.url));
const runs: Run[] = [];
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'waymark-run-'));
});

afterAll(() => rm(dir, { recursive: true }));

afterEach(() => {
  for (const run of runs.splice(0)) run.child.kill('SIGKILL');
});

function runApp(body: string, env: Record<string, string> = {}, before = '', hasParent = true): Run {
  const program = `
    import { runApp, prepareDataDir } from '@waymark/platform';
    import { createServer } from 'node:net';
    ${before}
    await runApp('command', async ({ config, log, stopping }) => { ${body} });`;
  const child = spawn(process.execPath, ['--conditions=waymark-source', '--input-type=module', '-e', program], {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', WAYMARK_DATA_DIR: dir, ...env },
    stdio: ['ignore', 'pipe', 'pipe', ...(hasParent ? ['ipc' as const] : [])],
  });
  const run: Run = {
    child,
    messages: [],
    out: '',
    err: '',
    // Not the event 'close': it does not come after the parent has disconnected.
    ended: Promise.all([once(child, 'exit'), once(child.stdout!, 'close'), once(child.stderr!, 'close')]).then(
      ([[code, signal]]) => ({ code, signal }),
    ),
  };
  child.stdout!.on('data', (chunk) => (run.out += String(chunk)));
  child.stderr!.on('data', (chunk) => (run.err += String(chunk)));
  child.on('message', (message) => run.messages.push(message));
  runs.push(run);
  return run;
}

const STAYS = `
  const server = createServer().listen(0, '127.0.0.1');
  if (process.send) process.send('up');
  log.info('it is up');
  return { stop: async (reason) => { log.info({ reason }, 'told'); await new Promise((done) => setTimeout(done, 200)); server.close(); } };`;

const comesTo = (run: Run, condition: () => boolean): Promise<boolean> =>
  until(() => `it comes that far: ${run.out}${run.err}`, condition);

const up = (run: Run): Promise<boolean> => comesTo(run, () => run.messages.includes('up'));

describe('runApp', () => {
  it('ends with 0 and without a word when it is told to stop while it waits for something to start with', async () => {
    const run = runApp(
      `
      process.send('up');
      await sleep(60_000, undefined, { signal: stopping });`,
      {},
      `import { setTimeout as sleep } from 'node:timers/promises';`,
    );
    await up(run);
    run.child.kill('SIGTERM');
    expect(await run.ended).toEqual({ code: 0, signal: null });
    expect(run.err).toBe('');
  });

  it.each([
    ['SIGINT', false],
    ['SIGTERM', false],
    ['SIGTERM', true],
  ] as const)(
    'stops once on %s, however often it is sent, and ends with 0 (started with a channel: %s)',
    async (signal, hasParent) => {
      const run = runApp(STAYS, {}, '', hasParent);
      await comesTo(run, () => run.out.includes('it is up'));
      run.child.kill(signal);
      await comesTo(run, () => run.out.includes('"told"'));
      run.child.kill('SIGINT');
      run.child.kill('SIGTERM');
      expect(await run.ended).toEqual({ code: 0, signal: null });
      expect(run.out.match(/"told"/g)).toHaveLength(1);
    },
  );

  it("leaves a terminal's signals to the process that started it with a channel", async () => {
    const run = runApp(STAYS);
    await up(run);
    for (const signal of ['SIGINT', 'SIGHUP', 'SIGINT'] as const) {
      run.child.kill(signal);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(run.out).not.toContain('"told"');
    run.child.kill('SIGTERM');
    expect(await run.ended).toEqual({ code: 0, signal: null });
    expect(run.out).toContain('"reason":"SIGTERM","msg":"told"');
  });

  it('stops when the process that started it is gone', async () => {
    const run = runApp(STAYS);
    await up(run);
    run.child.disconnect();
    expect(await run.ended).toEqual({ code: 0, signal: null });
    expect(run.out).toContain('the process that started this one is gone');
  });

  it('stops when the process that started it goes while it is still starting', async () => {
    const run = runApp(
      `await new Promise((done) => setTimeout(done, 300)); ${STAYS.replace("process.send('up');", '')}`,
    );
    run.child.disconnect();
    expect(await run.ended).toEqual({ code: 0, signal: null });
    expect(run.out.match(/"told"/g)).toHaveLength(1);
  });

  it('stops when the process that started it had gone before it came to look', async () => {
    const run = runApp(
      STAYS.replace("process.send('up');", ''),
      {},
      'await new Promise((done) => setTimeout(done, 300));',
    );
    run.child.disconnect();
    expect(await run.ended).toEqual({ code: 0, signal: null });
    expect(run.out).toContain('the process that started this one is gone');
  });

  it('ends with 1 and says so when stopping fails', async () => {
    const run = runApp(
      `process.send('up'); setInterval(() => 0, 1000); return { stop: async () => { throw new Error('stuck') } };`,
    );
    await up(run);
    run.child.kill('SIGTERM');
    expect((await run.ended).code).toBe(1);
    expect(run.out).toContain('stopping failed');
  });

  it('ends with 1 and says so when stopping takes too long', async () => {
    const run = runApp(`process.send('up'); setInterval(() => 0, 1000); return { stop: () => new Promise(() => 0) };`, {
      WAYMARK_DRAIN_MS: '0',
    });
    await up(run);
    run.child.kill('SIGTERM');
    expect((await run.ended).code).toBe(1);
    expect(run.out).toContain('not stopped after 5000 ms');
  });

  it('ends with 1 on a fault that nobody handled', async () => {
    const run = runApp(`setTimeout(() => Promise.reject(new Error('lost')), 1); return { stop: async () => {} };`);
    expect((await run.ended).code).toBe(1);
    expect(run.out).toMatch(/"level":60.*lost/);
  });

  it.each([
    [
      'wrong settings',
      { WAYMARK_TICK_MS: 'x', WAYMARK_TIKC: '1' },
      /^Waymark cannot start with these settings:\nWAYMARK_TICK_MS.*\nWAYMARK_TIKC.*\n$/,
    ],
    [
      'an unusable data directory',
      { WAYMARK_DATA_DIR: '/proc/waymark' },
      /^Waymark cannot start: the data directory \/proc\/waymark cannot be written .*\n$/,
    ],
  ])('says in clear sentences, on stderr and to the supervisor: %s', async (_name, env, sentence) => {
    const run = runApp('await prepareDataDir(config.dataDir); return { stop: async () => {} };', env);
    expect((await run.ended).code).toBe(1);
    expect(run.err).toMatch(sentence);
    expect(run.messages).toEqual([{ type: 'start-fault', sentence: run.err.trimEnd() }]);
  });

  it('says that no place is left for the socket when both paths are too long for one', async () => {
    const env = { WAYMARK_DATA_DIR: join(dir, 'd'.repeat(90)), TMPDIR: join(dir, 't'.repeat(90)) };
    const run = runApp('await prepareDataDir(config.dataDir); return { stop: async () => {} };', env);
    expect((await run.ended).code).toBe(1);
    expect(run.err).toMatch(
      /^Waymark cannot start: the socket for new events has no place: \S+\.sock is longer than 100 bytes; set .*\n$/,
    );
  });

  it.each([
    [
      'a host that there is not',
      `await new Promise((done, fail) => createServer().on('error', fail).listen(0, 'no.such.host.invalid', done));`,
      'Waymark cannot start: there is no host no.such.host.invalid (WAYMARK_HOST)\n',
    ],
    [
      'what else the system refused',
      `await (await import('node:fs/promises')).unlink('/');`,
      /^Waymark cannot start: E[A-Z]+: .*unlink '\/'\n$/,
    ],
  ])('says it without a stack: %s', async (_name, step, sentence) => {
    const run = runApp(`${step} return { stop: async () => {} };`);
    expect((await run.ended).code).toBe(1);
    expect(run.err).toMatch(sentence);
  });

  it('names a port that is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const run = runApp(
      `await new Promise((done, fail) => createServer().on('error', fail).listen(config.commandPort, config.host, done)); return { stop: async () => {} };`,
      { WAYMARK_COMMAND_PORT: String(port) },
    );
    expect((await run.ended).code).toBe(1);
    expect(run.err).toBe(`Waymark cannot start: 127.0.0.1 port ${port} is taken by another program\n`);
    taken.close();
  });
});
