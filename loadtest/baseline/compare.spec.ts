import type { Evidence } from '../judge/evidence.ts';
import type { Receipt } from '../receipt/receipt.ts';
import { loadSla } from '../sla/load-sla.ts';
import { noisyRun, PAIRS, pairsOf, receiptOf } from '../testing/pairs-kit.ts';
import type { SimulatedFrame } from '../testing/simulated-run.ts';
import { changeMeasurement, changePlayer, hog } from '../testing/tampering.ts';
import { compare, type Pair } from './compare.ts';
import { comparisonMarkdown, comparisonText } from './comparison-report.ts';

const sla = loadSla();
const same = pairsOf(PAIRS);

function withHeads(change: (receipt: Receipt, pair: number) => Receipt): Pair[] {
  return same.map(({ base, head }, pair) => ({ base, head: change(head, pair) }));
}

function recounted(receipt: Receipt, counters: Partial<Evidence['counters']>): Receipt {
  const evidence = receipt.evidence!;
  return { ...receipt, evidence: { ...evidence, counters: { ...evidence.counters, ...counters } } };
}

describe('two commits', () => {
  it('that are the same show no regression, ten times of ten', () => {
    for (let time = 0; time < 10; time++) {
      const comparison = compare(sla, time === 0 ? same : pairsOf(PAIRS, 1, 1_000 * time));
      expect(comparison.outcome).toBe('PASS');
      expect(comparison.exitCode).toBe(0);
    }
  });

  it('of which the new one is a quarter slower show it', () => {
    const comparison = compare(sla, pairsOf(PAIRS, 1.25));
    expect(comparison.outcome).toBe('FAIL');
    expect(comparison.exitCode).toBe(99);
    expect(comparison.reasons.join('\n')).toMatch(
      /tick lag p99 is worse: .* ms, \+2\d\.\d % \(\+1\d\.\d % to \+\d\d\.\d %\)/,
    );
  });

  it('are judged by each number of sla.json that is about them', () => {
    const judged = (pairs: readonly Pair[], other: Partial<typeof sla.baseline>): string =>
      compare({ ...sla, baseline: { ...sla.baseline, ...other } }, pairs).outcome;
    const slower = pairsOf(PAIRS, 1.25);
    expect([judged(slower, {}), judged(slower, { regressionMin: 0.5 })]).toEqual(['FAIL', 'PASS']);
    expect([judged(slower, {}), judged(slower, { confidence: 0.999_999 })]).toEqual(['FAIL', 'PASS']);
    expect([judged(slower, {}), judged(slower, { pairsMin: 6 })]).toEqual(['FAIL', 'INVALID']);
  });

  it('of which the new one is faster pass, and say so', () => {
    const comparison = compare(sla, pairsOf(PAIRS, 0.6));
    expect(comparison.outcome).toBe('PASS');
    expect(comparison.figures.find(({ name }) => name === 'command p50')!.decision).toBe('better');
  });

  it('that differ in a counter without noise fail by it, however small the change', () => {
    const comparison = compare(
      sla,
      withHeads((head) => recounted(head, { bytesAFrame: 43 })),
    );
    expect(comparison.outcome).toBe('FAIL');
    expect(comparison.reasons).toEqual(['bytesAFrame was 42 and is 43: it has no noise, so any change is one']);
  });

  it('that are equal in all counters but one that has noise cannot be compared by it', () => {
    const comparison = compare(
      sla,
      withHeads((head, pair) => recounted(head, { bytesAFrame: 42 + (pair % 2) })),
    );
    expect(comparison.outcome).toBe('ERROR');
    expect(comparison.reasons[0]).toMatch(/^bytesAFrame differs between runs of one commit \(42, 43\)/);
  });

  it('of which nothing was counted do not pass as if nothing had changed', () => {
    const none = { bytesAFrame: null, framesAPlayerAndSecond: null, allocationsATick: null, eventsACommand: null };
    const uncounted = same.map(({ base, head }) => ({ base: recounted(base, none), head: recounted(head, none) }));
    expect(compare(sla, uncounted)).toMatchObject({
      outcome: 'ERROR',
      reasons: ['no counter without noise was counted, of either commit'],
    });
    // Of the new commit alone, that is a change.
    expect(
      compare(
        sla,
        withHeads((head) => recounted(head, none)),
      ).outcome,
    ).toBe('FAIL');
  });

  it('of which the new one gives a wrong state fail, however fast', () => {
    const wrong = receiptOf(
      'bbbb',
      changePlayer(noisyRun(2), 3, () => ({ finalScore: 1 })),
    );
    const comparison = compare(
      sla,
      withHeads((head, pair) => (pair === 0 ? wrong : head)),
    );
    expect(comparison.outcome).toBe('FAIL');
    expect(comparison.reasons[0]).toMatch(/^the new commit is wrong: C4: player 3/);
  });

  it('of which the new one breaks a budget in each run, and the base in none, fail by it', () => {
    // In no figure over all players: two of a hundred frames of one game in six.
    const slowGame = {
      frame: ({ lagMs, player, tick }: SimulatedFrame) => (player === 3 && tick % 40 === 7 ? 50 : lagMs),
    };
    const slow = (commit: string, seed: number): Receipt => receiptOf(commit, noisyRun(seed, 1, slowGame));
    const comparison = compare(
      sla,
      withHeads((_head, pair) => slow('bbbb', 100 + pair)),
    );
    expect(comparison).toMatchObject({ outcome: 'FAIL', exitCode: 99 });
    expect(comparison.reasons).toEqual([
      expect.stringMatching(
        /^S6, tick lag of the worst player, p99: over the budget in all 5 runs of the new commit and in none of the base: 1 player over 35 ms/,
      ),
    ]);
    // What the base breaks too, or the new one not always, is no change.
    const [first, ...rest] = withHeads((_head, pair) => slow('bbbb', 100 + pair));
    const before = { base: slow('aaaa', 200), head: first!.head };
    expect(compare(sla, [before, ...rest]).outcome).toBe('PASS');
    expect(compare(sla, [same[0]!, ...rest]).outcome).toBe('PASS');
  });

  it('are not compared by runs on a machine that others used', () => {
    const busy = (head: Receipt, pair: number): Receipt => (pair < 2 ? receiptOf('bbbb', hog(head.evidence!)) : head);
    const comparison = compare(sla, withHeads(busy));
    expect(comparison).toMatchObject({
      outcome: 'INVALID',
      exitCode: 110,
      pairsUsed: 3,
      reasons: ['3 of 5 pairs can be used, 5 are needed'],
    });
  });

  it('are not compared by runs that came to nothing', () => {
    const broken = (head: Receipt, pair: number): Receipt =>
      pair === 0
        ? receiptOf('bbbb', changeMeasurement(head.evidence!, 'k6', { faultCount: 1, faults: ['TypeError'] }))
        : head;
    expect(compare(sla, withHeads(broken)).outcome).toBe('ERROR');
    expect(compare(sla, []).outcome).toBe('ERROR');
    expect(compare(sla, same.slice(0, 1))).toMatchObject({ outcome: 'INVALID', pairsUsed: 1 });
  });

  it.each([
    ['machines', (receipt: Receipt) => ({ ...receipt, machine: { ...receipt.machine, coreCount: 8 } })],
    [
      'thresholds',
      (receipt: Receipt) => ({ ...receipt, sla: { ...sla, witness: { tickLateMaxMs: 1, diskMaxMs: 1 } } }),
    ],
    [
      'commits under the name of the new one',
      (receipt: Receipt) => ({ ...receipt, source: { ...receipt.source, commit: 'cccc' } }),
    ],
    [
      'scenarios',
      (receipt: Receipt) => ({
        ...receipt,
        evidence: { ...receipt.evidence!, plan: { ...receipt.evidence!.plan, scenario: 'smoke' } },
      }),
    ],
  ])('are not compared across different %s', (what, change) => {
    const comparison = compare(
      sla,
      withHeads((head, pair) => (pair === 3 ? change(head) : head)),
    );
    expect(comparison.outcome).toBe('ERROR');
    expect(comparison.reasons[0]).toContain(`the runs are of different ${what}`);
  });

  it('may be one commit under two scenarios, when that is asked for', () => {
    const larger = withHeads((head) => ({
      ...head,
      source: { ...head.source, commit: 'aaaa' },
      evidence: { ...head.evidence!, plan: { ...head.evidence!.plan, scenario: 'sla-8500' } },
    }));
    expect(compare(sla, larger).outcome).toBe('ERROR');
    expect(compare(sla, larger, { acrossScenarios: true }).outcome).toBe('PASS');
  });

  it('are not compared by one run that is there twice', () => {
    const comparison = compare(
      sla,
      same.map(({ base }) => ({ base, head: base })),
    );
    expect(comparison.outcome).toBe('ERROR');
  });

  it('are told to a reader with interval and decision', () => {
    const comparison = compare(sla, pairsOf(PAIRS, 1.5));
    expect(comparisonText(comparison, false)).toMatch(/command p50 +\S+ ms +\S+ ms +\+\d+\.\d % .* worse/);
    expect(comparisonMarkdown(comparison)).toMatch(
      /\| command p50 \| \S+ ms \| \S+ ms \| \+\d+\.\d % \| .* \| worse \|/,
    );
  });
});
