import type { RuleId } from './rules.ts';
import type { Check, CheckedFigure, CheckStatus } from './verdict.ts';

/** How the judges of the rules write what they found. */
export function check(rule: RuleId, status: CheckStatus, sentence: string, figure: CheckedFigure | null = null): Check {
  return { rule, status, sentence, figure };
}

/** `faults` in sentences; without any, the rule holds as `held` says. */
export function heldUnless(rule: RuleId, faults: readonly string[], held: string): Check {
  return faults.length === 0 ? check(rule, 'held', held) : check(rule, 'broken', firstOf(faults));
}

/** Sentences for a reader, not a log: the first three and how many more. */
export function firstOf(sentences: readonly string[], max = 3): string {
  const shown = sentences.slice(0, max).join('; ');
  return sentences.length > max ? `${shown}; and ${sentences.length - max} more` : shown;
}

/** `unlike`: what it is compared with, as in all of these. */
export function ms(value: number | null, unlike?: number | null): string {
  if (value === null) return 'never';
  return `${shortNumber(value, unlike)} ms`;
}

export function percent(share: number, unlike?: number | null): string {
  return `${shortNumber(share * 100, typeof unlike === 'number' ? unlike * 100 : unlike)} %`;
}

/** A budget's figure or its limit. Frames missing are told as a share of all. */
export function figureTold(rule: RuleId, value: number, unit: string, unlike?: number | null): string {
  if (rule === 'S8') return percent(value, unlike);
  return `${shortNumber(value, unlike)}${unit === '' ? '' : ` ${unit}`}`;
}

/** Three figures, and no more than two decimals; more of both where it would look the same as what it is compared with. */
export function shortNumber(value: number, unlike?: number | null): string {
  const short = rounded(value);
  const looksEqual = typeof unlike === 'number' && unlike !== value && rounded(unlike) === short;
  return looksEqual ? String(Number(value.toPrecision(6))) : short;
}

function rounded(value: number): string {
  const size = Math.abs(value);
  return String(Number(value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)));
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}
