import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jestCount, type Count } from './jest-count.ts';

let dir: string;
let said: string[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'waymark-count-'));
  said = [];
});
afterEach(() => rmSync(dir, { recursive: true }));

function counted(report: object | string, status: number | null): Count {
  const file = join(dir, 'report.json');
  writeFileSync(file, typeof report === 'string' ? report : JSON.stringify(report));
  return jestCount(file, status, (sentence) => said.push(sentence));
}

describe('what jest came to', () => {
  const green = { numPassedTests: 7, numFailedTests: 0, numPendingTests: 0 };

  it('is its report when it ended with 0', () => {
    expect(counted(green, 0)).toEqual({ passed: 7, failed: 0 });
    expect(said).toEqual([]);
  });

  it.each([
    [1, 'no test failed, and jest ended with 1: that counts as failed'],
    [null, 'no test failed, and jest ended by a signal: that counts as failed'],
  ])('is failed when no test failed but it ended with %s', (status, sentence) => {
    expect(counted(green, status)).toEqual({ passed: 7, failed: 1 });
    expect(said).toEqual([sentence]);
  });

  it('counts what failed once, and what was skipped as failed', () => {
    expect(counted({ ...green, numFailedTests: 2 }, 1)).toEqual({ passed: 7, failed: 2 });
    expect(counted({ ...green, numPendingTests: 1, numTodoTests: 1 }, 0)).toEqual({ passed: 7, failed: 2 });
    expect(counted({ ...green, numRuntimeErrorTestSuites: 1 }, 1)).toEqual({ passed: 7, failed: 1 });
  });

  it('is failed without a report', () => {
    expect(counted('{"numPassed', 0)).toEqual({ passed: 0, failed: 1 });
    expect(said[0]).toMatch(/^jest left no report: /);
  });
});
