import { until } from '@waymark/testing';
import { SocketPair } from '../testing/socket-pair.ts';
import { canWriteRaw, writeRaw, WRITE_DONE, WRITE_FAILED, WRITE_PENDING } from './raw-writes.ts';

/** What raw-writes.ts relies on in this Node: when one of these fails, the pin of Node has moved (docs/adr/0003). */
let pair: SocketPair;
beforeEach(async () => {
  pair = await SocketPair.open();
});
afterEach(() => pair.close());

const CHUNK = Buffer.alloc(64 * 1024, 7);

/** Writes until one write waits; bytes written in all. */
function fill(done: (owner: unknown, status: number) => void, owner: unknown = null): number {
  for (let bytes = CHUNK.length; ; bytes += CHUNK.length) {
    const outcome = writeRaw(pair.near, CHUNK, owner, done);
    if (outcome === WRITE_PENDING) return bytes;
    if (outcome === WRITE_FAILED || bytes > 64 * 1024 * 1024) throw new Error('the socket never filled');
  }
}

it('this Node can write to TCP sockets past the stream', () => {
  expect(canWriteRaw(pair.near)).toBe(true);
});

it('a write that the kernel takes whole is done at once, and `done` is not called', async () => {
  pair.far.resume();
  const calls: unknown[] = [];
  expect(writeRaw(pair.near, Buffer.from('hello'), null, () => calls.push(1))).toBe(WRITE_DONE);
  await until('the bytes', () => pair.received.toString() === 'hello');
  expect(calls).toEqual([]);
});

it('a write that waits calls `done` once, with its owner and 0, when the reader has taken it', async () => {
  const calls: [unknown, number][] = [];
  const owner = { name: 'owner' };
  const bytes = fill((whose, status) => calls.push([whose, status]), owner);
  expect(calls).toEqual([]);
  pair.far.resume();
  await until('all bytes', () => pair.receivedBytes === bytes);
  await until('done', () => calls.length > 0);
  expect(calls).toEqual([[owner, 0]]);
});

it('several writes may wait; each is answered', async () => {
  const calls: unknown[] = [];
  const done = (owner: unknown): void => void calls.push(owner);
  fill(done, 0);
  for (let i = 1; i <= 3; i++) expect(writeRaw(pair.near, CHUNK, i, done)).toBe(WRITE_PENDING);
  pair.far.resume();
  await until('all answers', () => calls.length === 4);
  expect(calls).toEqual([0, 1, 2, 3]);
});

it('a write that waits ends with an error number when the socket is destroyed', async () => {
  const statuses: number[] = [];
  fill((_owner, status) => statuses.push(status));
  pair.near.destroy();
  await until('done', () => statuses.length > 0);
  expect(statuses).toHaveLength(1);
  expect(statuses[0]).toBeLessThan(0);
  expect(writeRaw(pair.near, CHUNK, null, () => undefined)).toBe(WRITE_FAILED);
});

it('a socket whose peer is gone fails, and the process lives', async () => {
  pair.far.resetAndDestroy();
  await until('the end of the socket', () => pair.near.closed);
  for (let i = 0; i < 3; i++) expect(writeRaw(pair.near, CHUNK, null, () => undefined)).toBe(WRITE_FAILED);
});

it('a write after our side has ended fails, also behind one that waits, and later writes work', async () => {
  const statuses: number[] = [];
  fill((_owner, status) => statuses.push(status));
  pair.near.end();
  for (let i = 0; i < 3; i++) expect(writeRaw(pair.near, CHUNK, null, () => statuses.push(99))).toBe(WRITE_FAILED);
  pair.far.resume();
  await until('done', () => statuses.length > 0);
  expect(statuses).toEqual([0]);
  const other = await SocketPair.open();
  other.far.resume();
  expect(writeRaw(other.near, Buffer.from('on'), null, () => undefined)).toBe(WRITE_DONE);
  await until('the bytes', () => other.received.toString() === 'on');
  other.close();
});
