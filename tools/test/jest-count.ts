import { readFileSync } from 'node:fs';

/** What a tier came to. */
export interface Count {
  passed: number;
  failed: number;
}

/**
 * What jest says of a run, by its report and by its exit code: a teardown that throws, a handle that crashes the process behind the last test and a
 * threshold are in the exit code only. A skipped test counts as failed. `complain` gets a sentence for each thing that no test tells.
 */
export function jestCount(report: string, status: number | null, complain: (sentence: string) => void): Count {
  let found: Readonly<Record<string, number>>;
  try {
    found = JSON.parse(readFileSync(report, 'utf8')) as Record<string, number>;
  } catch (error) {
    complain(`jest left no report: ${(error as Error).message}`);
    return { passed: 0, failed: 1 };
  }
  const skipped = (found['numPendingTests'] ?? 0) + (found['numTodoTests'] ?? 0);
  if (skipped > 0) complain(`${skipped} tests were skipped; a skipped test counts as failed`);
  let failed = (found['numFailedTests'] ?? 0) + (found['numRuntimeErrorTestSuites'] ?? 0) + skipped;
  if (status !== 0 && failed === 0) {
    complain(
      `no test failed, and jest ended ${status === null ? 'by a signal' : `with ${status}`}: that counts as failed`,
    );
    failed = 1;
  }
  return { passed: found['numPassedTests'] ?? 0, failed };
}
