import type { InjectedFault } from './inject.ts';
import type { FaultReport } from './fault-run.ts';

/** A run in words: each fault on a line, then what flowed, then the verdict. */
const FINDINGS_SHOWN_MAX = 20;

export function faultLine({ forMs, hit, index, injectedAtMs, kind, recoveryMs }: InjectedFault): string {
  const at = `${(injectedAtMs / 1_000).toFixed(1)} s`.padStart(8);
  const length = forMs === 0 ? '' : ` for ${forMs} ms`;
  const recovery = recoveryMs === 0 ? '' : `, ready ${recoveryMs} ms later`;
  return `${String(index + 1).padStart(3)} ${at}  ${kind.padEnd(6)} ${hit}${length}${recovery}`;
}

export function reportText(report: FaultReport): string {
  const { commands, events, findings, games, settledMs, watchers } = report;
  const lines = [
    `${report.faults.length} faults on ${report.backends}, seed ${report.seed}`,
    `commands: ${commands.asked} asked, ${commands.acknowledged} acknowledged, ${commands.refused} refused; ` +
      `${commands.retried} had to be sent again`,
    `log: ${events} events, ${games} games; at rest ${settledMs} ms after the last fault and command`,
    `watchers: ${watchers.count}, told ${watchers.told} events, ${watchers.drops} connections lost, ${watchers.resumes} resumed`,
    ...findings.slice(0, FINDINGS_SHOWN_MAX).map(({ rule, what }) => `FOUND ${rule}: ${what}`),
  ];
  if (findings.length > FINDINGS_SHOWN_MAX) lines.push(`and ${findings.length - FINDINGS_SHOWN_MAX} more`);
  lines.push(
    findings.length === 0
      ? 'PASS: nothing acknowledged is lost, nothing is doubled, every arena is the fold of the log'
      : `FAIL: ${findings.length} findings`,
  );
  return `${lines.join('\n')}\n`;
}
