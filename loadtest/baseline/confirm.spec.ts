import { loadSla } from '../sla/load-sla.ts';
import { changePlayer, hog } from '../testing/tampering.ts';
import { noisyRun, PAIRS, pairsOf, receiptOf } from '../testing/pairs-kit.ts';
import type { SimulatedFrame } from '../testing/simulated-run.ts';
import { compare, type Pair } from './compare.ts';
import { compareInRounds, confirm, hasToBeConfirmed } from './confirm.ts';

const sla = loadSla();
const same = pairsOf(PAIRS, 1, 1_000);
const slower = pairsOf(PAIRS, 1.4, 2_000);
const slowerStill = pairsOf(PAIRS, 1.4, 3_000);

const counted = (pairs: readonly Pair[], bytesAFrame: number): Pair[] =>
  pairs.map(({ base, head }) => {
    const evidence = head.evidence!;
    const counters = { ...evidence.counters, bytesAFrame };
    return { base, head: { ...head, evidence: { ...evidence, counters } } };
  });

const isSuspect = (pairs: readonly Pair[]): boolean => hasToBeConfirmed(pairs, compare(sla, pairs));

/** Its first run ends with a score that no log has. */
const withWrongState = ([first, ...rest]: readonly Pair[]): Pair[] => [
  {
    base: first!.base,
    head: receiptOf(
      'bbbb',
      changePlayer(first!.head.evidence!, 3, () => ({ finalScore: 1 })),
    ),
  },
  ...rest,
];

describe('a regression', () => {
  it('is looked for again when only figures with noise speak for it', () => {
    expect(isSuspect(slower)).toBe(true);
    expect(isSuspect(same)).toBe(false);
    expect(isSuspect(counted(slower, 43))).toBe(false);
    expect(isSuspect(slower.slice(0, 2))).toBe(false);
  });

  it('that is found twice fails, by the interval of all pairs', () => {
    const comparison = confirm(sla, slower, slowerStill);
    expect(comparison).toMatchObject({ outcome: 'FAIL', exitCode: 99, pairCount: 2 * PAIRS, pairsUsed: 2 * PAIRS });
    expect(comparison.reasons.join('\n')).toMatch(/command p50 is worse, twice over: .* ms, \+\d\d\.\d % \(/);
    expect(comparison.figures.find(({ name }) => name === 'command p50')!.decision).toBe('worse');
  });

  it('that was chance passes, and says what it looked like', () => {
    const comparison = confirm(sla, slower, same);
    expect(comparison).toMatchObject({ outcome: 'PASS', exitCode: 0 });
    expect(comparison.reasons[0]).toMatch(/command p50.* looked worse in the first 5 pairs, and not again in 5 more$/);
    expect(comparison.figures.map(({ decision }) => decision)).not.toContain('worse');
  });

  it('that all pairs together show and the second round alone does not is unclear', () => {
    const [first, again] = [pairsOf(PAIRS, 1.3, 5_000), pairsOf(PAIRS, 1.12, 6_000)];
    const p50 = ({ figures }: ReturnType<typeof compare>) =>
      figures.find(({ name }) => name === 'command p50')!.decision;
    expect([p50(compare(sla, [...first, ...again])), p50(compare(sla, again))]).toEqual(['worse', 'unclear']);
    const comparison = confirm(sla, first, again);
    expect([comparison.outcome, p50(comparison)]).toEqual(['PASS', 'unclear']);
  });

  it('that is of one figure first and of another then is not found twice', () => {
    const other = pairsOf(PAIRS, 1, 4_000).map(({ base, head }) => {
      const evidence = head.evidence!;
      const apps = evidence.apps.map((app) => ({
        ...app,
        samples: app.samples.map((sample) => ({ ...sample, rssBytes: 2 * sample.rssBytes })),
      }));
      return { base, head: { ...head, evidence: { ...evidence, apps } } };
    });
    expect(compare(sla, other).figures.find(({ name }) => name === 'gateway memory')!.decision).toBe('worse');
    expect(confirm(sla, slower, other).outcome).toBe('PASS');
  });

  it('that cannot be looked for again is not known', () => {
    const busy = same.map(({ base, head }) => ({ base, head: receiptOf('bbbb', hog(head.evidence!)) }));
    const comparison = confirm(sla, slower, busy);
    expect(comparison).toMatchObject({ outcome: 'INVALID', exitCode: 110 });
    expect(comparison.reasons[0]).toMatch(/looked worse, and it could not be looked for again$/);
  });

  it('of a commit that is wrong is not waited for, and no second round makes it right', () => {
    expect(isSuspect(withWrongState(slower))).toBe(false);
    for (const [first, again] of [
      [withWrongState(slower), same],
      [slower, withWrongState(same)],
      [slower, withWrongState(slowerStill)],
    ] as const) {
      const comparison = confirm(sla, first, again);
      expect(comparison).toMatchObject({ outcome: 'FAIL', exitCode: 99 });
      expect(comparison.reasons[0]).toMatch(/^the new commit is wrong: C4: player 3/);
    }
  });

  it('of a budget that the base holds is looked for again as well', () => {
    const slowGame = {
      frame: ({ lagMs, player, tick }: SimulatedFrame) => (player === 3 && tick % 40 === 7 ? 50 : lagMs),
    };
    const slow = (firstSeed: number): Pair[] =>
      pairsOf(PAIRS, 1, firstSeed).map(({ base }, pair) => ({
        base,
        head: receiptOf('bbbb', noisyRun(firstSeed + 100 + pair, 1, slowGame)),
      }));
    const first = slow(7_000);
    expect(isSuspect(first)).toBe(true);
    const again = confirm(sla, first, slow(8_000));
    expect(again).toMatchObject({ outcome: 'FAIL', exitCode: 99 });
    expect(again.reasons).toEqual([expect.stringMatching(/^S6, .* in all 10 runs of the new commit/)]);
    const chance = confirm(sla, first, same);
    expect(chance).toMatchObject({ outcome: 'PASS', exitCode: 0 });
    expect(chance.reasons[0]).toMatch(/^S6 looked worse in the first 5 pairs, and not again in 5 more$/);
  });

  it('is not needed where a counter has changed meanwhile: the runs cannot be compared', () => {
    expect(confirm(sla, slower, counted(slowerStill, 43)).outcome).toBe('ERROR');
  });

  it('makes a second round of pairs, and nothing else does', async () => {
    const measuring = async (rounds: readonly (readonly Pair[])[]) => {
      const told: string[] = [];
      const befores: number[] = [];
      const { comparison, pairs } = await compareInRounds(
        sla,
        async (before) => {
          befores.push(before);
          return rounds[befores.length - 1]!;
        },
        (reasons) => told.push(...reasons),
      );
      return { befores, told, pairCount: pairs.length, outcome: comparison.outcome };
    };
    expect(await measuring([slower, slowerStill])).toEqual({
      befores: [0, PAIRS],
      told: expect.arrayContaining([expect.stringMatching(/^command p50 is worse: /)]),
      pairCount: 2 * PAIRS,
      outcome: 'FAIL',
    });
    expect(await measuring([same])).toEqual({ befores: [0], told: [], pairCount: PAIRS, outcome: 'PASS' });
  });
});
