import type { RecordedEvent } from '@waymark/event-store';
import { CommandTally } from './command-tally.ts';

const event = (stream: string, commandId: string): RecordedEvent => ({
  id: 'x',
  type: 'Any',
  data: '{}',
  metadata: { schemaVersion: 1, commandId },
  stream,
  revision: 0n,
  position: 1n,
  created: 0,
});

it('tells appends by how they ended, and a question for an earlier outcome from a conflict', () => {
  const tally = new CommandTally();
  const committed = { outcome: 'committed', revision: 3n, position: 9n } as const;
  const conflict = { outcome: 'conflict', expected: 1n, actual: 2n } as const;
  tally.appendAnswered({ ...committed, repeated: false }, 1, 2, false);
  tally.appendAnswered({ ...committed, repeated: true }, 1, 2, false);
  tally.appendAnswered(conflict, 40, 1, false);
  tally.appendAnswered(conflict, 1, 1, true);
  tally.appendAnswered({ outcome: 'unavailable', reason: 'full' }, 1, 1, true);
  const counted = tally.appendTallies().map(({ labels, tally: times }) => [labels['outcome'], times.count]);
  expect(Object.fromEntries(counted)).toEqual({
    committed: 1,
    repeated: 1,
    conflict: 1,
    id_reused: 0,
    unavailable: 1,
    unknown: 0,
    not_found: 1,
  });
  expect([tally.appends, tally.events]).toEqual([1, 2]);
  expect(tally.appendTimes.conflict.sum).toBeCloseTo(0.04, 9);
});

it('counts the appends of a commit, and not its events, by stream and command', () => {
  const tally = new CommandTally();
  // An append of two events, the same key on another stream, another key there.
  tally.committed([event('game-a', 'k'), event('game-a', 'k'), event('game-b', 'k'), event('game-b', 'l')]);
  expect([tally.commitEvents.sum, tally.commitAppends.sum]).toEqual([4, 3]);
  tally.committed([event('game-b', 'l')]);
  expect([tally.commitEvents.count, tally.commitAppends.sum]).toEqual([2, 4]);
});
