/** Ends the process with a sentence on a Node that cannot run the rest. In the syntax of old ones: whatever `node` is reads this. */
const NODE_MAJOR_MIN = 20;

export function endOnOldNode() {
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) return;
  console.error(
    'Waymark needs Node ' +
      NODE_MAJOR_MIN +
      ' or later to start (this is ' +
      process.version +
      '): see https://nodejs.org.',
  );
  process.exit(1);
}
