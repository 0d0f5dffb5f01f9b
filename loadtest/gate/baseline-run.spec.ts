import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { Pair } from '../baseline/compare.ts';
import { readReceipt } from '../receipt/receipt-file.ts';
import { sampleReceipt } from '../testing/sample-receipt.ts';
import { simulatedRun } from '../testing/simulated-run.ts';
import { loadSla } from '../sla/load-sla.ts';
import { SCENARIOS } from '../scenarios.ts';
import { isEnough, measurePairs } from './baseline-run.ts';

type Outcome = Pair['base']['verdict']['outcome'];

const receipt = sampleReceipt(simulatedRun({ seed: 1, games: 2, seconds: 2, commandsPerSecond: 5 }), loadSla());
const ended = (outcome: Outcome): Pair['base'] => ({ ...receipt, verdict: { ...receipt.verdict, outcome } });
const pair = (base: Outcome, head: Outcome): Pair => ({ base: ended(base), head: ended(head) });
const GOOD = pair('PASS', 'PASS');

describe('pairs of runs', () => {
  it.each([
    ['none yet', [], false],
    ['as many as were asked for', [GOOD, GOOD, GOOD], true],
    ['a pair that failed counts', [GOOD, GOOD, pair('PASS', 'FAIL')], true],
    ['one that noise has spoilt is made again', [GOOD, pair('INVALID', 'PASS'), GOOD], false],
    ['and then it is enough', [GOOD, pair('INVALID', 'PASS'), GOOD, GOOD], true],
    [
      'a spoilt pair in place of a spoilt one is too',
      [pair('PASS', 'INVALID'), GOOD, GOOD, pair('INVALID', 'INVALID')],
      false,
    ],
    ['at most as many as were asked for', Array.from({ length: 6 }, () => pair('INVALID', 'PASS')), true],
    ['an ERROR is not', [GOOD, GOOD, pair('INVALID', 'ERROR')], true],
  ] as const)('%s', (_, measured, enough) => {
    expect(isEnough(measured, 3)).toBe(enough);
  });

  it('are interleaved, so that what drifts meets both commits alike, and the receipt of each run is kept', async () => {
    const out = mkdtempSync(join(tmpdir(), 'waymark-pairs-'));
    const said = jest.spyOn(console, 'log').mockImplementation(() => undefined);
    const order: string[] = [];
    const options = {
      ref: 'main',
      pairs: 4,
      scenario: SCENARIOS.smoke,
      sla: loadSla(),
      out,
      signal: new AbortController().signal,
    };
    try {
      const measured = await measurePairs(options, '/the/baseline', 2, async (_, root) => {
        const commit = root === '/the/baseline' ? 'base' : 'new';
        order.push(commit);
        return { ...receipt, source: { ...receipt.source, commit: `${commit} ${order.length}` } };
      });
      expect(order).toEqual(['base', 'new', 'new', 'base', 'base', 'new', 'new', 'base']);
      const commits = measured.map(({ base, head }) => [base.source.commit, head.source.commit]);
      expect(commits).toEqual([
        ['base 1', 'new 2'],
        ['base 4', 'new 3'],
        ['base 5', 'new 6'],
        ['base 8', 'new 7'],
      ]);
      const kept = readdirSync(out).map((name) => [name, readReceipt(join(out, name)).source.commit]);
      expect(Object.fromEntries(kept)).toMatchObject({
        'pair-3-baseline.json': 'base 1',
        'pair-4-baseline.json': 'base 4',
        'pair-6-new.json': 'new 7',
      });
      expect(kept).toHaveLength(8);
    } finally {
      said.mockRestore();
      rmSync(out, { recursive: true });
    }
  });
});
