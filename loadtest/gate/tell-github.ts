import { appendFileSync } from 'node:fs';
import { ReceiptError } from '../receipt/receipt-file.ts';

/** A summary beside the job and in its pull request, where the gate runs as a job there. Throws ReceiptError: it is a report like the others. */
export function tellGitHub(markdown: string): void {
  const file = process.env['GITHUB_STEP_SUMMARY'];
  if (file === undefined || file === '') return;
  try {
    appendFileSync(file, markdown);
  } catch (error) {
    throw new ReceiptError(`the summary of the job cannot be written: ${(error as Error).message}`);
  }
}
