import { BucketTally } from './bucket-tally.ts';

it('counts a value in the first bucket whose edge it does not pass', () => {
  const tally = new BucketTally([0.01, 0.035]);
  for (const value of [0, 0.01, 0.0101, 0.035, 0.0350001, 7]) tally.add(value);
  expect([...tally.counts]).toEqual([2, 2, 2]);
  expect(tally.count).toBe(6);
  expect(tally.sum).toBeCloseTo(7.0901001, 9);
});

it('is empty as it is made', () => {
  const tally = new BucketTally([1]);
  expect([tally.count, `${tally.sum}`]).toEqual([0, '0']);
});

it('refuses edges that do not ascend', () => {
  expect(() => new BucketTally([0.035, 0.01])).toThrow('ascend');
  expect(() => new BucketTally([0.035, 0.035])).toThrow('ascend');
});
