import { loadSla } from '../sla/load-sla.ts';
import { simulatedRun } from '../testing/simulated-run.ts';
import { fewerCommands, hog } from '../testing/tampering.ts';
import { MEETING } from './cases/meeting-cases.ts';
import { MUTANTS } from './cases/mutant-cases.ts';
import { BROKEN } from './cases/rule-cases.ts';
import { errorVerdict, judge } from './judge.ts';
import { RULES, type RuleId } from './rules.ts';

const committed = loadSla();
/** Each budget gates here, whichever a team lets gate. */
const sla = { ...committed, budgets: { ...committed.budgets, gcPauseLongestMs: { must: 10, goal: 3 } } };
/** What most cases start from; evidence is never changed in place. */
const good = simulatedRun();

describe('the judge', () => {
  for (const [group, cases] of Object.entries({ mutants: MUTANTS, 'each rule': BROKEN, 'rules that meet': MEETING })) {
    describe(group, () => {
      it.each(cases.map((each) => [each.rule ?? 'all held', each.what, each] as const))(
        '%s: %s',
        (_rule, _what, { outcome, rule, run, says, tamper = (same) => same }) => {
          const verdict = judge(sla, tamper(run === undefined ? good : simulatedRun(run)));
          const reasons = verdict.reasons.join('\n');
          expect(`${verdict.outcome}\n${reasons}`).toMatch(new RegExp(`^${outcome}\n`));
          expect(verdict.exitCode).toBe({ PASS: 0, FAIL: 99, INVALID: 110, ERROR: 1 }[outcome]);
          if (rule !== null) expect(reasons).toMatch(new RegExp(`^${rule}, `, 'm'));
          if (says !== undefined) expect(reasons).toMatch(says);
        },
      );
    });
  }

  it('has a case for every rule', () => {
    const tried = new Set([...MUTANTS, ...BROKEN, ...MEETING].map(({ rule }) => rule));
    expect(Object.keys(RULES).filter((rule) => !tried.has(rule as RuleId))).toEqual([]);
  });

  it('names the worst player, game and second', () => {
    const { worst } = judge(
      sla,
      simulatedRun({ frame: ({ lagMs, player, tick }) => (player === 50 && tick === 200 ? 300 : lagMs) }),
    );
    expect(worst).toMatchObject({
      player: 50,
      gameId: 'g-0050',
      framesLate: 1,
      playerSecond: 30,
      second: 30,
      secondMaxMs: 300,
    });
  });

  it("tells the generator's own lateness and CPU also when they are good", () => {
    const { checks } = judge(sla, good);
    const told = (asked: RuleId) => checks.find(({ rule }) => rule === asked);
    expect(told('V6')).toMatchObject({
      status: 'held',
      sentence: expect.stringMatching(
        /^frames waited [\d.]+ ms at p99 inside k6, companion sent commands [\d.]+ ms late at p99, frames waited [\d.]+ ms at p99 inside companion$/,
      ),
    });
    expect(told('V7')).toMatchObject({
      status: 'held',
      sentence: expect.stringMatching(/^[\d.]+ % of the CPU was in use, generators [\d.]+ cores$/),
    });
  });

  it('says that another try makes sense of noise, not of clocks, nor of a load that was never asked for', () => {
    expect(judge(sla, hog(good)).retryMakesSense).toBe(true);
    expect(judge(sla, simulatedRun({ skewMs: 50 })).retryMakesSense).toBe(false);
    expect(judge(sla, fewerCommands(good))).toMatchObject({ outcome: 'INVALID', retryMakesSense: false });
    expect(judge(sla, simulatedRun({ frame: () => null })).retryMakesSense).toBe(false);
  });

  it('reports goals that are missed and gates nothing by them', () => {
    const verdict = judge(sla, good);
    expect(verdict.checks.find(({ rule }) => rule === 'S9')!.figure).toMatchObject({
      must: 0.5,
      goal: 0.25,
      goalReached: false,
    });
    expect(verdict.outcome).toBe('PASS');
  });

  it('judges no budget whose must is null', () => {
    const lenient = { ...sla, budgets: { ...sla.budgets, commandP50Ms: { must: null, goal: 0.5 } } };
    const slow = simulatedRun({ answer: ({ lagMs }) => lagMs + 6 });
    expect(judge(lenient, slow).outcome).toBe('PASS');
    expect(judge(sla, slow).outcome).toBe('FAIL');
  });

  it('gives ERROR for a run that came to nothing', () => {
    expect(errorVerdict('the port 3000 is taken')).toMatchObject({
      outcome: 'ERROR',
      exitCode: 1,
      reasons: ['the port 3000 is taken'],
    });
  });
});
