import type { RuleId } from '../judge/rules.ts';
import type { Verdict } from '../judge/verdict.ts';
import type { Mutant } from './mutants.ts';

/**
 * Whether the gate saw what is wrong with a mutant. The right verdict alone is no proof: a gate that fails every run for its CPU has seen nothing of
 * a frozen socket. One of the mutant's own rules must have decided.
 */
export interface Proof {
  readonly mutant: Mutant;
  readonly outcome: Verdict['outcome'];
  readonly tries: number;
  /** Of the mutant's rules those that decided; empty where it has none. */
  readonly found: readonly RuleId[];
  /** The verdict's sentence about the first of them; without any, its first. */
  readonly reason: string;
  readonly isRight: boolean;
}

/** A FAIL is made by rules that are broken, an INVALID by those and by budgets that are shaken. */
export function proofOf(mutant: Mutant, verdict: Verdict, tries: number): Proof {
  const { checks, outcome, reasons } = verdict;
  const decisive = checks.filter(
    ({ status }) => status === 'broken' || (status === 'shaken' && mutant.expects === 'INVALID'),
  );
  const found = mutant.rules.filter((rule) => decisive.some((check) => check.rule === rule));
  return {
    mutant,
    outcome,
    tries,
    found,
    reason: reasons.find((reason) => found.some((rule) => reason.startsWith(`${rule},`))) ?? reasons[0] ?? '',
    isRight: outcome === mutant.expects && (mutant.rules.length === 0 || found.length > 0),
  };
}

/** What is wrong with a proof that is not right, in words. */
export function wrongness({ isRight, mutant, outcome }: Proof): string | null {
  if (isRight) return null;
  if (outcome !== mutant.expects) return `${mutant.expects} is right`;
  return `${outcome} is right, but not by ${mutant.rules.join(' or ')}`;
}
