import { startEventStoreDbServer } from './eventstoredb-server.ts';

/**
 * The test server as a process of its own, which can be killed and started again on the same file. Says one line, `ready PORT`. Switches are set
 * by lines on standard input, each a JSON object of fields of ServerFaults, or `drop` to cut all connections.
 *
 *   node --conditions=waymark-source libs/testing/src/eventstoredb-server/main.ts FILE [PORT]
 */
const [file, port = '0'] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: main.ts FILE [PORT]');
  process.exit(2);
}
const server = await startEventStoreDbServer({ file, port: Number(port) });
let rest = '';
process.stdin.setEncoding('utf8').on('data', (text: string) => {
  const lines = (rest + text).split('\n');
  rest = lines.pop()!;
  for (const line of lines) {
    if (line === 'drop') server.dropConnections();
    else if (line !== '') Object.assign(server.faults, JSON.parse(line));
  }
});
// Whoever started it is gone.
process.stdin.on('end', () => process.exit(0));
console.log(`ready ${server.port}`);
