/**
 * `npm run check`: everything short of the slow tiers, in about a minute. Steps run two at a time; what a step prints is shown only when
 * it fails. `npm run check -- --fix` formats, generates and mends what the linter can; `--without-tests` leaves the tests to `npm test`.
 */
import { spawn } from 'node:child_process';
import { ownCommandLine } from '../command-line/command-line.ts';
import { tidy } from './tidy.ts';

interface Step {
  readonly name: string;
  readonly command: readonly string[];
}

const HELP = `npm run check -- [flags]

  Types, lint, import rules, generated files, format and quick tests.

  --fix             formats, generates, and mends what the linter can
  --without-tests   all but the quick tests
  --help

Exit codes: 0 all is well, 1 a step failed, 2 the arguments are wrong.
`;
const { fix, 'without-tests': withoutTests } = ownCommandLine({
  help: HELP,
  options: { fix: { type: 'boolean', default: false }, 'without-tests': { type: 'boolean', default: false } },
  read: ({ values }) => values,
});
const bin = 'node_modules/.bin';
/** What the tools themselves remember of files that are as they were, by content. */
const CACHE = 'node_modules/.cache/check';
const STEPS: readonly Step[] = [
  { name: 'types', command: tsc('tsconfig.json', 'all') },
  { name: 'types of pure packages', command: tsc('tsconfig.pure.json', 'pure') },
  { name: 'types of scripts for k6', command: tsc('loadtest/k6/script/tsconfig.json', 'k6') },
  { name: 'lint', command: [`${bin}/oxlint`, '--deny-warnings', ...(fix ? ['--fix'] : [])] },
  { name: 'boundaries', command: [process.execPath, 'tools/boundaries/check.ts'] },
  {
    name: 'generated files',
    command: [process.execPath, '--conditions=waymark-source', 'tools/generate.ts', ...(fix ? [] : ['--check'])],
  },
  {
    name: 'format',
    command: [
      `${bin}/prettier`,
      fix ? '--write' : '--check',
      '--log-level=warn',
      '--cache',
      '--cache-strategy=content',
      `--cache-location=${CACHE}/prettier`,
      '.',
    ],
  },
  // Jest leaves a processor free by itself: of two, that is half of them (126 s instead of 76).
  { name: 'quick tests', command: [process.execPath, 'tools/test/jest.ts', 'spec,contract,fuzz', '--maxWorkers=100%'] },
];
const STEPS_AT_ONCE = 2;

let failedCount = 0;
const waiting = STEPS.filter((step) => !(withoutTests && step.name === 'quick tests'));
await Promise.all(Array.from({ length: STEPS_AT_ONCE }, work));

const untidy = tidy();
for (const fault of untidy) console.error(fault);
if (untidy.length > 0) failedCount += 1;
console.log(`${untidy.length === 0 ? 'ok    ' : 'FAILED'} tidy`);
process.exitCode = failedCount > 0 ? 1 : 0;

function tsc(project: string, name: string): readonly string[] {
  return [`${bin}/tsc`, '-p', project, '--incremental', '--tsBuildInfoFile', `${CACHE}/${name}.tsbuildinfo`];
}

async function work(): Promise<void> {
  for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
    const startedAtMs = performance.now();
    const { code, printed } = await run(step.command);
    const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
    console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${step.name} (${seconds} s)`);
    if (code === 0) continue;
    failedCount += 1;
    console.error(printed);
  }
}

function run([program, ...args]: readonly string[]): Promise<{ code: number; printed: string }> {
  return new Promise((resolve) => {
    const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => resolve({ code: 1, printed: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, printed: Buffer.concat(chunks).toString() }));
  });
}
