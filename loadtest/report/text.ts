import pc from 'picocolors';
import { percent, shortNumber } from '../judge/check.ts';
import { coresOf, cpuOfWindow, meanOf } from '../judge/disturbance.ts';
import type { RuleId } from '../judge/rules.ts';
import type { Outcome } from '../judge/verdict.ts';
import type { Receipt } from '../receipt/receipt.ts';
import { digestOf, type Digest } from './digest.ts';

/** Ten lines for a terminal: the verdict and its first reason on top, then what was felt, then what it cost. */
type Colours = ReturnType<typeof pc.createColors>;

export function textReport(receipt: Receipt, colour = pc.isColorSupported): string {
  const colours = pc.createColors(colour);
  const digest = digestOf(receipt);
  const { outcome, reasons } = receipt.verdict;
  const [first, ...more] = outcome === 'PASS' ? [digest.meaning] : reasons;
  const others = more.length === 0 ? '' : colours.dim(` (and ${more.length} more)`);
  const figure = (rule: RuleId): string => budget(digest, rule, colours);
  const lines = [
    `${badge(outcome, colours)} ${digest.scenario}`,
    `${first ?? digest.meaning}${others}`,
    `commands    p50 ${figure('S1')}, p99 ${figure('S2')}, wrong answers ${figure('S3')}`,
    `event lag   p50 ${figure('S4')}, p99 ${figure('S5')}`,
    `tick lag    worst player p99 ${figure('S6')}, all p99.9 ${figure('S7')}, missing ${figure('S8')}`,
    `worst       ${digest.worst ?? 'nobody was measured'}`,
    `gateway     ${figure('S9')}, ${figure('S11')}`,
    `command     ${figure('S10')}, ${figure('S12')}; both: major collections ${figure('S13')}, longest pause ${figure('S14')}`,
    `machine     ${machineLine(receipt)}; ${digest.goalsReached}`,
    colours.dim(`${digest.origin}${digest.retry === null ? '' : `. ${digest.retry}`}`),
  ];
  return `${lines.join('\n')}\n`;
}

const PAINT: Readonly<Record<Outcome, 'bgGreen' | 'bgRed' | 'bgYellow' | 'bgMagenta'>> = {
  PASS: 'bgGreen',
  FAIL: 'bgRed',
  INVALID: 'bgYellow',
  ERROR: 'bgMagenta',
};

function badge(outcome: Outcome, colours: Colours): string {
  return colours[PAINT[outcome]](colours.bold(colours.black(` ${outcome} `)));
}

function budget(digest: Digest, rule: RuleId, colours: Colours): string {
  const line = digest.budgets.find((each) => each.rule === rule);
  if (line === undefined) return colours.dim('-');
  if (line.status === 'broken') return colours.red(`${line.value} (over ${line.must})`);
  if (line.status === 'shaken') return colours.yellow(`${line.value} (over ${line.must}?)`);
  return line.goalReached === true ? colours.green(line.value) : line.value;
}

function machineLine({ evidence }: Receipt): string {
  const cpu = evidence === null ? [] : cpuOfWindow(evidence);
  if (cpu.length === 0) return 'nobody looked';
  const mean = (of: (each: (typeof cpu)[number]) => number): number => meanOf(cpu, of);
  const cores = mean(coresOf);
  return `generators ${shortNumber(mean((each) => each.generators))} cores, others ${percent(mean((each) => each.others + each.steal) / cores)}, idle ${percent(mean((each) => each.idle) / cores)}`;
}
