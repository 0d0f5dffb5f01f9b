import pc from 'picocolors';
import { shortNumber } from '../judge/check.ts';
import type { Comparison, FigureComparison } from './compare.ts';

/** A comparison for a terminal, and for a pull request. */
export function comparisonText(comparison: Comparison, colour = pc.isColorSupported): string {
  const colours = pc.createColors(colour);
  const { counters, figures, outcome, pairCount, pairsUsed, reasons } = comparison;
  const paint = outcome === 'PASS' ? colours.green : colours.red;
  const rows = figures.map((figure) => {
    const line = `${figure.name.padEnd(20)}${columns(figure)
      .map((text) => text.padStart(14))
      .join('')}  ${figure.decision}`;
    return figure.decision === 'worse' ? colours.red(line) : line;
  });
  const counted = counters.map(
    ({ base, equal, head, name }) => `${name} ${base ?? '-'}${equal ? '' : colours.red(` became ${head ?? '-'}`)}`,
  );
  return [
    `${paint(colours.bold(outcome))}, ${pairsUsed} of ${pairCount} pairs`,
    ...reasons,
    `${''.padEnd(20)}${['base', 'new', 'change', 'from', 'to'].map((name) => name.padStart(14)).join('')}`,
    ...rows,
    `without noise: ${counted.join(', ')}`,
    '',
  ].join('\n');
}

export function comparisonMarkdown({ counters, figures, outcome, pairCount, pairsUsed, reasons }: Comparison): string {
  return [
    `## ${outcome === 'PASS' ? '✅' : outcome === 'FAIL' ? '❌' : '⚠️'} Against the baseline: ${outcome}`,
    '',
    ...reasons.map((reason) => `- ${reason.replaceAll('<', '&lt;')}`),
    '',
    '| figure | base | new | change | interval | |',
    '| --- | --- | --- | --- | --- | --- |',
    ...figures.map((figure) => {
      const [base, head, change, low, high] = columns(figure);
      return `| ${figure.name} | ${base} | ${head} | ${change} | ${low} to ${high} | ${figure.decision} |`;
    }),
    ...counters.map(
      ({ base, equal, head, name }) =>
        `| ${name} | ${base ?? '-'} | ${head ?? '-'} | | no noise | ${equal ? 'equal' : '❌ changed'} |`,
    ),
    '',
    `<sub>${pairsUsed} of ${pairCount} interleaved pairs; the ratio of each pair, bootstrap interval. Rules: docs/sla.md</sub>`,
    '',
  ].join('\n');
}

/** Base, new, change, and the bounds of its interval, as a reader wants them. */
export function columns({ base, head, high, low, ratio, unit }: FigureComparison): readonly string[] {
  const value = (number: number | null): string => (number === null ? '-' : `${shortNumber(number)} ${unit}`);
  const change = (number: number | null): string =>
    number === null ? '-' : `${number >= 1 ? '+' : ''}${(100 * (number - 1)).toFixed(1)} %`;
  return [value(base), value(head), change(ratio), change(low), change(high)];
}
