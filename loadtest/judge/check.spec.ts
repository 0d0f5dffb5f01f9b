import { figureTold, ms, percent, shortNumber } from './check.ts';

describe('figures in sentences', () => {
  it('have three digits and no more than two decimals', () => {
    expect([0, 0.004, 1.234, 12.34, 123.4, 1234.5].map((value) => shortNumber(value))).toEqual([
      ...['0', '0', '1.23', '12.3', '123', '1235'],
    ]);
    expect([ms(null), percent(0.0123), figureTold('S8', 0.5, ''), figureTold('S9', 0.5, 'cores')]).toEqual([
      ...['never', '1.23 %', '50 %', '0.5 cores'],
    ]);
  });

  it('never look equal to the limit that they are over', () => {
    expect(percent(0.150_4, 0.15)).toBe('15.04 %');
    expect(ms(35.01, 35)).toBe('35.01 ms');
    expect(figureTold('S11', 180.2, 'MB', 180)).toBe('180.2 MB');
    expect(figureTold('S8', 0.005_01, '', 0.005)).toBe('0.501 %');
    expect([ms(35, 35), ms(36, 35), ms(36, null)]).toEqual(['35 ms', '36 ms', '36 ms']);
  });
});
