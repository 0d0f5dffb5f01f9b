import { append, countTo, event, readWholeLog } from '../contract/contract-kit.ts';
import { StoreSandbox, ended, firstLine, onLines } from './sqlite-kit.ts';

/** kill -9 of the writing process. The ledger of what was acknowledged is kept here, in a process that lives on. */
describe('SQLite store and SIGKILL', () => {
  let sandbox: StoreSandbox;
  beforeEach(() => {
    sandbox = new StoreSandbox();
  });
  afterEach(() => sandbox.dispose());

  /**
   * Appends three events at a time, sixteen appends under way, and says what was answered; kills itself in the moment of answer
   * number `lastAnswer`, when the least time has passed since the commit.
   */
  const writer = (firstNumber: number, lastAnswer: number): string => `
    const store = await openSqliteEventStore({ file });
    let next = ${firstNumber};
    let answers = 0;
    async function client(index) {
      for (;;) {
        const number = next;
        next += 3;
        const stream = 's-' + (number % 11);
        const result = await store.appendToStream(stream, [event(number), event(number + 1), event(number + 2)], { expectedRevision: 'any' });
        if (result.outcome !== 'committed') throw new Error(JSON.stringify(result));
        say(number + ' ' + stream + ' ' + result.revision + ' ' + result.position);
        if (++answers === ${lastAnswer}) process.kill(process.pid, 'SIGKILL');
      }
    }
    for (let index = 0; index < 16; index++) client(index);`;

  it('keeps what was acknowledged, in its place, and nothing by halves; the log goes on without a hole', async () => {
    const ledger = new Map<number, { stream: string; revision: bigint; position: bigint }>();
    for (let round = 0; round < 5; round++) {
      const answers = 100 + 137 * round;
      const killsItself = round % 2 === 0;
      const child = sandbox.process(writer(1_000_000 * round, killsItself ? answers : -1));
      const target = ledger.size + answers;
      onLines(child, (line) => {
        const [number, stream, revision, position] = line.split(' ');
        ledger.set(Number(number), { stream: stream!, revision: BigInt(revision!), position: BigInt(position!) });
        if (!killsItself && ledger.size === target) child.kill('SIGKILL');
      });
      let errors = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
      await ended(child);
      expect({ signal: child.signalCode, errors }).toEqual({ signal: 'SIGKILL', errors: '' });

      const store = await sandbox.open();
      const log = await readWholeLog(store);
      expect(log.map((one) => one.position)).toEqual(countTo(log.length));
      expect(log.length % 3).toBe(0);
      expect(log.length).toBeGreaterThanOrEqual(ledger.size * 3);
      for (let index = 0; index < log.length; index += 3) {
        const { number } = JSON.parse(log[index]!.data) as { number: number };
        expect(log.slice(index, index + 3).map((one) => one.id)).toEqual(
          [0, 1, 2].map((more) => event(number + more).id),
        );
      }
      for (const [number, { stream, revision, position }] of ledger) {
        expect(log[Number(position) - 1]).toMatchObject({ id: event(number + 2).id, stream, revision, position });
      }
      // The client whose answer was lost asks again, and gets the first answer.
      const [number, first] = [...ledger][0]!;
      const again = await append(store, first.stream, [number, number + 1, number + 2], 'no_stream');
      expect(again).toEqual({
        outcome: 'committed',
        revision: first.revision,
        position: first.position,
        repeated: true,
      });
      await store.close();
    }
    expect(ledger.size).toBeGreaterThan(500);
  }, 60_000);

  it('lets go of the lock, and a reader recovers what the killed process left', async () => {
    const child = sandbox.process(`
      const store = await openSqliteEventStore({ file });
      await store.appendToStream('s', [event(1), event(2)], { expectedRevision: 'no_stream' });
      say('written');`);
    expect(await firstLine(child)).toBe('written');
    const reader = await sandbox.open({ readOnly: true });
    child.kill('SIGKILL');
    await ended(child);
    expect((await readWholeLog(reader)).map((one) => one.id)).toEqual([event(1).id, event(2).id]);
    await reader.close();
    const second = await sandbox.open({ readOnly: true });
    expect(await readWholeLog(second)).toHaveLength(2);
    const store = await sandbox.open();
    expect(await append(store, 's', [3], 1n)).toMatchObject({ outcome: 'committed', position: 3n });
    expect(await readWholeLog(second)).toHaveLength(3);
  });
});
