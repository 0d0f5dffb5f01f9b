import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { InvalidAppendError } from '../event-store.ts';
import { append, collect, countTo, event, positionsOf, readWholeLog } from '../contract/contract-kit.ts';
import { StoreOpenError } from '../store-open-error.ts';
import { StoreSandbox, firstLine } from './sqlite-kit.ts';
import { checkSqliteVersion } from './sqlite-schema.ts';

/** Who may open a log, and what the others are told, in one sentence. */
describe('opening the SQLite store', () => {
  let sandbox: StoreSandbox;
  beforeEach(() => {
    sandbox = new StoreSandbox();
  });
  afterEach(() => sandbox.dispose());

  async function expectRefused(opening: Promise<unknown>, failure: string, sentence: RegExp): Promise<void> {
    const error = await opening.then(
      () => new Error('it was opened'),
      (refusal: unknown) => refusal,
    );
    expect(error).toBeInstanceOf(StoreOpenError);
    expect(error).toMatchObject({ failure, message: expect.stringMatching(sentence) });
    expect((error as Error).message).not.toContain('\n');
  }

  it('a second writer in this process is refused, and the first goes on', async () => {
    const store = await sandbox.open();
    await expectRefused(sandbox.open(), 'locked', /events\.db is already open for writing/);
    expect(await append(store, 's', [1], 'no_stream')).toMatchObject({ outcome: 'committed' });
    await store.close();
    expect(await append(await sandbox.open(), 's', [2], 0n)).toMatchObject({ outcome: 'committed', position: 2n });
  });

  it('a second writing process is refused, in both directions', async () => {
    const child = sandbox.process(`
      const store = await openSqliteEventStore({ file });
      say('open');
      process.stdin.once('data', async () => { await store.close(); say('closed'); process.exit(); });`);
    expect(await firstLine(child)).toBe('open');
    await expectRefused(sandbox.open(), 'locked', /already open for writing, by this or another process$/);
    const closed = firstLine(child);
    child.stdin.write('close\n');
    expect(await closed).toBe('closed');
    await sandbox.open();
    const second = sandbox.process(
      `await openSqliteEventStore({ file }).catch((error) => say(error.failure + ': ' + error.message));`,
    );
    expect(await firstLine(second)).toBe(
      `locked: the event store ${sandbox.file} is already open for writing, by this or another process`,
    );
  });

  it('to read a log that is not there yet is a typed error, and passes when it is made', async () => {
    await expectRefused(sandbox.open({ readOnly: true }), 'missing', /there is no event store at .*events\.db yet/);
    expect(readdirSync(sandbox.directory)).toEqual([]);
    writeFileSync(sandbox.file, '');
    await expectRefused(sandbox.open({ readOnly: true }), 'missing', /there is no event store/);
    const store = await sandbox.open();
    expect((await sandbox.open({ readOnly: true })).logId).toBe(store.logId);
  });

  it('a reader that tries while the log is made waits for nothing half-made', async () => {
    for (let round = 0; round < 5; round++) {
      const making = new StoreSandbox();
      const opened = making.open();
      let reader: { logId: string } | undefined;
      while (reader === undefined) {
        reader = await making.open({ readOnly: true }).catch((error: unknown) => {
          expect(error).toMatchObject({ failure: 'missing' });
          return undefined;
        });
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(reader.logId).toBe((await opened).logId);
      await making.dispose();
    }
  });

  it.each([
    ['text', () => 'Once upon a time there was a file that was no database at all.'.repeat(100)],
    ['one line', () => 'hello'],
  ])('a file of %s is left alone', async (_, content) => {
    writeFileSync(sandbox.file, content());
    await expectRefused(sandbox.open(), 'not_ours', /is not a Waymark event store$/);
    await expectRefused(sandbox.open({ readOnly: true }), 'not_ours', /is not a Waymark event store$/);
    expect(readFileSync(sandbox.file, 'utf8')).toBe(content());
  });

  it('a database of somebody else is left alone', async () => {
    const other = new DatabaseSync(sandbox.file);
    other.exec('CREATE TABLE meta (key TEXT, value TEXT)');
    other.close();
    await expectRefused(sandbox.open(), 'not_ours', /is not a Waymark event store$/);
    await expectRefused(sandbox.open({ readOnly: true }), 'not_ours', /is not a Waymark event store$/);
  });

  it('a log of a newer Waymark is left alone', async () => {
    await (await sandbox.open()).close();
    const newer = new DatabaseSync(sandbox.file);
    newer.exec(`UPDATE meta SET value = '99' WHERE key = 'schema_version'`);
    newer.close();
    await expectRefused(sandbox.open(), 'newer_schema', /was written by a newer Waymark \(schema 99/);
    await expectRefused(sandbox.open({ readOnly: true }), 'newer_schema', /newer Waymark/);
  });

  it('a directory that is not there is said', async () => {
    await expectRefused(
      sandbox.open({ file: join(sandbox.directory, 'none', 'events.db') }),
      'cannot_open',
      /cannot open the event store/,
    );
  });

  it.each([
    ['3.51.2', true],
    ['3.50.99', true],
    ['2.99.99', true],
    ['3.51.3', false],
    ['3.52.0', false],
    ['4.0.0', false],
  ])('SQLite %s is too old: %s', (version, isTooOld) => {
    const check = (): void => checkSqliteVersion(version);
    if (isTooOld) expect(check).toThrow(/needs 3\.51\.3 or newer/);
    else expect(check).not.toThrow();
  });

  it('its files are for their owner alone', async () => {
    const store = await sandbox.open();
    await append(store, 's', [1], 'any');
    const modes = readdirSync(sandbox.directory).map((name) => [
      name,
      statSync(join(sandbox.directory, name)).mode & 0o077,
    ]);
    expect(modes.filter(([, mode]) => mode !== 0)).toEqual([]);
    expect(modes.map(([name]) => name)).toEqual(expect.arrayContaining(['events.db', 'events.db-wal']));
  });

  it('a read-only store refuses to append and sees what another process commits, live', async () => {
    const child = sandbox.process(`
      const store = await openSqliteEventStore({ file });
      let number = 0;
      const more = async (count) => {
        for (let left = count; left > 0; left--) await store.appendToStream('s', [event(number++)], { expectedRevision: 'any' });
      };
      await more(3);
      say('three');
      process.stdin.on('data', () => more(5));`);
    await firstLine(child);
    const reader = await sandbox.open({ readOnly: true, pollMs: 2 });
    await expect(append(reader, 's', [1], 'any')).rejects.toThrow(InvalidAppendError);
    const items = await collect(reader, 1n, (so) => {
      const last = so.at(-1)!;
      if (last.kind === 'caughtUp') child.stdin.write('more\n');
      return last.kind === 'event' && last.event.position === 8n;
    });
    expect(positionsOf(items)).toEqual(countTo(8).slice(1));
    expect((await readWholeLog(reader)).map((one) => one.id)).toEqual(
      Array.from({ length: 8 }, (_, number) => event(number).id),
    );
  });
});
