import { isSampled, makeTraceparent, readTraceparent, traceIdOf } from './traceparent.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';

describe('a traceparent', () => {
  it.each(['00', '01', '03', 'ff'])('of version 00 is taken as it is, with flags %s', (flags) => {
    const sent = `00-${TRACE}-${PARENT}-${flags}`;
    expect(readTraceparent(sent)).toBe(sent);
  });

  it.each([
    [`01-${TRACE}-${PARENT}-01`, '01'],
    [`cc-${TRACE}-${PARENT}-00`, '00'],
    [`cc-${TRACE}-${PARENT}-09-what-will-come`, '01'],
    [`01-${TRACE}-${PARENT}-02-`, '00'],
  ])('of a later version is read as far as version 00 goes: %s', (sent, flags) => {
    expect(readTraceparent(sent)).toBe(`00-${TRACE}-${PARENT}-${flags}`);
  });

  it.each([
    ['nothing', undefined],
    ['an empty one', ''],
    ['words', 'nonsense'],
    ['capitals', `00-${TRACE.toUpperCase()}-${PARENT}-01`],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${PARENT}-01`],
    ['a parent id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['the version that is none', `ff-${TRACE}-${PARENT}-01`],
    ['more than version 00 has', `00-${TRACE}-${PARENT}-01-more`],
    ['a later version whose rest has no dash', `01-${TRACE}-${PARENT}-01.more`],
    ['a short trace id', `00-${TRACE.slice(1)}-${PARENT}-01`],
    ['no flags', `00-${TRACE}-${PARENT}`],
    ['another dash', `00_${TRACE}_${PARENT}_01`],
    ['blanks around it', ` 00-${TRACE}-${PARENT}-01`],
    ['two headers, as Node joins them', `00-${TRACE}-${PARENT}-01, 00-${TRACE}-${PARENT}-01`],
    ['a list', [`00-${TRACE}-${PARENT}-01`]],
    ['a line that goes on', `00-${TRACE}-${PARENT}-01\n`],
  ])('is passed over: %s', (_, sent) => {
    expect(readTraceparent(sent)).toBeUndefined();
  });

  it('says its trace, and whether it is recorded', () => {
    expect(traceIdOf(`00-${TRACE}-${PARENT}-01`)).toBe(TRACE);
    const sampled = ['00', '01', '02', '03'].map((flags) => isSampled(`00-${TRACE}-${PARENT}-${flags}`));
    expect(sampled).toEqual([false, true, false, true]);
  });

  it('that is made holds, is no other, and asks for no record', () => {
    const made = Array.from({ length: 600 }, makeTraceparent);
    expect(made.every((one) => readTraceparent(one) === one && !isSampled(one))).toBe(true);
    expect(new Set(made.map(traceIdOf)).size).toBe(600);
  });
});
