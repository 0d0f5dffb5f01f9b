import { RULES } from '../judge/rules.ts';
import type { Check } from '../judge/verdict.ts';
import type { Receipt } from '../receipt/receipt.ts';
import { digestOf } from './digest.ts';
import { attribute, content, testCase, testSuite } from './junit-xml.ts';

/**
 * JUnit XML, as CI systems read it: each rule a test case, and one for the verdict, so that a run that is not PASS is never all green. A broken
 * C or S is a failure, whatever says that the figures cannot be believed an error; what was not judged is skipped.
 */
const GROUPS: Readonly<Record<string, string>> = { E: 'evidence', C: 'correctness', S: 'budgets', V: 'validity' };

export function junitReport(receipt: Receipt): string {
  const { checks, outcome, reasons } = receipt.verdict;
  const digest = digestOf(receipt);
  const cases = [...checks.map(caseOf), verdictCase(outcome, reasons)];
  const { evidence, madeAt } = receipt;
  const seconds = evidence === null ? 0 : (evidence.plan.windowUntilMs - evidence.plan.windowFromMs) / 1_000;
  return testSuite({ name: digest.scenario, madeAt, seconds, properties: { origin: digest.origin }, cases });
}

function caseOf({ rule, sentence, status }: Check): string {
  const name = `${rule} ${RULES[rule].title}`;
  const className = `waymark.sla.${GROUPS[rule[0]!]}`;
  switch (status) {
    case 'held':
    case 'noted':
      return testCase(className, name, `<system-out>${content(sentence)}</system-out>`);
    case 'not judged':
      return testCase(className, name, `<skipped message="${attribute(sentence)}"/>`);
    case 'shaken':
      return testCase(className, name, `<error type="INVALID" message="${attribute(sentence)}"/>`);
    case 'broken': {
      const { breaks } = RULES[rule];
      const element = breaks === 'FAIL' ? 'failure' : 'error';
      return testCase(className, name, `<${element} type="${breaks}" message="${attribute(sentence)}"/>`);
    }
  }
}

function verdictCase(outcome: string, reasons: readonly string[]): string {
  const told = content(reasons.join('\n'));
  const inside =
    outcome === 'PASS'
      ? `<system-out>${told}</system-out>`
      : `<${outcome === 'FAIL' ? 'failure' : 'error'} type="${outcome}" message="${attribute(reasons[0] ?? outcome)}">${told}</${outcome === 'FAIL' ? 'failure' : 'error'}>`;
  return testCase('waymark.sla', `verdict: ${outcome}`, inside);
}
