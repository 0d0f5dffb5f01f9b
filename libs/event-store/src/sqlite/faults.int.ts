import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { APPENDS_PENDING_MAX } from '@waymark/base';
import type { AppendResult, NewEvent } from '../event-store.ts';
import { append, countTo, event, readWholeLog } from '../contract/contract-kit.ts';
import type { SqliteEventStore } from './sqlite-event-store.ts';
import { StoreSandbox, firstLine, linesOf } from './sqlite-kit.ts';

/** What the machine and other programs can do to the store while it runs. */
describe('SQLite store in trouble', () => {
  let sandbox: StoreSandbox;
  beforeEach(() => {
    sandbox = new StoreSandbox();
  });
  afterEach(() => sandbox.dispose());

  const large = (number: number, chars: number): NewEvent => event(number, { data: JSON.stringify('x'.repeat(chars)) });
  /**
   * As `sandbox.process`, in a shell that limits the size of files, which Linux and macOS both have; its blocks are 512 or 1,024 bytes, so
   * the limit is 8 or 16 MiB. Node ignores SIGXFSZ: a write past the limit fails and ends nobody.
   */
  function processWithSmallFiles(body: string): ChildProcessWithoutNullStreams {
    const at = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
    const script = `
      import { openSqliteEventStore } from ${at('./sqlite-event-store.ts')};
      import { event } from ${at('../contract/contract-kit.ts')};
      const say = console.log;
      const file = ${JSON.stringify(sandbox.file)};
      ${body}`;
    const node = [process.execPath, '--conditions=waymark-source', '--input-type=module', '-e', script];
    const child = spawn('sh', ['-c', 'ulimit -f 16384 && exec "$@"', 'sh', ...node], {
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    sandbox.onCleanup(() => child.kill('SIGKILL'));
    return child;
  }
  const appendLarge = (store: SqliteEventStore, number: number, chars: number): Promise<AppendResult> =>
    store.appendToStream('s', [large(number, chars)], { expectedRevision: 'any' });

  it('no room: the append is unavailable and leaves nothing; what is small enough still goes in, with the next position', async () => {
    const store = await sandbox.open({ fileBytesMax: 512 * 1024 });
    await append(store, 's', [1], 'no_stream');
    const refused = await appendLarge(store, 2, 900_000);
    expect(refused).toEqual({ outcome: 'unavailable', reason: expect.stringContaining('full') });
    expect(await append(store, 's', [3], 0n)).toEqual({
      outcome: 'committed',
      revision: 1n,
      position: 2n,
      repeated: false,
    });
    expect(await append(store, 'new', [4], 'no_stream')).toMatchObject({ revision: 0n, position: 3n });
    expect((await readWholeLog(store)).map((one) => one.position)).toEqual(countTo(3));
    expect(store.counters()).toMatchObject({ unavailable: 1, commits: 3, events: 3 });
    await store.close();
    const roomy = await sandbox.open();
    expect(await appendLarge(roomy, 2, 900_000)).toMatchObject({ outcome: 'committed', revision: 2n, position: 4n });
  });

  it('a disk that fails in the middle: nothing is acknowledged that is not kept, and the store goes on when it heals', async () => {
    // No file of that process may grow past the limit: every write past it fails, as on a broken disk, in the WAL and in the log.
    const child = processWithSmallFiles(`
      const store = await openSqliteEventStore({ file, walBytes: 4 * 1024 * 1024 });
      let number = 0;
      const append = () =>
        store.appendToStream('s', [event(number++, { data: JSON.stringify('x'.repeat(900000)) })], { expectedRevision: 'any' });
      say('open');
      process.stdin.on('data', async (order) => {
        const results = [];
        while (results.length < Number(order) || store.counters().checkpointFailures < 3) {
          results.push((await append()).outcome);
          if (results.length > Number(order)) await new Promise((resolve) => setTimeout(resolve, 10));
        }
        say(JSON.stringify({ results, log: Number(await store.lastPosition()) }));
      });`);
    const line = linesOf(child);
    await line();
    child.stdin.write('60\n');
    const broken = JSON.parse(await line()) as { results: string[]; log: number };
    const kept = broken.results.filter((outcome) => outcome === 'committed').length;
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(broken.results.length);
    expect(new Set(broken.results)).toEqual(
      new Set(['committed', broken.results.find((outcome) => outcome !== 'committed')]),
    );
    expect(broken.log).toBe(kept);
    // This process has no limit: it empties the WAL, so that there is room in it again.
    const healer = new DatabaseSync(sandbox.file, { timeout: 5_000 });
    sandbox.onCleanup(() => healer.close());
    expect(healer.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()).toMatchObject({ busy: 0 });
    child.stdin.write('5\n');
    const healed = JSON.parse(await line()) as { results: string[]; log: number };
    expect(healed.results).toEqual(Array.from({ length: 5 }, () => 'committed'));
    expect(healed.log).toBe(kept + 5);
    expect(healer.prepare('SELECT max(position) AS last FROM events').get()).toEqual({ last: kept + 5 });
  }, 60_000);

  it('another program that holds the file: the event loop goes on, the append waits and is committed', async () => {
    const store = await sandbox.open();
    const other = new DatabaseSync(sandbox.file);
    sandbox.onCleanup(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    let isAnswered = false;
    const appended = append(store, 's', [1], 'any').finally(() => (isAnswered = true));
    let longestTurnMs = 0;
    const start = performance.now();
    for (let last = start; last < start + 300;) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      longestTurnMs = Math.max(longestTurnMs, performance.now() - last);
      last = performance.now();
    }
    expect(isAnswered).toBe(false);
    expect(longestTurnMs).toBeLessThan(250);
    other.exec('ROLLBACK');
    expect(await appended).toMatchObject({ outcome: 'committed' });
  });

  it('a writer that fails: what was asked is unknown, the fault is said once, later appends are refused, reading goes on', async () => {
    const faults: Error[] = [];
    const store = await sandbox.open({ onFault: (error) => faults.push(error) });
    await append(store, 's', [1], 'any');
    const other = new DatabaseSync(sandbox.file);
    other.exec('ALTER TABLE events RENAME COLUMN metadata TO mislaid');
    const results = await Promise.all([append(store, 's', [2], 'any'), append(store, 't', [3], 'any')]);
    const unknown = {
      outcome: 'unknown',
      reason: expect.stringMatching(/^the writer has failed: .*mislaid|has no column/),
    };
    expect(results).toEqual([unknown, unknown]);
    expect(faults).toMatchObject([{ message: expect.stringContaining('the writer of the event store has failed') }]);
    expect(await append(store, 's', [4], 'any')).toMatchObject({ outcome: 'unavailable' });
    expect(store.counters()).toMatchObject({ unknown: 2, unavailable: 1, pending: 0 });
    expect(await store.lastPosition()).toBe(1n);
    other.exec('ALTER TABLE events RENAME COLUMN mislaid TO metadata');
    other.close();
    await store.close();
    const next = await sandbox.open();
    expect(await append(next, 's', [2], 0n)).toMatchObject({ outcome: 'committed', repeated: false });
  });

  it('too much that waits: the rest is refused at once, what was taken is committed', async () => {
    const store = await sandbox.open();
    const asked = Array.from({ length: APPENDS_PENDING_MAX + 50 }, (_, index) =>
      append(store, `s-${index % 100}`, [index], 'any'),
    );
    const outcomes = (await Promise.all(asked)).map((result) => result.outcome);
    expect(outcomes.slice(APPENDS_PENDING_MAX)).toEqual(Array.from({ length: 50 }, () => 'unavailable'));
    expect(outcomes.slice(0, APPENDS_PENDING_MAX).every((outcome) => outcome === 'committed')).toBe(true);
    expect(await store.lastPosition()).toBe(BigInt(APPENDS_PENDING_MAX));
    expect(store.counters().commits).toBeLessThan(APPENDS_PENDING_MAX / 10);
  }, 60_000);

  it('steady writing does not make the WAL longer and longer, and a reader that holds on is survived', async () => {
    const store = await sandbox.open({ walBytes: 32 * 1024 * 1024 });
    const walMib = (): number => statSync(`${sandbox.file}-wal`).size / 2 ** 20;
    let number = 0;
    /** At most 100 MiB a second, so that what the WAL holds is a question of copying and not of this disk. */
    const writeMib = async (mib: number): Promise<void> => {
      for (let written = 0; written < mib; written += 0.5) {
        await appendLarge(store, number++, 512 * 1024);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    const writeUntilCopied = async (): Promise<void> => {
      const { checkpoints } = store.counters();
      const deadline = performance.now() + 10_000;
      while (store.counters().checkpoints === checkpoints || store.counters().walRestBytes > 0) {
        if (performance.now() > deadline) throw new Error('the WAL was never copied to its end');
        await appendLarge(store, number++, 1_000);
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
    };
    await writeUntilCopied();
    await writeMib(150);
    expect(walMib()).toBeLessThan(120);

    const holding = new DatabaseSync(sandbox.file, { readOnly: true });
    sandbox.onCleanup(() => holding.close());
    holding.exec('BEGIN');
    const held = holding.prepare('SELECT count(*) AS count FROM events').get()!['count'];
    await writeMib(40);
    expect(holding.prepare('SELECT count(*) AS count FROM events').get()!['count']).toBe(held);
    holding.exec('COMMIT');
    await writeUntilCopied();
    const before = walMib();
    await writeMib(100);
    expect(walMib()).toBeLessThan(Math.max(before, 120));
    expect(await store.lastPosition()).toBe(BigInt(number));
  }, 60_000);

  it('two processes and a crash of the reader do not disturb each other', async () => {
    const store = await sandbox.open();
    const reader = sandbox.process(`
      const store = await openSqliteEventStore({ file, readOnly: true });
      say('open');
      for (;;) { await store.readAll({ after: 0n, maxCount: 5000 }); await new Promise((resolve) => setImmediate(resolve)); }`);
    await firstLine(reader);
    for (let number = 0; number < 200; number++) {
      expect(await append(store, 's', [number], 'any')).toMatchObject({ outcome: 'committed' });
      if (number === 100) reader.kill('SIGKILL');
    }
    expect(await readWholeLog(store)).toHaveLength(200);
  });
});
