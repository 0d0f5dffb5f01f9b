/**
 * Writes every generated file again: `npm run generate`. With `--check` nothing is written, and a file that differs ends it with 1.
 * Golden vectors and OpenAPI are compared by tests of their own packages, which name the command that writes them.
 */
import { spawnSync } from 'node:child_process';

const GENERATORS = [
  'tools/docs/main.ts',
  'tools/write-quest-schema.ts',
  'tools/boundaries/picture.ts',
  'tools/monitoring/dashboard/main.ts',
  'tools/schemas/main.ts',
];
for (const generator of GENERATORS) {
  const args = ['--conditions=waymark-source', generator, ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
