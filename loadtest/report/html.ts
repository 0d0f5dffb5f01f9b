import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { RULES } from '../judge/rules.ts';
import type { Check } from '../judge/verdict.ts';
import type { Receipt } from '../receipt/receipt.ts';
import { digestOf, type BudgetLine, type Digest } from './digest.ts';
import { plotsOf, type Plot } from './plots.ts';

/**
 * One page that holds everything: text, plots, the charting library. It opens from a disk without a network, and its content security policy
 * forbids it to load anything. The reasons stand first; whoever cannot see the plots has their captions.
 */
export function htmlReport(receipt: Receipt): string {
  const { outcome, reasons, checks } = receipt.verdict;
  const digest = digestOf(receipt);
  const plots = plotsOf(receipt);
  const library = dirname(createRequire(import.meta.url).resolve('uplot/package.json'));
  const libraryFile = (name: string): string => readFileSync(join(library, 'dist', name), 'utf8');
  const rest = checks.filter(({ figure }) => figure === null);
  return `<!doctype html>
<html lang="en" data-outcome="${outcome}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${outcome}: SLA gate, ${escaped(digest.scenario)}</title>
<style>${libraryFile('uPlot.min.css')}${pageFile('style.css')}</style>
</head>
<body>
<header>
<h1>SLA gate: <strong>${outcome}</strong></h1>
<p>${escaped(digest.scenario)}</p>
<p class="quiet">${escaped(digest.origin)}</p>
</header>
<main>
<p id="meaning">${digest.meaning}${digest.retry === null ? '' : ` ${digest.retry}`}</p>
${outcome === 'PASS' ? '' : `<ul class="reasons" id="reasons">${reasons.map((reason) => `<li>${escaped(reason)}</li>`).join('')}</ul>`}
${worst(digest)}
${digest.budgets.length === 0 ? '' : budgets(digest)}
${plots.length === 0 ? '' : `<h2>Plots</h2>\n<div class="plots">${plots.map(figure).join('\n')}</div>`}
${rest.length === 0 ? '' : `<h2>The other rules</h2>\n${rules(rest)}`}
</main>
<footer>${footer(receipt)}</footer>
<script type="application/json" id="plot-data">${scriptJson(plots)}</script>
<script>${inScript(libraryFile('uPlot.iife.min.js'))}</script>
<script>${inScript(pageFile('plots.mjs'))}</script>
</body>
</html>
`;
}

export function pageFile(name: string): string {
  return readFileSync(new URL(`./page/${name}`, import.meta.url), 'utf8');
}

function worst({ worst: told }: Digest): string {
  return told === null ? '' : `<p class="worst" id="worst"><strong>Worst</strong>: ${escaped(told)}.</p>`;
}

function budgets({ budgets: lines, goalsReached }: Digest): string {
  return `<h2>Budgets</h2>
<div class="wide"><table id="budgets">
<thead><tr><th>rule</th><th>figure</th><th class="number">measured</th><th class="number">must</th><th class="number">goal</th><th></th></tr></thead>
<tbody>${lines.map(budgetRow).join('')}</tbody>
</table></div>
<p class="quiet">${goalsReached}. Goals are reported and gate nothing.</p>`;
}

function budgetRow({ goal, goalReached, must, rule, status, title, value }: BudgetLine): string {
  const reached = goalReached === true ? ', goal reached' : '';
  return `<tr class="${className(status)}"><td>${rule}</td><td>${escaped(title)}</td><td class="number">${escaped(value)}</td><td class="number">${escaped(must)}</td><td class="number">${escaped(goal)}</td><td class="status">${status}${reached}</td></tr>`;
}

function figure({ caption, id, title }: Plot): string {
  return `<figure><h3>${escaped(title)}</h3><div class="plot" id="plot-${id}" role="img" aria-label="${escaped(`${title}. ${caption}`)}"></div><figcaption>${escaped(caption)}</figcaption></figure>`;
}

function rules(checks: readonly Check[]): string {
  const rows = checks.map(
    ({ rule, sentence, status }) =>
      `<tr class="${className(status)}"><td>${rule}</td><td>${escaped(RULES[rule].title)}</td><td class="status">${status}</td><td>${escaped(sentence)}</td></tr>`,
  );
  return `<div class="wide"><table id="rules"><thead><tr><th>rule</th><th></th><th></th><th>found</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function footer({ machine, receiptVersion, source, versions }: Receipt): string {
  const made = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const memory = `${Math.round(machine.memoryBytes / 1e9)} GB`;
  const parts = [
    `Waymark ${source.version}${source.commit === null ? '' : `, commit ${source.commit}${source.changed ? ' with changes' : ''}`}`,
    `${machine.cpuModel}, ${machine.coreCount} cores, ${memory}, ${machine.system}`,
    made.join(', '),
    `receipt version ${receiptVersion}; the rules are explained in docs/sla.md`,
  ];
  return parts.map((part) => `<div>${escaped(part)}</div>`).join('');
}

function className(status: Check['status']): string {
  return status.replace(' ', '-');
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Nothing in a script element may end it; in JSON, < can be written otherwise. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c');
}

function inScript(text: string): string {
  return text.replace(/<\/script/gi, '<\\/script');
}
