/**
 * `npm start` and `npm test` on a fresh clone: nothing is installed yet, so this file and those that it loads are plain JavaScript without packages,
 * for any Node from 20 on. It installs and builds what is missing, then hands over to a script on the Node that the lockfile pins.
 *
 *   node tools/start/start.mjs [script under tools/, default tools/start/main.ts] [its arguments]
 */
import { endOnOldNode } from './old-node.mjs';

/** 128 + SIGINT, as of a shell: a test run that was ended has not passed. */
const EXIT_INTERRUPTED = 130;
const TEST = 'tools/test/main.ts';

endOnOldNode();
const { answerOfStart, answerOfTest, endWith } = await import('./usage.mjs');
const { main } = await import('./prepare.mjs');
const startedAtMs = Date.now() - Math.round(process.uptime() * 1000);
const [script, ...args] = process.argv.slice(2);
// What `npm start -- ...` was given stands where package.json puts a script for the other commands.
if (script === undefined || !/^tools\/\S+\.ts$/.test(script)) {
  endWith(answerOfStart(process.argv.slice(2)));
  await main('tools/start/main.ts', [String(startedAtMs)], 0);
} else {
  if (script === TEST) endWith(answerOfTest(args));
  await main(script, args, EXIT_INTERRUPTED);
}
