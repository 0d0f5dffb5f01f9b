/**
 * The contract suite against the EventStoreDB server that EVENTSTOREDB_URL names: `npm run test:eventstoredb`. Each test writes streams of its own,
 * whose names begin with `waymark-contract-`, and looks at nothing else, so the server may hold other things; they are not removed.
 */
import { spawnSync } from 'node:child_process';
import { ownCommandLine } from '../command-line/command-line.ts';

const HELP = `EVENTSTOREDB_URL=esdb://... npm run test:eventstoredb -- [flags]

  Runs the contract of the event store against that server. It may hold other things; the streams that this writes are not removed.

  --testNamePattern PATTERN, -t PATTERN   only the tests whose name matches
  --help

Exit codes: 0 all passed, 1 one failed or no server is named, 2 the arguments are wrong.
`;
const pattern = ownCommandLine({
  help: HELP,
  options: { testNamePattern: { type: 'string', short: 't' } },
  read: ({ values }) => values.testNamePattern,
});
if ((process.env['EVENTSTOREDB_URL'] ?? '') === '') {
  console.error(
    'EVENTSTOREDB_URL is not set: name the server to test against, such as esdb://admin:changeit@127.0.0.1:2113?tls=false',
  );
  process.exit(1);
}
const args = [
  'tools/test/jest.ts',
  'server',
  'libs/event-store',
  '--verbose',
  ...(pattern === undefined ? [] : [`--testNamePattern=${pattern}`]),
];
const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
process.exitCode = status ?? 1;
