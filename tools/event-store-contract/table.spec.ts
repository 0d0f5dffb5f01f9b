import { ADAPTERS, contractFaults, contractRows, contractTable, type JestReport } from './table.ts';

/** No case of the contract can be missing in silence. */
interface Case {
  readonly adapter: string;
  readonly title: string;
  readonly status?: string;
}

const reportOf = (...cases: readonly Case[]): JestReport => ({
  testResults: [
    {
      assertionResults: cases.map(({ adapter, status = 'passed', title }) => ({
        ancestorTitles: [`event store contract: ${adapter}`, 'reading'],
        title,
        status,
      })),
    },
  ],
});
const all = (title: string): Case[] => ADAPTERS.map((adapter) => ({ adapter, title }));
const faultsOf = (...cases: readonly Case[]): string[] => contractFaults(contractRows([reportOf(...cases)]));

it('is whole when each adapter has passed each case', () => {
  expect(faultsOf(...all('one'), ...all('two'))).toEqual([]);
  expect(contractTable(contractRows([reportOf(...all('one'))]))).toContain('| one | yes | yes | yes |');
});

it.each<[string, readonly Case[], string]>([
  ['an adapter that did not run it', all('one').slice(0, 2), 'eventstoredb: reading: one: did not run'],
  [
    'one that skipped it',
    [...all('one').slice(1), { adapter: 'memory', title: 'one', status: 'pending' }],
    'memory: reading: one: pending',
  ],
  [
    'one that failed it',
    [...all('one').slice(1), { adapter: 'memory', title: 'one', status: 'failed' }],
    'memory: reading: one: failed',
  ],
  [
    'two cases of one name',
    [...all('one'), { adapter: 'sqlite', title: 'one' }],
    'sqlite: reading: one: is there twice',
  ],
])('tells of %s', (_, cases, fault) => {
  expect(faultsOf(...cases)).toEqual([fault]);
});

it('tells when nothing ran, also where only adapters of others did', () => {
  expect(faultsOf()).toEqual(['no case of the contract ran']);
  expect(faultsOf({ adapter: 'eventstoredb, the server of EVENTSTOREDB_URL', title: 'one' })).toEqual([
    'no case of the contract ran',
  ]);
});
