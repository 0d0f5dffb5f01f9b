import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { schemaCheck, type SchemaCheck, type SchemaFault } from '../schema/schema-check.ts';
import { RECEIPT_VERSION, type Receipt } from './receipt.ts';

/**
 * Receipts as files. A receipt that cannot be written is an error of the run, whatever its verdict: who asked for evidence and got none must not
 * see green. So it stands under its name only when all of it is on the disk.
 */

/** `message` is a sentence for whoever ran the gate. */
export class ReceiptError extends Error {
  override readonly name = 'ReceiptError';
}

const check = schemaCheck(new URL('./receipt.schema.json', import.meta.url));
const FAULTS_TOLD_MAX = 3;

/** Throws ReceiptError; whoever catches it ends with ERROR. */
export function writeReceipt(path: string, receipt: Receipt): void {
  writeDocument('the receipt', path, receipt, check);
}

/** Any document of the gate that has a schema. Throws ReceiptError. */
export function writeDocument(what: string, path: string, document: object, check: SchemaCheck): void {
  // What is written is what JSON makes of it: a number that is none becomes null, and the schema refuses it here.
  const text = `${JSON.stringify(document, null, 1)}\n`;
  const faults = check(JSON.parse(text));
  if (faults.length > 0) throw new ReceiptError(`${what} is not as its schema wants it: ${told(faults)}`);
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeWhole(path, text);
  } catch (error) {
    throw new ReceiptError(`${what} cannot be written to ${path}: ${(error as Error).message}`);
  }
}

/** Throws ReceiptError. */
export function readReceipt(path: string): Receipt {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ReceiptError(`the receipt ${path} cannot be read: ${(error as Error).message}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ReceiptError(`${path} is not a whole receipt: ${(error as Error).message}`);
  }
  const version = (value as { receiptVersion?: unknown } | null)?.receiptVersion;
  if (version === undefined) throw new ReceiptError(`${path} is no receipt of the SLA gate: it has no receiptVersion`);
  if (version !== RECEIPT_VERSION) {
    throw new ReceiptError(
      `${path} is a receipt of version ${JSON.stringify(version)}, and this gate reads version ${RECEIPT_VERSION} only: use the gate that made it`,
    );
  }
  const faults = check(value);
  if (faults.length > 0) throw new ReceiptError(`${path} is not as the schema of receipts wants it: ${told(faults)}`);
  return value as Receipt;
}

function writeWhole(path: string, text: string): void {
  const unfinished = `${path}.unfinished`;
  const file = openSync(unfinished, 'w');
  try {
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}

function told(faults: readonly SchemaFault[]): string {
  const shown = faults
    .slice(0, FAULTS_TOLD_MAX)
    .map(({ pointer, rule }) => `${pointer === '' ? 'it' : pointer} ${rule}`);
  const more = faults.length - shown.length;
  return `${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}
