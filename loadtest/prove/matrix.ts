import type { Mutant } from './mutants.ts';
import type { Proof } from './proof.ts';

/** The table of docs/sla-mutants.md. `previous`: the document as it is, whose rows stay of mutants that were not run this time. */
export function matrixMarkdown(mutants: readonly Mutant[], proofs: readonly Proof[], previous = ''): string {
  const kept = rowsOf(previous);
  const rows = mutants.flatMap((mutant) => {
    const proof = proofs.find((each) => each.mutant.name === mutant.name);
    if (proof !== undefined) return [rowOf(proof)];
    const [, , , , ...seen] = kept.get(mutant.name) ?? [];
    return seen.length === 0 ? [] : [[...demandOf(mutant), ...seen]];
  });
  return [
    '# What the SLA gate sees through',
    '',
    'Made by `npm run sla:prove -- --write`: the gate against mutants of the server and of the machine, each with the one verdict that is right about it, and the rules of',
    '[sla.md](sla.md) of which at least one must have made it: a right verdict by another rule proves nothing. A mutant of the server is loaded into the built gateway',
    '(`loadtest/prove/mutants`) and begins with the measuring window.',
    '',
    line(['mutant', 'what is wrong', 'right verdict', 'by', 'verdict', 'found by', 'sentence']),
    line(Array.from({ length: 7 }, () => '---')),
    ...rows.map(line),
    '',
  ].join('\n');
}

/** What is demanded of a mutant, as the first cells of its row; a test holds the document to it. */
export function demandOf({ describes, expects, name, rules }: Mutant): readonly string[] {
  return [name, describes, expects, rules.join(' or ')];
}

/** Cells of each row of a table, by the first. */
export function rowsOf(markdown: string): ReadonlyMap<string, readonly string[]> {
  const rows = markdown.split('\n').flatMap((text) => {
    if (!text.startsWith('|')) return [];
    return [
      text
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    ];
  });
  return new Map(rows.slice(2).map((cells) => [cells[0] ?? '', cells]));
}

function rowOf({ found, mutant, outcome, reason, tries }: Proof): readonly string[] {
  return [
    ...demandOf(mutant),
    `${outcome}${tries > 1 ? ` (at try ${tries})` : ''}`,
    found.join(', '),
    reason.replaceAll('|', '\\|').replaceAll('\n', ' '),
  ];
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
