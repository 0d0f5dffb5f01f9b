/**
 * Runs the benchmarks of a folder at full length, one after another, on a machine that should have nothing else to do.
 *
 *   npm run bench -- [folder ...] [--smoke]
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { CommandLineError, ownCommandLine } from './command-line/command-line.ts';

const HELP = `npm run bench -- [FOLDER ...] [--smoke]

  Runs the benchmarks under the folders, by default all, one after another at full length.

  --smoke   in their smallest form: whether they run at all
  --help

Exit codes: 0 all ran through, 2 the arguments are wrong, or a folder has none; else that of the benchmark that failed.
`;
const ALL = globSync('{libs,apps}/*/src/**/*.bench.ts');

const { scripts, smoke } = ownCommandLine({
  help: HELP,
  options: { smoke: { type: 'boolean', default: false } },
  positionals: true,
  read({ positionals: folders, values }) {
    const under = (folder: string): readonly string[] => ALL.filter((script) => script.startsWith(folder));
    const empty = folders.find((folder) => under(folder).length === 0);
    if (empty !== undefined) throw new CommandLineError(`there is no benchmark under ${empty}; --help tells more`);
    return { scripts: folders.length === 0 ? ALL : [...new Set(folders.flatMap(under))], smoke: values.smoke };
  },
});
for (const script of scripts) {
  console.log(`\n# ${script}`);
  const { status } = spawnSync(
    process.execPath,
    ['--conditions=waymark-source', '--expose-gc', script, ...(smoke ? ['--smoke'] : [])],
    { stdio: 'inherit' },
  );
  if (status !== 0) process.exit(status ?? 1);
}
