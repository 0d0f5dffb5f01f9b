import type { Outcome } from '../judge/verdict.ts';
import { RULES } from '../judge/rules.ts';
import type { Receipt } from '../receipt/receipt.ts';
import { digestOf, type BudgetLine } from './digest.ts';

/** A summary for a pull request: the verdict and why, the budgets in a table, the rest behind a fold. */
const SIGN: Readonly<Record<Outcome, string>> = { PASS: '✅', FAIL: '❌', INVALID: '⚠️', ERROR: '🛑' };

export function markdownReport(receipt: Receipt): string {
  const { outcome, reasons, checks } = receipt.verdict;
  const digest = digestOf(receipt);
  const lines = [
    `## ${SIGN[outcome]} SLA gate: ${outcome}`,
    '',
    `${escaped(digest.scenario)}. ${digest.meaning}${digest.retry === null ? '' : ` ${digest.retry}`}`,
    '',
  ];
  if (outcome !== 'PASS') lines.push(...reasons.map((reason) => `- ${escaped(reason)}`), '');
  if (digest.worst !== null) lines.push(`**Worst**: ${escaped(digest.worst)}.`, '');
  if (digest.budgets.length > 0) {
    lines.push(
      '| rule | figure | measured | must | goal |',
      '| --- | --- | --- | --- | --- |',
      ...digest.budgets.map(row),
      '',
    );
    lines.push(`${digest.goalsReached}.`, '');
  }
  const rest = checks.filter(({ figure }) => figure === null);
  if (rest.length > 0) {
    lines.push(
      `<details><summary>The other ${rest.length} rules</summary>`,
      '',
      '| rule | | | found |',
      '| --- | --- | --- | --- |',
    );
    lines.push(
      ...rest.map(
        ({ rule, sentence, status }) => `| ${rule} | ${cell(RULES[rule].title)} | ${status} | ${cell(sentence)} |`,
      ),
    );
    lines.push('', '</details>', '');
  }
  lines.push(`<sub>${escaped(digest.origin)}. Rules: docs/sla.md</sub>`);
  return `${lines.join('\n')}\n`;
}

function row({ goal, goalReached, must, rule, status, title, value }: BudgetLine): string {
  const over = status === 'broken' ? '❌ ' : status === 'shaken' ? '⚠️ ' : '';
  const reached = goalReached === true ? ' ✓' : '';
  return `| ${rule} | ${cell(title)} | ${over}${cell(value)} | ${cell(must)} | ${cell(goal)}${reached} |`;
}

function cell(text: string): string {
  return escaped(text).replaceAll('|', '\\|');
}

/** Game ids and failures come from elsewhere: nothing in them may become markup or break a line. */
function escaped(text: string): string {
  return text
    .replace(/[\r\n]+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/[\\`*_[\]@#]/g, '\\$&');
}
