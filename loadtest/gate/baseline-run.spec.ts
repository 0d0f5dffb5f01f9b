import type { Pair } from '../baseline/compare.ts';
import { sampleReceipt } from '../testing/sample-receipt.ts';
import { simulatedRun } from '../testing/simulated-run.ts';
import { loadSla } from '../sla/load-sla.ts';
import { isEnough } from './baseline-run.ts';

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
});
