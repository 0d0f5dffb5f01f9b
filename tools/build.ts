/**
 * Compiles src to dist in every package, with swc, one process: about a second for the whole tree. Types are checked by `npm run check`.
 * Files whose output is newer than the source are left alone; outputs without a source are removed.
 *
 *   node tools/build.ts [--clean]
 */
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownCommandLine } from './command-line/command-line.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const swcConfig = JSON.parse(readFileSync(join(root, '.swcrc'), 'utf8'));
/** Tests, benchmarks and what they share run from source; they are no part of what is built. */
const NOT_BUILT = /\.(spec|contract|fuzz|alloc|int|e2e|bench|server)\.ts$|^testing\//;

const HELP = `npm run build -- [--clean]

  Compiles src to dist in every package. Files that are newer than their source are left alone.

  --clean   removes dist first
  --help

Exit codes: 0 all is built, 1 a file does not compile, 2 the arguments are wrong.
`;
const clean = ownCommandLine({
  help: HELP,
  options: { clean: { type: 'boolean', default: false } },
  read: ({ values }) => values.clean,
});
// Not before: a wrong flag is told also where nothing is installed.
const { transformFile } = await import('@swc/core');

const startedAtMs = performance.now();
const configAtMs = statSync(join(root, '.swcrc')).mtimeMs;
let built = 0;
let kept = 0;

for (const packageDir of globSync('{libs,apps}/*', { cwd: root })) {
  const sourceDir = join(root, packageDir, 'src');
  const outputDir = join(root, packageDir, 'dist');
  if (clean) rmSync(outputDir, { recursive: true, force: true });
  const sources = globSync('**/*.ts', { cwd: sourceDir }).filter((file) => !NOT_BUILT.test(file));
  const outputs = new Set(sources.map((file) => file.replace(/\.ts$/, '.js')));
  for (const stale of globSync('**/*.js', { cwd: outputDir })) {
    if (outputs.has(stale)) continue;
    rmSync(join(outputDir, stale));
    rmSync(join(outputDir, `${stale}.map`), { force: true });
  }
  await Promise.all(
    sources.map((file) => compile(join(sourceDir, file), join(outputDir, file.replace(/\.ts$/, '.js')))),
  );
}
console.log(`built ${built} files, ${kept} were up to date, in ${Math.round(performance.now() - startedAtMs)} ms`);

async function compile(source: string, output: string): Promise<void> {
  const newest = Math.max(statSync(source).mtimeMs, configAtMs);
  if (existsSync(output) && statSync(output).mtimeMs > newest) {
    kept += 1;
    return;
  }
  const { code, map } = await transformFile(source, {
    ...swcConfig,
    swcrc: false,
    sourceFileName: relative(dirname(output), source),
  });
  mkdirSync(dirname(output), { recursive: true });
  writeFileSync(output, map ? `${code}\n//# sourceMappingURL=${output.split('/').at(-1)}.map\n` : code);
  if (map) writeFileSync(`${output}.map`, map);
  built += 1;
}
