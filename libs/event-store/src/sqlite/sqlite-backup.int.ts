import { statSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { append, readWholeLog } from '../contract/contract-kit.ts';
import { StoreOpenError } from '../store-open-error.ts';
import { BackupError, backUpSqliteLog } from './sqlite-backup.ts';
import { linesOf, StoreSandbox } from './sqlite-kit.ts';
import { openSqliteEventStore } from './sqlite-event-store.ts';

/** What a copy of the SQLite log promises: one moment of it, whole, made while the writer writes. */
describe('a backup of the SQLite store', () => {
  let sandbox: StoreSandbox;
  let copy: string;
  beforeEach(() => {
    sandbox = new StoreSandbox();
    copy = `${sandbox.file}.copy`;
  });
  afterEach(() => sandbox.dispose());

  it('is the beginning of the log, up to one moment, while another process appends', async () => {
    const writer = sandbox.process(`
      const store = await openSqliteEventStore({ file });
      for (let n = 0, revision = 'no_stream'; ; n++) {
        await store.appendToStream('s', [event(n)], { expectedRevision: revision });
        revision = BigInt(n);
        if (n % 100 === 99) say(String(n + 1));
      }`);
    const nextLine = linesOf(writer);
    const before = Number(await nextLine());
    const { eventCount } = backUpSqliteLog(sandbox.file, copy);
    // It went on: the line of the next hundred after the copy.
    while (Number(await nextLine()) <= eventCount);
    expect(eventCount).toBeGreaterThanOrEqual(before);
    const restored = await openSqliteEventStore({ file: copy });
    sandbox.onCleanup(() => restored.close());
    const original = await sandbox.open({ readOnly: true });
    const log = await readWholeLog(restored);
    expect(log).toHaveLength(eventCount);
    expect(log).toEqual((await readWholeLog(original)).slice(0, eventCount));
    expect(await append(restored, 's', [1], BigInt(eventCount - 1))).toMatchObject({ outcome: 'committed' });
  });

  it('has an id of its own, so that nobody takes what is played on it for the old log, and is private', async () => {
    const store = await sandbox.open();
    await append(store, 's', [1, 2], 'no_stream');
    expect(backUpSqliteLog(sandbox.file, copy)).toEqual({ eventCount: 2 });
    const restored = await openSqliteEventStore({ file: copy, readOnly: true });
    sandbox.onCleanup(() => restored.close());
    expect(restored.logId).not.toBe(store.logId);
    expect(statSync(copy).mode & 0o777).toBe(0o600);
  });

  it('is refused where there is a file, without a log, and of a log with a hole; nothing is left behind', async () => {
    expect(() => backUpSqliteLog(sandbox.file, copy)).toThrow(StoreOpenError);
    const store = await sandbox.open();
    await append(store, 's', [1, 2, 3], 'no_stream');
    writeFileSync(copy, 'mine');
    expect(() => backUpSqliteLog(sandbox.file, copy)).toThrow(/copy .* cannot be made: /);
    await store.close();
    const db = new DatabaseSync(sandbox.file);
    db.exec('DELETE FROM events WHERE position = 2');
    db.close();
    const other = `${copy}-2`;
    expect(() => backUpSqliteLog(sandbox.file, other)).toThrow(BackupError);
    expect(() => statSync(other)).toThrow('ENOENT');
  });
});
