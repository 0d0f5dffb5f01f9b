import {
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { ReceiptError } from '../receipt/receipt-file.ts';

/**
 * The folder of a run's receipt and reports. After any run it holds that run's truth and nothing of an earlier one: whoever collects it after an
 * ERROR must not find a green report of yesterday, and two runs at once must not leave the receipt of the one beside the page of the other. What the
 * gate did not write is left alone.
 */
const OF_A_RUN = ['receipt.json', 'junit.xml', 'summary.md', 'report.html'];
const OF_A_COMPARISON = ['comparison.json', 'comparison.md', 'comparison.html'];
/** pair-1-new.json; a receipt that was being written when its run ended. */
const NUMBERED = /^pair-\d+-(baseline|new)\.json$/;
const UNFINISHED = /\.unfinished$/;
/** Of a run that was tried once more: what the first try said. */
export const FIRST_TRY = 'first-try';

/** Holds the process id of the run whose folder it is, as long as that lives. */
const CLAIM = '.run';
/** Each is lost to another run that came or went at the same moment. */
const CLAIM_TRIES_MAX = 100;

/**
 * Makes the folder this process's until it ends. Comes first: a folder that takes no files is told now, not when everything is measured. Throws
 * ReceiptError.
 */
export function claimOut(out: string): void {
  const claim = join(out, CLAIM);
  const isNew = !existsSync(out);
  asReceiptError(`no report can be written into ${out}`, () => mkdirSync(out, { recursive: true }));
  const owner = asReceiptError(`no report can be written into ${out}`, () => takeClaim(claim));
  if (owner !== null) {
    throw new ReceiptError(
      `${out} is in use by a run that has not ended (process ${owner}): give this one another --out, or remove ${claim} when that is something else`,
    );
  }
  process.once('exit', () => {
    rmSync(claim, { force: true });
    if (isNew && readdirSync(out).length === 0) rmdirSync(out);
  });
}

/**
 * Null when it is taken, else who has it. Whoever comes at the same moment must find it whole and cannot take it as well: it is written under
 * another name and linked, and what a dead run left is moved away and looked at again before it is thrown away.
 */
function takeClaim(claim: string): number | null {
  const [own, moved] = [`${claim}.${process.pid}`, `${claim}.${process.pid}.old`];
  writeFileSync(own, String(process.pid));
  try {
    for (let tries = 0; tries < CLAIM_TRIES_MAX; tries++) {
      if (succeeds('EEXIST', () => putAs(own, claim))) return null;
      const owner = ownerOf(claim);
      if (owner !== null && isAlive(owner)) return owner;
      if (owner === null || !succeeds('ENOENT', () => renameSync(claim, moved))) continue;
      // Somebody took it in between: it goes back.
      if (isAlive(ownerOf(moved) ?? 0)) succeeds('EEXIST', () => putAs(moved, claim));
    }
    throw new Error(`${claim} is neither a run's nor to be had`);
  } finally {
    rmSync(own, { force: true });
    rmSync(moved, { force: true });
  }
}

/** Never over a file that is there. Some disks know no links. */
function putAs(file: string, claim: string): void {
  try {
    linkSync(file, claim);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
    copyFileSync(file, claim, constants.COPYFILE_EXCL);
  }
}

/** False when it fails in the one way that is expected. */
function succeeds(butFor: 'EEXIST' | 'ENOENT', work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === butFor) return false;
    throw error;
  }
}

/** Null: nobody's. */
function ownerOf(claim: string): number | null {
  let pid: number | null = null;
  succeeds('ENOENT', () => (pid = Number(readFileSync(claim, 'utf8'))));
  return pid === null || Number.isInteger(pid) ? pid : 0;
}

/** 0 is of nobody: a claim that holds no process. */
function isAlive(pid: number): boolean {
  if (pid === 0) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It is there, and of another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Before anything is measured. Throws ReceiptError. */
export function clearOut(out: string): void {
  asReceiptError(`the reports of an earlier run in ${out} cannot be removed`, () => {
    for (const folder of [join(out, FIRST_TRY), out]) removeOwn(folder);
    if (existsSync(join(out, FIRST_TRY)) && readdirSync(join(out, FIRST_TRY)).length === 0) {
      rmdirSync(join(out, FIRST_TRY));
    }
  });
}

/** What was just written is not the last word: it goes where it cannot be taken for that. Throws ReceiptError. */
export function keepAsFirstTry(out: string): void {
  asReceiptError(`the first try's reports cannot be moved into ${join(out, FIRST_TRY)}`, () => {
    mkdirSync(join(out, FIRST_TRY), { recursive: true });
    for (const name of OF_A_RUN) renameSync(join(out, name), join(out, FIRST_TRY, name));
  });
}

function removeOwn(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const isOurs = [...OF_A_RUN, ...OF_A_COMPARISON].includes(name.replace(UNFINISHED, ''));
    if (isOurs || NUMBERED.test(name.replace(UNFINISHED, ''))) rmSync(join(folder, name));
  }
}

function asReceiptError<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new ReceiptError(`${what}: ${(error as Error).message}`);
  }
}
