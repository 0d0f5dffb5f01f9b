import { ConfigError, DataDirError, onShutdown, startFaultSentence } from '@waymark/platform';
import { PortError } from './ports.ts';
import { ChildDeath, Supervisor } from './supervisor.ts';

/**
 * The second half of `npm start`, on the pinned Node; started by prepare.mjs, which hands over when it began. Exit code 0 when it was told to
 * stop and all stopped in time, otherwise 1 after one clear sentence.
 */
const STOP_MS = 2_700;

const supervisor = new Supervisor(Number(process.argv[2] ?? Date.now()));
onShutdown({
  stop: async () => {
    console.log('\nStopping.');
    if (!(await supervisor.stop())) process.exitCode = 1;
  },
  deadlineMs: STOP_MS,
  complain: (sentence, error) => console.error(sentence, error ?? ''),
});
// Whoever reads our output may be gone before us.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

try {
  await supervisor.run(process.env);
} catch (error) {
  console.error(`\n${explain(error)}`);
  await supervisor.stop();
  process.exit(1);
}

function explain(error: unknown): string {
  if (error instanceof ChildDeath || error instanceof PortError) return error.message;
  if (error instanceof ConfigError || error instanceof DataDirError) return startFaultSentence(error);
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
