import { resolve } from 'node:path';
import { BackupError, StoreOpenError } from '@waymark/event-store';
import { ConfigError, loadConfig, startFaultSentence } from '@waymark/platform';
import { backUpDataDir } from './back-up.ts';

/** `npm run backup -- DIRECTORY`, and in a container `node apps/command/dist/backup/main.js DIRECTORY`: beside the running apps. */
const USAGE = `npm run backup -- DIRECTORY

  Copies the data directory (WAYMARK_DATA_DIR) to DIRECTORY, which must not be there yet, while the apps run or not: the SQLite log
  as of one moment, checked, the keys and the development token. To restore: stop both apps, move the data
  directory away, copy the backup to its place by this very program (WAYMARK_DATA_DIR=BACKUP), start them.

Exit codes: 0 the copy is whole, 1 there is none.`;

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const isKnown = error instanceof ConfigError || error instanceof BackupError || error instanceof StoreOpenError;
  console.error(isKnown ? error.message : startFaultSentence(error));
  process.exitCode = 1;
}

async function run(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(USAGE);
    return 0;
  }
  const flag = args.find((arg) => arg.startsWith('-'));
  const [directory, more] = args;
  if (flag !== undefined || directory === undefined || more !== undefined) {
    const what = flag === undefined ? `one DIRECTORY is wanted, not ${args.length}` : `Unknown option '${flag}'`;
    console.error(`${what}; --help tells more`);
    return 1;
  }
  const { dataDir, eventStore } = loadConfig(process.env, 'command');
  if (eventStore !== 'sqlite') {
    console.error(
      `with WAYMARK_EVENT_STORE=${eventStore} there is no log in ${dataDir}; back the event store up itself`,
    );
    return 1;
  }
  const { eventCount } = await backUpDataDir(dataDir, resolve(directory));
  console.log(`${eventCount} events of ${dataDir} are in ${resolve(directory)}`);
  return 0;
}
