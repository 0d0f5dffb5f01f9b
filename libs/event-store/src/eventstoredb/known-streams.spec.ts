import { event } from '../contract/contract-kit.ts';
import type { RecordedEvent } from '../event-store.ts';
import { KnownStreams } from './known-streams.ts';

const recorded = (number: number, revision: number): RecordedEvent => ({
  ...event(number),
  stream: 's',
  revision: BigInt(revision),
  position: BigInt(number),
  created: 0,
});

describe('what is known of streams', () => {
  it('is learnt from the beginning on, without a hole', () => {
    const known = new KnownStreams();
    known.learn('s', 3n, [recorded(4, 3)]);
    expect(known.get('s')).toBeUndefined();
    known.learn('s', 0n, [recorded(1, 0), recorded(2, 1)]);
    known.learn('s', 3n, [recorded(4, 3)]);
    expect(known.get('s')).toMatchObject({ last: 1n, lastPosition: 2n });
    known.learn('s', 1n, [recorded(2, 1), recorded(3, 2)]);
    expect(known.get('s')!.revisions).toEqual(
      new Map([1, 2, 3].map((number) => [event(number).id, BigInt(number - 1)])),
    );
  });

  it('is bounded: the streams that were asked for longest ago are forgotten', () => {
    const known = new KnownStreams(20);
    known.learn('first', 0n, [recorded(1, 0)]);
    known.learn('second', 0n, [recorded(2, 0)]);
    known.get('first');
    known.learn('third', 0n, [recorded(3, 0)]);
    known.learn('fourth', 0n, [recorded(4, 0)]);
    known.learn('fifth', 0n, [recorded(5, 0)]);
    expect(['first', 'second', 'third', 'fourth', 'fifth'].map((name) => known.get(name) !== undefined)).toEqual([
      ...[true, false, true, true, true],
    ]);
  });

  it('keeps a stream that is longer than the bound while it is the one in use', () => {
    const known = new KnownStreams(4);
    known.learn(
      'long',
      0n,
      Array.from({ length: 50 }, (_, index) => recorded(index, index)),
    );
    expect(known.get('long')!.last).toBe(49n);
  });
});
