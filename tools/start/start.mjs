/**
 * `npm start` and `npm test` on a fresh clone: nothing is installed yet, so this file and the two beside it are plain JavaScript without packages,
 * for any Node from 20 on. It installs and builds what is missing, then hands over to a script on the Node that the lockfile pins.
 *
 *   node tools/start/start.mjs [script, default tools/start/main.ts] [its arguments]
 */
const NODE_MAJOR_MIN = 20;
/** 128 + SIGINT, as of a shell: a test run that was ended has not passed. */
const EXIT_INTERRUPTED = 130;

const major = Number(process.versions.node.split('.')[0]);
if (major < NODE_MAJOR_MIN) {
  console.error(
    'Waymark needs Node ' +
      NODE_MAJOR_MIN +
      ' or later to start (this is ' +
      process.version +
      '): see https://nodejs.org.',
  );
  process.exit(1);
}
const { main } = await import('./prepare.mjs');
const startedAtMs = Date.now() - Math.round(process.uptime() * 1000);
const [script, ...args] = process.argv.slice(2);
if (script === undefined) await main('tools/start/main.ts', [String(startedAtMs)], 0);
else await main(script, args, EXIT_INTERRUPTED);
