/**
 * Writes every generated file again: `npm run generate`. With `--check` nothing is written, and a file that differs ends it with 1.
 * Golden vectors and OpenAPI are compared by tests of their own packages, which name the command that writes them.
 */
import { spawnSync } from 'node:child_process';
import { ownCommandLine } from './command-line/command-line.ts';

const GENERATORS = [
  'tools/docs/main.ts',
  'tools/write-quest-schema.ts',
  'tools/boundaries/picture.ts',
  'tools/monitoring/dashboard/main.ts',
  'tools/schemas/main.ts',
];
const HELP = `npm run generate -- [--check]

  Writes every generated file again:
${GENERATORS.map((generator) => `    ${generator}`).join('\n')}

  --check   writes nothing, and names each file that differs
  --help

Exit codes: 0 done, 1 with --check a file differs, or one could not be made, 2 the arguments are wrong.
`;
const check = ownCommandLine({
  help: HELP,
  options: { check: { type: 'boolean', default: false } },
  read: ({ values }) => values.check,
});
for (const generator of GENERATORS) {
  const args = ['--conditions=waymark-source', generator, ...(check ? ['--check'] : [])];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
