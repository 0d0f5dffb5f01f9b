import { setImmediate as turn } from 'node:timers/promises';
import { HandlingDelay } from './handling-delay.ts';

describe('the handling delay', () => {
  it('is counted from the beginning of a turn that came after a rest', async () => {
    const { delay, at } = clocked();
    at(1_000);
    readMany(delay, 1_000, 7);
    expect(delay.of(1_003)).toBe(3);
  });

  it('is counted from the turn before when the loop did not rest in between: what came in it had to wait', async () => {
    const { delay, at } = clocked();
    readMany(delay, 1_000, 8);
    at(1_020);
    await turn();
    readMany(delay, 1_020.05, 7);
    expect(delay.of(1_021)).toBe(21);
    at(1_022);
    await turn();
    readMany(delay, 1_030, 7);
    expect(delay.of(1_031)).toBe(1);
  });
});

function clocked(): { delay: HandlingDelay; at: (ms: number) => void } {
  let now = 0;
  return { delay: new HandlingDelay(() => now), at: (ms) => void (now = ms) };
}

function readMany(delay: HandlingDelay, now: number, count: number): void {
  for (let n = 0; n < count; n++) delay.of(now);
}
