import { jest } from '@jest/globals';
import { PositionWaiters } from './position-waiters.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

it('what holds already is not waited for', async () => {
  const waiters = new PositionWaiters(0);
  expect(await waiters.until(() => true, 100)).toBe(true);
});

it('who waits is told by the check after which it holds', async () => {
  const waiters = new PositionWaiters(2);
  let position = 1;
  const five = waiters.until(() => position >= 5, 100);
  position = 4;
  waiters.check();
  expect(waiters.count).toBe(1);
  position = 5;
  waiters.check();
  expect(await five).toBe(true);
  expect(waiters.count).toBe(0);
  expect(jest.getTimerCount()).toBe(0);
});

it('who waits too long is told no, and forgotten', async () => {
  const waiters = new PositionWaiters(1);
  const never = waiters.until(() => false, 100);
  jest.advanceTimersByTime(100);
  expect(await never).toBe(false);
  expect(waiters.count).toBe(0);
});

it('past the bound nobody waits', async () => {
  const waiters = new PositionWaiters(1);
  const first = waiters.until(() => false, 100);
  expect(await waiters.until(() => false, 100)).toBe(false);
  waiters.close();
  expect(await first).toBe(false);
  expect(jest.getTimerCount()).toBe(0);
});
