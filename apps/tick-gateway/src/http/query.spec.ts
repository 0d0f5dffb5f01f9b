import { PAGE_ENTRIES_DEFAULT, PAGE_ENTRIES_MAX } from '@waymark/base';
import { Problem } from '@waymark/platform';
import { takePage } from './page.ts';
import { readChoice, readId, readLimit, readPosition, readQuery, readRevision, type Query } from './query.ts';

const READERS = {
  limit: readLimit,
  after: readId,
  atLeast: readPosition,
  fromRevision: readRevision,
  status: readChoice(['running', 'ended']),
};

function faults(query: Query): readonly unknown[] {
  try {
    readQuery(query, READERS);
  } catch (error) {
    expect(error).toBeInstanceOf(Problem);
    expect(error).toMatchObject({ slug: 'invalid-request', status: 400 });
    return (error as Problem).errors!.map(({ parameter, code }) => `${parameter} ${code}`);
  }
  return [];
}

describe('readQuery', () => {
  it('fills in what is not given', () => {
    expect(readQuery({}, READERS)).toEqual({
      limit: PAGE_ENTRIES_DEFAULT,
      after: null,
      atLeast: null,
      fromRevision: null,
      status: null,
    });
  });

  it('reads what is given', () => {
    const query = { limit: '7', after: 'a-B_9', atLeast: '123', fromRevision: '0', status: 'ended' };
    expect(readQuery(query, READERS)).toEqual({
      limit: 7,
      after: 'a-B_9',
      atLeast: 123,
      fromRevision: 0,
      status: 'ended',
    });
  });

  it.each([
    ['limit', '0'],
    ['limit', String(PAGE_ENTRIES_MAX + 1)],
    ['limit', '1.5'],
    ['limit', '1e2'],
    ['limit', ''],
    ['limit', ' 5'],
    ['limit', '-1'],
    ['limit', 'NaN'],
    ['limit', '0x10'],
    ['after', ''],
    ['after', 'a b'],
    ['after', 'x'.repeat(65)],
    ['after', "';--"],
    ['atLeast', '-1'],
    ['atLeast', '9007199254740993'],
    ['atLeast', '99999999999999999'],
    ['fromRevision', '4294967296'],
    ['status', 'Ended'],
    ['status', ''],
  ])('refuses %s=%j and names it', (parameter, value) => {
    expect(faults({ [parameter]: value })).toEqual([`${parameter} invalid-parameter`]);
  });

  it('refuses a parameter that is given twice', () => {
    expect(faults({ limit: ['1', '2'] })).toEqual(['limit invalid-parameter']);
  });

  it.each(['limits', 'constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'refuses the unknown parameter %s',
    (parameter) => {
      const query = Object.fromEntries([[parameter, '1']]);
      expect(faults(query)).toEqual([`${parameter} unknown-parameter`]);
    },
  );

  it('tells all faults at once', () => {
    expect(faults({ limit: '0', status: 'x', colour: 'red' })).toEqual([
      'colour unknown-parameter',
      'limit invalid-parameter',
      'status invalid-parameter',
    ]);
  });
});

describe('takePage', () => {
  const entries = Array.from({ length: 7 }, (_, i) => ({ id: `e${i}`, isOdd: i % 2 === 1 }));
  const idOf = ({ id }: { id: string }): string => id;
  const ids = (after: string | null, limit: number, isWanted: (entry: { isOdd: boolean }) => boolean = () => true) => {
    const { page, next } = takePage(entries, { limit, after, idOf }, isWanted);
    return [page.map(idOf), next];
  };

  it('gives pages that join up, and says when there are no more', () => {
    expect(ids(null, 3)).toEqual([['e0', 'e1', 'e2'], 'e2']);
    expect(ids('e2', 3)).toEqual([['e3', 'e4', 'e5'], 'e5']);
    expect(ids('e5', 3)).toEqual([['e6'], null]);
    expect(ids('e6', 3)).toEqual([[], null]);
    expect(ids(null, 7)).toEqual([entries.map(idOf), null]);
  });

  it('leaves out what is not wanted', () => {
    const odd = ({ isOdd }: { isOdd: boolean }): boolean => isOdd;
    expect(ids(null, 2, odd)).toEqual([['e1', 'e3'], 'e3']);
    expect(ids('e3', 2, odd)).toEqual([['e5'], null]);
  });

  it('refuses to go on from an entry that is gone', () => {
    expect(() => ids('gone', 3)).toThrow(Problem);
  });
});
