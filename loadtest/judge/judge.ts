import type { Sla } from '../sla/sla.ts';
import { budgetChecks } from './budget-checks.ts';
import { appDied, correctnessChecks } from './correctness-checks.ts';
import { disturbanceOf } from './disturbance.ts';
import { evidenceChecks } from './evidence-checks.ts';
import type { Evidence } from './evidence.ts';
import { RULES, type RuleId } from './rules.ts';
import { totalsOf, worstOf } from './totals.ts';
import { SHAKES, validityChecks } from './validity-checks.ts';
import { EXIT_CODES, type Check, type Outcome, type Verdict } from './verdict.ts';

/** Clocks that differ will do so again; and which commands are meant to be sent is a matter of the schedule, not of how busy the machine is. */
const WILL_COME_AGAIN: ReadonlySet<RuleId> = new Set(['V1', 'V4']);

/**
 * The judge: from sla.json and the evidence of one run to its verdict. Pure; the same evidence gives the same verdict at any time. The order
 * in which broken rules decide is that of docs/sla.md, "How the verdict is found".
 */
export function judge(sla: Sla, evidence: Evidence): Verdict {
  const totals = totalsOf(evidence);
  const disturbance = disturbanceOf(sla, evidence);
  const sound = evidenceChecks(sla, evidence, appDied(evidence));
  const correct = correctnessChecks(evidence, totals);
  const measured = budgetChecks({ sla, evidence, totals, disturbance });
  const valid = validityChecks(sla, evidence, totals, disturbance, measured);
  const budgets = shake(measured, valid);
  const checks = [...sound, ...correct, ...budgets, ...valid];
  return { ...decide(checks), checks, worst: worstOf(totals) };
}

/** For a run that never came to evidence: `why` in sentences. */
export function errorVerdict(...why: readonly string[]): Verdict {
  return { ...verdictOf('ERROR', why), checks: [], worst: null };
}

function shake(budgets: readonly Check[], validity: readonly Check[]): readonly Check[] {
  const doubted = new Set(validity.flatMap(({ rule, status }) => (status === 'broken' ? (SHAKES[rule] ?? []) : [])));
  return budgets.map((found) =>
    found.status === 'broken' && doubted.has(found.rule) ? { ...found, status: 'shaken' as const } : found,
  );
}

function decide(checks: readonly Check[]): Pick<Verdict, 'outcome' | 'exitCode' | 'reasons' | 'retryMakesSense'> {
  const broken = checks.filter(({ status }) => status === 'broken');
  const breaking = (outcome: Outcome, but?: RuleId): readonly Check[] =>
    broken.filter(({ rule }) => RULES[rule].breaks === outcome && rule !== but);

  // Faults that an instrument met may be the server's doing; a FAIL that stands by itself is told rather.
  const withoutEvidence = breaking('ERROR', 'E5');
  if (withoutEvidence.length > 0) return verdictOf('ERROR', told(withoutEvidence));
  const failing = breaking('FAIL');
  if (failing.length > 0) return verdictOf('FAIL', told([...failing, ...breaking('ERROR')]));
  const faulty = breaking('ERROR');
  if (faulty.length > 0) return verdictOf('ERROR', told(faulty));
  const doubtful = breaking('INVALID');
  const shaken = checks.filter(({ status }) => status === 'shaken');
  if (doubtful.length + shaken.length > 0) {
    return verdictOf(
      'INVALID',
      told([...doubtful, ...shaken]),
      !doubtful.some(({ rule }) => WILL_COME_AGAIN.has(rule)),
    );
  }
  if (checks.some(({ rule, status }) => rule === 'S6' && status === 'held')) {
    return verdictOf('PASS', told(checks.filter(({ figure, status }) => figure !== null && status === 'held')));
  }
  return verdictOf('ERROR', ['nothing was judged']);
}

function told(checks: readonly Check[]): readonly string[] {
  return checks.map(({ rule, sentence }) => `${rule}, ${RULES[rule].title}: ${sentence}.`);
}

function verdictOf(
  outcome: Outcome,
  reasons: readonly string[],
  retryMakesSense = false,
): Pick<Verdict, 'outcome' | 'exitCode' | 'reasons' | 'retryMakesSense'> {
  return { outcome, exitCode: EXIT_CODES[outcome], reasons, retryMakesSense };
}
