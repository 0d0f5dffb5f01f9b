import { SeededRandom } from '@waymark/testing';
import type { RecordedEvent } from '@waymark/event-store';
import { ChainMerge } from './chain-merge.ts';
import { decodeEntry, encodeEntry, feedKeys, partitionOf, type FeedEntry } from './feed-streams.ts';

const entry = (position: bigint, before: bigint, logBefore: bigint): FeedEntry => ({
  event: { position } as RecordedEvent,
  before,
  logBefore,
});
const positions = (events: readonly RecordedEvent[]): bigint[] => events.map(({ position }) => position);

describe('F3: entries of all partitions, back in the order of the log', () => {
  it('an event is given when what lies before it in the log was', () => {
    const chain = new ChainMerge(2);
    chain.reset(10n);
    expect(chain.add(1, entry(12n, 10n, 11n), 10n)).toBe(true);
    expect(positions(chain.take(10n))).toEqual([]);
    expect(chain.add(0, entry(11n, 10n, 10n), 10n)).toBe(true);
    expect(positions(chain.take(10n))).toEqual([11n, 12n]);
    expect(chain.waiting).toBe(0);
  });

  it('one that was given already is dropped', () => {
    const chain = new ChainMerge(1);
    chain.reset(10n);
    chain.add(0, entry(11n, 10n, 10n), 10n);
    chain.add(0, entry(15n, 11n, 11n), 10n);
    expect(positions(chain.take(12n))).toEqual([15n]);
  });

  it('one that names an event of its partition which was never seen is refused, unless that was given by another way', () => {
    const chain = new ChainMerge(2);
    chain.reset(10n);
    expect(chain.add(0, entry(13n, 12n, 12n), 11n)).toBe(false);
    expect(chain.add(0, entry(13n, 12n, 12n), 12n)).toBe(true);
  });

  it('gives any log back, whatever the order in which partitions come', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = new SeededRandom(seed);
      const partitionCount = 1 + random.integer(5);
      const chain = new ChainMerge(partitionCount);
      const queues: FeedEntry[][] = Array.from({ length: partitionCount }, () => []);
      const log: bigint[] = [];
      let last = 1n << 61n;
      chain.reset(last);
      let given = last;
      const tops = queues.map(() => last);
      for (let index = 0; index < 60; index++) {
        const partition = random.integer(partitionCount);
        const position = last + 1n + BigInt(random.integer(1_000));
        queues[partition]!.push(entry(position, tops[partition]!, last));
        tops[partition] = position;
        log.push(position);
        last = position;
      }
      const told: bigint[] = [];
      while (queues.some((queue) => queue.length > 0)) {
        const partition = random.integer(partitionCount);
        for (const next of queues[partition]!.splice(0, random.integer(4))) chain.add(partition, next, given);
        const events = positions(chain.take(given));
        told.push(...events);
        given = events.at(-1) ?? given;
      }
      expect({ seed, told }).toEqual({ seed, told: log });
    }
  });
});

describe('F1: what lies in Redis', () => {
  const event: RecordedEvent = {
    stream: 'game-ä\n"x"',
    revision: 3n,
    position: (1n << 63n) - 1n,
    created: 1_790_000_000_000.123,
    id: '00000000-0000-4000-8000-000000000001',
    type: 'Happened',
    data: '{\n"a": "\u2028 1 2"}',
    metadata: { schemaVersion: 1, commandId: 'c', sentAt: 1.5 },
  };

  it('an entry says all of an event, and what lies before it', () => {
    const text = encodeEntry(event, (1n << 62n) + 1n, 1n << 62n);
    expect(decodeEntry(`${event.position}-0`, text)).toEqual({ event, before: (1n << 62n) + 1n, logBefore: 1n << 62n });
  });

  it.each([
    '',
    'x',
    '1 2 3 4 id',
    '1 2 3 4 id\n"s"\n"t"\n{}',
    '1 2 x 4 id\n"s"\n"t"\n{}\nnull',
    '1 2 3 4 id\ns\n"t"\n{}\n1',
  ])('what no relay wrote is none: %j', (text) => {
    expect(decodeEntry('7-0', text)).toBeNull();
  });

  it('an id that is no position is none', () => {
    expect(decodeEntry('7-1', encodeEntry(event, 1n, 1n))).toBeNull();
  });

  it('names hold the log and the number of partitions; a partition is one slot', () => {
    expect(feedKeys('L', 2)).toEqual({
      partitions: ['waymark:{0}:feed:v1.L.2', 'waymark:{1}:feed:v1.L.2'],
      mark: 'waymark:{mark}:feed:v1.L.2',
    });
  });

  it('partitions stay as they are, and all are used', () => {
    expect(['game-1', 'game-2', 'quest-1'].map((stream) => partitionOf(stream, 4))).toEqual(PINNED);
    const used = new Set(Array.from({ length: 100 }, (_, index) => partitionOf(`game-${index}`, 16)));
    expect(used.size).toBe(16);
  });
});

/** Another hash would put events of one game into two streams while old and new processes run beside each other. */
const PINNED = [1, 0, 3];
