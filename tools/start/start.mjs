/**
 * `npm start` on a fresh clone: nothing is installed yet, so this file and the two beside it are plain JavaScript without packages, for any Node
 * from 20 on. It installs and builds what is missing, then hands over to main.ts on the Node that the lockfile pins.
 */
const NODE_MAJOR_MIN = 20;

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
await main();
