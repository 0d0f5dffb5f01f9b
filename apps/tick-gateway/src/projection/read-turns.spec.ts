import { READERS_WAITING_MAX } from '@waymark/base';
import { nextTurn, ReadTurns } from './read-turns.ts';

let turns: ReadTurns;
let story: string[];
beforeEach(() => {
  turns = new ReadTurns();
  story = [];
});

/** An answer in `slices` parts, which says when each is made. */
const answer = (name: string, slices: number) => async () => {
  for (let slice = 0; slice < slices; slice++) {
    if (slice > 0) await nextTurn();
    story.push(name);
  }
  return name;
};

it('one answer is made at a time, in the order of asking, and others have turns between two', async () => {
  const asked = [turns.take(answer('a', 2)), turns.take(answer('b', 1)), turns.take(answer('c', 2))];
  const ticks = setInterval(() => story.push('-'), 0);
  expect(await Promise.all(asked)).toEqual(['a', 'b', 'c']);
  clearInterval(ticks);
  expect(story.filter((part) => part !== '-').join('')).toBe('aabcc');
});

it('two answers are never made in the same turn of the event loop', async () => {
  let turn = 0;
  let isOver = false;
  const count = (): void => {
    turn += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const made = await Promise.all(Array.from({ length: 20 }, () => turns.take(() => turn)));
  isOver = true;
  expect(new Set(made).size).toBe(20);
});

it('goes on after one that fails', async () => {
  const failing = turns.take(() => Promise.reject(new Error('x')));
  const after = turns.take(answer('b', 1));
  await expect(failing).rejects.toThrow('x');
  expect(await after).toBe('b');
  expect(await turns.take(answer('c', 1))).toBe('c');
});

it('who would be one too many is told so at once', async () => {
  const asked = Array.from({ length: READERS_WAITING_MAX + 1 }, () => turns.take(answer('a', 1)));
  await expect(turns.take(answer('b', 1))).rejects.toMatchObject({ slug: 'overloaded', retryAfterSeconds: 1 });
  await Promise.all(asked);
  expect(await turns.take(answer('c', 1))).toBe('c');
});
