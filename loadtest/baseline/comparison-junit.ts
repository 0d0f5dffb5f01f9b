import { attribute, content, testCase, testSuite } from '../report/junit-xml.ts';
import type { CounterComparison, FigureComparison } from './compare.ts';
import type { ComparisonDocument } from './comparison-document.ts';
import { columns } from './comparison-report.ts';

/**
 * A comparison as JUnit XML: each figure and each counter a test case, and one for the outcome, so that what is no PASS is never all green. A figure that
 * is worse is a failure, whatever says that nothing can be told an error.
 */
export function comparisonJunit(document: ComparisonDocument): string {
  const { base, comparison, head, madeAt, scenario } = document;
  return testSuite({
    name: `${scenario ?? 'no run'}, against the baseline`,
    madeAt,
    seconds: 0,
    properties: { base: base.commit ?? 'no commit', new: head.commit ?? 'no commit' },
    cases: [...comparison.figures.map(figureCase), ...comparison.counters.map(counterCase), outcomeCase(document)],
  });
}

function figureCase(figure: FigureComparison): string {
  const { decision, name } = figure;
  const [base, head, change, low, high] = columns(figure);
  const told = `${decision}: ${base} to ${head}, ${change} (${low} to ${high})`;
  const inside =
    decision === 'worse'
      ? `<failure type="FAIL" message="${attribute(told)}"/>`
      : decision === 'not measured'
        ? `<skipped message="${attribute(told)}"/>`
        : `<system-out>${content(told)}</system-out>`;
  return testCase('waymark.sla.baseline.figures', name, inside);
}

function counterCase({ base, equal, head, name }: CounterComparison): string {
  const told = `${base ?? 'not counted'} and ${head ?? 'not counted'}`;
  const inside = equal
    ? `<system-out>${content(told)}</system-out>`
    : `<failure type="FAIL" message="${attribute(`without noise, and changed: ${told}`)}"/>`;
  return testCase('waymark.sla.baseline.counters', name, inside);
}

function outcomeCase({ comparison: { outcome, reasons } }: ComparisonDocument): string {
  const told = content(reasons.join('\n'));
  const element = outcome === 'PASS' ? 'system-out' : outcome === 'FAIL' ? 'failure' : 'error';
  const attributes = outcome === 'PASS' ? '' : ` type="${outcome}" message="${attribute(reasons[0] ?? outcome)}"`;
  return testCase('waymark.sla.baseline', `outcome: ${outcome}`, `<${element}${attributes}>${told}</${element}>`);
}
