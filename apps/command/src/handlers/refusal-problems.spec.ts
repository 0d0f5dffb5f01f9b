import { readFileSync } from 'node:fs';
import { PROBLEMS } from '@waymark/platform';
import { problemOf, REFUSAL_PROBLEMS } from './refusal-problems.ts';

/** Names of refusals as their unions in the domain write them. */
const refusalNames = ['quest/quest-refusals.ts', 'game/game-refusals.ts'].flatMap((file) => {
  const source = readFileSync(new URL(`../../../../libs/domain/src/${file}`, import.meta.url), 'utf8');
  return [...source.matchAll(/readonly name: '(\w+)'/g)].map((match) => match[1]!);
});

describe('the table of refusals', () => {
  it('lists exactly the refusals of the domain', () => {
    expect(refusalNames.length).toBeGreaterThan(20);
    expect(Object.keys(REFUSAL_PROBLEMS).sort()).toEqual([...new Set(refusalNames)].sort());
  });
  it('answers each with a client’s or a passing fault; only the scheduler’s own is never told', () => {
    for (const [name, { slug }] of Object.entries(REFUSAL_PROBLEMS)) {
      const { status } = PROBLEMS[slug];
      expect([name, status < 500 || status === 503]).toEqual([name, name !== 'NotDue']);
    }
  });
  it('tells programs what the sentence says', () => {
    expect(problemOf({ name: 'TooFar', distanceM: 7.256, radiusM: 5 })).toMatchObject({
      slug: 'waypoint-too-far',
      detail: '7.26 m away; the radius is 5 m',
      extra: { distanceM: 7.256, radiusM: 5 },
    });
    expect(problemOf({ name: 'GamesAtLimit' }).retryAfterSeconds).toBe(60);
  });
});
