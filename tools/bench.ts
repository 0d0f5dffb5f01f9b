/**
 * Runs the benchmarks of a folder at full length, one after another, on a machine that should have nothing else to do.
 *
 *   npm run bench -- [folder ...] [--smoke]
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';

const smoke = process.argv.includes('--smoke');
const folders = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const scripts = globSync('{libs,apps}/*/src/**/*.bench.ts').filter(
  (script) => folders.length === 0 || folders.some((folder) => script.startsWith(folder)),
);
if (scripts.length === 0) {
  console.error(`no benchmark under ${folders.join(', ')}`);
  process.exit(1);
}
for (const script of scripts) {
  console.log(`\n# ${script}`);
  const { status } = spawnSync(
    process.execPath,
    ['--conditions=waymark-source', '--expose-gc', script, ...(smoke ? ['--smoke'] : [])],
    { stdio: 'inherit' },
  );
  if (status !== 0) process.exit(status ?? 1);
}
