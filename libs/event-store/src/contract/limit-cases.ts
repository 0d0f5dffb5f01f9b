import { APPEND_BYTES_MAX, APPEND_EVENTS_MAX, STREAM_NAME_CHARS_MAX } from '@waymark/base';
import { InvalidAppendError } from '../event-store.ts';
import type { AppendOptions, NewEvent } from '../event-store.ts';
import { append, event, events, place, read, readWholeLog } from './contract-kit.ts';
import type { ContractLog } from './contract-kit.ts';

/** Arguments that cannot be right are refused before anything is written, and the store goes on. */
export function limitCases(log: () => ContractLog): void {
  const tryAppend = (stream: string, appended: readonly NewEvent[]) =>
    log().store.appendToStream(stream, appended, { expectedRevision: 'any' });

  /** An event that brings an append to exactly `bytes`, next to nothing else. */
  function eventOfBytes(number: number, bytes: number): NewEvent {
    const bare = event(number, { data: '""' });
    const spent = Buffer.byteLength(bare.type) + Buffer.byteLength(JSON.stringify(bare.metadata)) + 2;
    return { ...bare, data: `"${'x'.repeat(bytes - spent)}"` };
  }

  async function expectRefused(promise: Promise<unknown>, words: string): Promise<void> {
    await expect(promise).rejects.toThrow(InvalidAppendError);
    await expect(promise).rejects.toThrow(words);
    expect(await readWholeLog(log().store)).toHaveLength(0);
    const next = await append(log().store, 'next', [99], 'no_stream');
    expect(next).toMatchObject({ outcome: 'committed', position: await place(log().store, 1) });
  }

  it('one event of exactly the largest size is taken and comes back whole', async () => {
    const largest = eventOfBytes(1, APPEND_BYTES_MAX);
    expect(await tryAppend('s', [largest])).toMatchObject({ outcome: 'committed' });
    expect((await read(log().store, 's'))[0]!.data).toBe(largest.data);
  });

  it('one event of one byte more is refused', async () => {
    await expectRefused(tryAppend('s', [eventOfBytes(1, APPEND_BYTES_MAX + 1)]), `at most ${APPEND_BYTES_MAX}`);
  });

  it('the size of an append is the sum of its events: exactly the largest is taken', async () => {
    const half = Math.floor(APPEND_BYTES_MAX / 2);
    expect(await tryAppend('s', [eventOfBytes(1, half), eventOfBytes(2, APPEND_BYTES_MAX - half)])).toMatchObject({
      revision: 1n,
    });
  });

  it('the size of an append is the sum of its events: one byte more is refused', async () => {
    const half = Math.floor(APPEND_BYTES_MAX / 2);
    const refused = tryAppend('s', [eventOfBytes(1, half), eventOfBytes(2, APPEND_BYTES_MAX - half + 1)]);
    await expectRefused(refused, `at most ${APPEND_BYTES_MAX}`);
  });

  it('the size of an append is counted in UTF-8', async () => {
    const wide = event(1, { data: JSON.stringify('é'.repeat(APPEND_BYTES_MAX / 2)) });
    await expectRefused(tryAppend('s', [wide]), `at most ${APPEND_BYTES_MAX}`);
  });

  it('the largest number of events is taken and one more is refused', async () => {
    const many = events(...Array.from({ length: APPEND_EVENTS_MAX + 1 }, (_, index) => index));
    await expectRefused(tryAppend('s', many), `at most ${APPEND_EVENTS_MAX}`);
    expect(await tryAppend('s', many.slice(0, -1))).toMatchObject({ revision: BigInt(APPEND_EVENTS_MAX - 1) });
  });

  it('an id twice in one append is refused', async () => {
    await expectRefused(tryAppend('s', [event(1), event(2), event(1)]), 'twice');
  });

  it.each([
    ['an id that is not a UUID', { id: 'one' }, 'UUID'],
    ['an id in upper case', { id: event(1).id.toUpperCase() }, 'lower-case'],
    ['data that is not JSON', { data: '{number: 1}' }, 'not JSON'],
    ['empty data', { data: '' }, 'not JSON'],
    ['data with a lone surrogate', { data: '"\ud800"' }, 'not JSON'],
    ['long data that is not JSON', { data: `["${'x'.repeat(100_000)}",]` }, 'not JSON'],
    ['long data with a lone surrogate', { data: `"${'x'.repeat(100_000)}\udc00"` }, 'not JSON'],
    ['an empty type', { type: '' }, 'type'],
    ['a schema version of 0', { metadata: { schemaVersion: 0, commandId: 'c' } }, 'schema version'],
  ])('%s is refused', async (_, overrides, words) => {
    await expectRefused(tryAppend('s', [event(1, overrides)]), words);
  });

  it.each([
    ['an empty stream name', ''],
    ['a stream name one character too long', 's'.repeat(STREAM_NAME_CHARS_MAX + 1)],
    ['a stream name with a lone surrogate', 'game-\udc00'],
    ['a stream name with NUL', 'game-\0'],
  ])('%s is refused', async (_, stream) => {
    await expectRefused(tryAppend(stream, [event(1)]), 'stream name');
  });

  it.each([[-1n], [undefined], [3], ['none']])('an expected revision of %s is refused', async (expected) => {
    const options = { expectedRevision: expected } as unknown as AppendOptions;
    await expectRefused(log().store.appendToStream('s', [event(1)], options), 'expect');
  });

  it('names that look alike are different streams', async () => {
    const longest = 'n'.repeat(STREAM_NAME_CHARS_MAX - 1);
    const names = [
      ...[
        'game-1',
        'game-01',
        'Game-1',
        'game-1 ',
        '$system',
        '-',
        'Å',
        'A\u030a',
        'охота',
        '宝探し',
        '🗺️',
        '%',
        "x'y",
        '"',
        '\n',
      ],
      ...[`${longest}a`, `${longest}b`],
    ];
    for (const [index, name] of names.entries()) {
      expect(await append(log().store, name, [index], 'no_stream')).toMatchObject({
        outcome: 'committed',
        revision: 0n,
      });
    }
    for (const [index, name] of names.entries()) {
      expect(await read(log().store, name)).toMatchObject([{ stream: name, id: event(index).id }]);
    }
    expect((await readWholeLog(log().store)).map((one) => one.stream)).toEqual(names);
  });
}
