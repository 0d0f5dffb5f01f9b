/**
 * The contract suite against the EventStoreDB server that EVENTSTOREDB_URL names: `npm run test:eventstoredb`. Each test writes streams of its own,
 * whose names begin with `waymark-contract-`, and looks at nothing else, so the server may hold other things; they are not removed.
 */
import { spawnSync } from 'node:child_process';

if ((process.env['EVENTSTOREDB_URL'] ?? '') === '') {
  console.error(
    'EVENTSTOREDB_URL is not set: name the server to test against, such as esdb://admin:changeit@127.0.0.1:2113?tls=false',
  );
  process.exit(1);
}
const args = ['tools/test/jest.ts', 'server', 'libs/event-store', '--verbose', ...process.argv.slice(2)];
const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
process.exitCode = status ?? 1;
