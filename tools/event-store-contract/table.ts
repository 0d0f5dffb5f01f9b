/**
 * The table of adapters by contract case: which case of libs/event-store's contract each adapter has passed, from jest's own reports. The run of
 * the tests prints it and compares it with docs/event-store-contract.md; main.ts beside this writes the page.
 */
export interface JestReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}

export interface ContractRow {
  readonly group: string;
  readonly title: string;
  /** By adapter; missing where it did not run the case. */
  readonly results: Readonly<Record<string, string>>;
}

export const ADAPTERS = ['memory', 'sqlite', 'eventstoredb'] as const;
const SUITE = 'event store contract: ';

/** In the order of the contract. */
export function contractRows(reports: readonly JestReport[]): ContractRow[] {
  const rows = new Map<string, { group: string; title: string; results: Record<string, string> }>();
  for (const { ancestorTitles, status, title } of reports.flatMap(({ testResults }) =>
    testResults.flatMap(({ assertionResults }) => assertionResults),
  )) {
    const [suite = '', group = ''] = ancestorTitles;
    const adapter = ADAPTERS.find((name) => suite === SUITE + name);
    if (adapter === undefined) continue;
    const key = `${group} ${title}`;
    const row = rows.get(key) ?? { group, title, results: {} };
    rows.set(key, row);
    // Two cases of one name would hide each other in one row.
    row.results[adapter] = row.results[adapter] === undefined ? status : 'is there twice';
  }
  return [...rows.values()];
}

/** Sentences about what is not as it must be: an adapter that did not pass a case, or never ran it. */
export function contractFaults(rows: readonly ContractRow[]): string[] {
  if (rows.length === 0) return ['no case of the contract ran'];
  return rows.flatMap(({ group, results, title }) =>
    ADAPTERS.filter((adapter) => results[adapter] !== 'passed').map(
      (adapter) => `${adapter}: ${group}: ${title}: ${results[adapter] ?? 'did not run'}`,
    ),
  );
}

/** As Markdown; a heading for each group. */
export function contractTable(rows: readonly ContractRow[]): string {
  const groups = [...new Set(rows.map(({ group }) => group))];
  return groups
    .map((group) => {
      const lines = rows
        .filter((row) => row.group === group)
        .map(({ results, title }) => {
          const cells = ADAPTERS.map((adapter) =>
            results[adapter] === 'passed' ? 'yes' : (results[adapter] ?? 'not run'),
          );
          return `| ${shown(title)} | ${cells.join(' | ')} |`;
        });
      const [head, rule] = [`| case | ${ADAPTERS.join(' | ')} |`, `| --- | ${ADAPTERS.map(() => '---').join(' | ')} |`];
      return [`### ${group[0]!.toUpperCase()}${group.slice(1)}`, '', head, rule, ...lines, ''].join('\n');
    })
    .join('\n');
}

const shown = (title: string): string => title.replaceAll(/[|*<>_[\]\\`]/g, (mark) => `\\${mark}`);

export function contractPage(rows: readonly ContractRow[]): string {
  return `<!-- Made by tools/event-store-contract/main.ts from the reports of the tests. -->

# The contract of the event store

\`libs/event-store\` is a port: streams of events, appended with an expected revision, in one global order. Whoever keeps events for Waymark passes
one suite (\`libs/event-store/src/event-store-contract.ts\`), each test on a log of its own. This table is what the last run of the tests found; a run
that finds something else fails, and \`node tools/event-store-contract/main.ts --write\` writes it again.

The column eventstoredb is the adapter against the test server of \`libs/testing/src/eventstoredb-server\`, which speaks the protocol through the
definitions of the client's own generated code. Against a real server, an empty one or one with other streams, the same cases run by

    EVENTSTOREDB_URL=esdb://admin:changeit@127.0.0.1:2113?tls=false npm run test:eventstoredb

What the adapter does about the faults of EventStoreDB and of its client stands in \`libs/event-store/src/eventstoredb/faults.int.ts\`, a test a fault.

Where the cases ask for more than EventStoreDB has by itself: a repeat is known for ever, with any expected revision (the server knows recent ids
only); the same ids with other data are told apart (the server compares ids alone); an id twice in one append is refused. Positions are dense in
memory and SQLite; those of EventStoreDB increase and have gaps, and the cases ask for no more there.

## Adapters by case

${contractTable(rows)}`;
}
