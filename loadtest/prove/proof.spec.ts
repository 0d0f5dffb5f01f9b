import { readFileSync } from 'node:fs';
import type { RuleId } from '../judge/rules.ts';
import { EXIT_CODES, type CheckStatus, type Outcome, type Verdict } from '../judge/verdict.ts';
import { demandOf, matrixMarkdown, rowsOf } from './matrix.ts';
import { MUTANTS, type Mutant } from './mutants.ts';
import { proofOf, wrongness } from './proof.ts';

const of = (name: string): Mutant => MUTANTS.find((mutant) => mutant.name === name)!;

function verdict(outcome: Outcome, ...found: readonly (readonly [RuleId, CheckStatus])[]): Verdict {
  return {
    outcome,
    exitCode: EXIT_CODES[outcome],
    retryMakesSense: false,
    reasons: found.map(([rule]) => `${rule}, its title: its sentence.`),
    checks: found.map(([rule, status]) => ({ rule, status, sentence: 'its sentence', figure: null })),
    worst: null,
  };
}

describe('a proof', () => {
  it('is the right verdict by a rule of the mutant', () => {
    const proof = proofOf(of('frozen-socket'), verdict('FAIL', ['S10', 'broken'], ['S6', 'broken']), 1);
    expect(proof).toMatchObject({ isRight: true, found: ['S6'], reason: 'S6, its title: its sentence.' });
    expect(wrongness(proof)).toBeNull();
  });

  it('is not the right verdict by some other rule', () => {
    const proof = proofOf(of('frozen-socket'), verdict('FAIL', ['S10', 'broken'], ['S6', 'held']), 1);
    expect(proof).toMatchObject({ isRight: false, found: [] });
    expect(wrongness(proof)).toBe('FAIL is right, but not by C4 or S6');
  });

  it('of a FAIL takes no budget of which there is doubt', () => {
    expect(proofOf(of('stall'), verdict('FAIL', ['C3', 'broken'], ['S6', 'shaken']), 1).isRight).toBe(false);
  });

  it('is not another verdict, whatever rule was broken', () => {
    const proof = proofOf(of('skewed-clock'), verdict('FAIL', ['V1', 'broken'], ['S6', 'broken']), 1);
    expect(wrongness(proof)).toBe('INVALID is right');
  });

  it('of a mutant that does no harm asks for no rule', () => {
    expect(proofOf(of('late-by-5'), verdict('PASS', ['S6', 'held']), 1).isRight).toBe(true);
  });
});

describe('docs/sla-mutants.md', () => {
  const written = readFileSync(new URL('../../docs/sla-mutants.md', import.meta.url), 'utf8');

  it('has every mutant, with what is demanded of it, and each was found by that', () => {
    const rows = rowsOf(written);
    expect([...rows.keys()]).toEqual(MUTANTS.map(({ name }) => name));
    for (const mutant of MUTANTS) {
      const [name, describes, expects, by, outcome, foundBy] = rows.get(mutant.name)!;
      expect([name, describes, expects, by]).toEqual(demandOf(mutant));
      expect(outcome!.split(' ')[0]).toBe(mutant.expects);
      if (mutant.rules.length > 0) expect(mutant.rules).toContain(foundBy!.split(', ')[0]);
    }
  });

  it('keeps the rows of mutants that were not run', () => {
    const proof = proofOf(of('stall'), verdict('FAIL', ['S6', 'broken']), 2);
    const rows = rowsOf(matrixMarkdown(MUTANTS, [proof], written));
    expect(rows.get('stall')!.slice(4)).toEqual(['FAIL (at try 2)', 'S6', 'S6, its title: its sentence.']);
    expect(rows.get('hog')).toEqual(rowsOf(written).get('hog'));
  });
});
