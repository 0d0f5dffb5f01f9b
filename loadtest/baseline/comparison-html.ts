import { escaped, pageFile } from '../report/html.ts';
import type { Source } from '../receipt/receipt.ts';
import type { CounterComparison, FigureComparison } from './compare.ts';
import type { ComparedRun, ComparisonDocument } from './comparison-document.ts';
import { columns } from './comparison-report.ts';

/** A comparison as one page that holds everything and loads nothing: what it came to and why, figures, counters, the runs. */
export function comparisonHtml(document: ComparisonDocument): string {
  const { base, comparison, head, machine, madeAt, pairs, scenario } = document;
  const { counters, figures, outcome, pairCount, pairsUsed, reasons } = comparison;
  const about = `${scenario ?? 'no run'}: ${commit(head)} against ${commit(base)}`;
  return `<!doctype html>
<html lang="en" data-outcome="${outcome}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${outcome}: against the baseline, ${escaped(scenario ?? 'no run')}</title>
<style>${pageFile('style.css')}</style>
</head>
<body>
<header>
<h1>Against the baseline: <strong>${outcome}</strong></h1>
<p>${escaped(about)}</p>
<p class="quiet">${escaped(`${pairsUsed} of ${pairCount} interleaved pairs, ${machine.coreCount} cores, ${madeAt}`)}</p>
</header>
<main>
<ul class="reasons" id="reasons">${reasons.map((reason) => `<li>${escaped(reason)}</li>`).join('')}</ul>
<h2>Figures</h2>
${table('figures', ['figure', 'base', 'new', 'change', 'from', 'to', ''], figures.map(figureRow))}
<h2>Without noise</h2>
${table('counters', ['counter', 'base', 'new', ''], counters.map(counterRow))}
<h2>Runs</h2>
${table(
  'runs',
  ['pair', 'base', '', 'new', ''],
  pairs.map((pair, index) => row('', [String(index + 1), ...runCells(pair.base), ...runCells(pair.head)])),
)}
</main>
<footer><div>${escaped(`${machine.cpuModel}, ${machine.system}`)}</div><div>The interval is of the ratio of new to base over the pairs, by bootstrap; the rules are explained in docs/sla.md</div></footer>
</body>
</html>
`;
}

function figureRow(figure: FigureComparison): string {
  const { decision, name } = figure;
  return row(decision === 'worse' ? 'broken' : decision === 'unclear' ? 'shaken' : 'held', [
    name,
    ...columns(figure),
    decision,
  ]);
}

function counterRow({ base, equal, head, name }: CounterComparison): string {
  return row(equal ? 'held' : 'broken', [name, String(base ?? '-'), String(head ?? '-'), equal ? 'equal' : 'changed']);
}

function runCells({ outcome, reason }: ComparedRun): readonly string[] {
  return [outcome, reason];
}

function table(id: string, head: readonly string[], rows: readonly string[]): string {
  const names = head.map((name) => `<th>${name}</th>`).join('');
  return `<div class="wide"><table id="${id}"><thead><tr>${names}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function row(status: string, cells: readonly string[]): string {
  return `<tr class="${status}">${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`;
}

function commit({ changed, commit: hash, version }: Source): string {
  return `${version}${hash === null ? '' : ` (${hash.slice(0, 12)}${changed ? ' with changes' : ''})`}`;
}
