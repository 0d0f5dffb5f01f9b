/**
 * `npm run sla:prove`: whether the gate can fail. Runs it against mutants of the server and of the machine and demands the one right verdict of each,
 * by a rule that is about what is wrong. A run that ends INVALID by noise where another verdict is right is tried once more.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import pc from 'picocolors';
import { format, resolveConfig } from 'prettier';
import { CommandLineError, ownCommandLine } from '../../tools/command-line/command-line.ts';
import { buildApps } from '../../tools/e2e/apps.ts';
import { gateRun } from '../gate/gate-run.ts';
import { claimOut } from '../gate/out-folder.ts';
import { ProgressLine } from '../gate/progress-line.ts';
import { embeddedTarget } from '../gate/target.ts';
import { EXIT_INTERRUPTED, interruptSignal, throwIfInterrupted } from '../interrupt.ts';
import { ReceiptError, writeReceipt } from '../receipt/receipt-file.ts';
import type { Receipt } from '../receipt/receipt.ts';
import { loadSla, SlaError } from '../sla/load-sla.ts';
import type { Sla } from '../sla/sla.ts';
import { matrixMarkdown } from './matrix.ts';
import { MUTANTS, type Mutant } from './mutants.ts';
import { proofOf, wrongness, type Proof } from './proof.ts';

const EXIT_NOT_PROVED = 1;
const TRIES_MAX = 2;
const DOCUMENT = new URL('../../docs/sla-mutants.md', import.meta.url);

const HELP = `npm run sla:prove -- [flags]

  --only NAME,NAME    some of ${MUTANTS.map(({ name }) => name).join(', ')}; default all, in under ten minutes
  --out FOLDER        where receipts and matrix.md go; default sla-report/prove
  --write             keeps the rows of docs/sla-mutants.md
  --help

Exit codes: 0 each mutant got the right verdict by the right rule, 1 one did not or nothing could be proved, 130 interrupted.
`;

const { asked, out, write } = ownCommandLine({
  help: HELP,
  options: {
    only: { type: 'string' },
    out: { type: 'string', default: 'sla-report/prove' },
    write: { type: 'boolean', default: false },
  },
  exitCode: EXIT_NOT_PROVED,
  says: 'ERROR: ',
  read({ values }) {
    const names = MUTANTS.map(({ name }) => name);
    const only = values.only?.split(',') ?? names;
    const unknown = only.filter((name) => !names.includes(name));
    if (unknown.length > 0)
      throw new CommandLineError(`there is no mutant ${unknown.join(', ')}; there are ${names.join(', ')}`);
    if (values.out === '') throw new CommandLineError('--out is empty');
    return { asked: only, out: resolve(values.out), write: values.write };
  },
});
const signal = interruptSignal();
const startedAt = performance.now();
const proofs: Proof[] = [];
let sla: Sla;
try {
  sla = loadSla();
  claimOut(out);
  clearProofs();
  await buildApps(signal);
  for (const mutant of MUTANTS.filter(({ name }) => asked.includes(name))) {
    const proof = await prove(mutant);
    proofs.push(proof);
    const wrong = wrongness(proof);
    const by = proof.found.length === 0 ? '' : ` by ${proof.found.join(', ')}`;
    const mark = wrong === null ? pc.green(`right${by}`) : pc.red(`WRONG, ${wrong}`);
    console.log(`${mutant.name.padEnd(16)} ${proof.outcome.padEnd(8)} ${mark}   ${pc.dim(proof.reason)}`);
  }
} catch (error) {
  if (!signal.aborted) {
    if (error instanceof ReceiptError || error instanceof SlaError) refuse(error.message);
    throw error;
  }
  console.error('interrupted: nothing is proved');
  process.exit(EXIT_INTERRUPTED);
}
const wrong = proofs.filter(({ isRight }) => !isRight);
const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1);
console.log(
  `\n${proofs.length - wrong.length} of ${proofs.length} mutants got the right verdict by the right rule, in ${minutes} minutes`,
);
mkdirSync(out, { recursive: true });
writeFileSync(join(out, 'matrix.md'), matrixMarkdown(MUTANTS, proofs));
if (write) {
  const table = matrixMarkdown(MUTANTS, proofs, readFileSync(DOCUMENT, 'utf8'));
  writeFileSync(DOCUMENT, await format(table, { ...(await resolveConfig(DOCUMENT)), parser: 'markdown' }));
}
process.exitCode = wrong.length > 0 ? EXIT_NOT_PROVED : 0;

function refuse(sentence: string): never {
  console.error(`ERROR: ${sentence}`);
  process.exit(EXIT_NOT_PROVED);
}

/** What an earlier proof left of these mutants is not of this one. */
function clearProofs(): void {
  rmSync(join(out, 'matrix.md'), { force: true });
  for (const name of asked) {
    for (let tries = 1; tries <= TRIES_MAX; tries++) rmSync(join(out, `${name}-${tries}.json`), { force: true });
  }
}

async function prove(mutant: Mutant): Promise<Proof> {
  for (let tries = 1; ; tries++) {
    const receipt = await run(mutant);
    await throwIfInterrupted(signal);
    const { outcome, retryMakesSense } = receipt.verdict;
    writeReceipt(join(out, `${mutant.name}-${tries}.json`), receipt);
    if (outcome !== mutant.expects && retryMakesSense && tries < TRIES_MAX) continue;
    return proofOf(mutant, receipt.verdict, tries);
  }
}

async function run({ atWindow, module, scenario }: Mutant): Promise<Receipt> {
  const progress = new ProgressLine(scenario.windowMs);
  const gatewayFlags = module === null ? [] : ['--import', new URL(`mutants/${module}`, import.meta.url).href];
  try {
    return await gateRun({
      scenario,
      sla,
      openTarget: () => embeddedTarget({ gatewayFlags }),
      onProgress: progress.show,
      onWindow(target) {
        if (module !== null) target.apps!.gateway.kill('SIGUSR2');
        atWindow?.(target);
      },
      signal,
    });
  } finally {
    progress.end();
  }
}
