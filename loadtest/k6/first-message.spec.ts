import { FirstMessage } from './first-message.ts';

describe('the first message of a player that k6 holds', () => {
  it('is the welcome, and all that comes after it is taken', () => {
    const first = new FirstMessage(false);
    expect([true, false, false, true].map((isText) => first.takes(isText))).toEqual([true, true, true, true]);
  });

  it('that is a frame tells that the welcome was lost', () => {
    expect(new FirstMessage(false).takes(false)).toBe(false);
  });

  it('is taken as it is by the last try: a server without a welcome is found out', () => {
    expect(new FirstMessage(true).takes(false)).toBe(true);
  });
});
