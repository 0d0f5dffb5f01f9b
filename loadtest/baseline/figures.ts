import { appFigures } from '../judge/app-figures.ts';
import type { Evidence } from '../judge/evidence.ts';
import { quantileOfDue } from '../judge/lags.ts';
import { totalsOf } from '../judge/totals.ts';

/** The noisy figures of a run that two commits are compared by. */
export interface ComparedFigure {
  readonly name: string;
  readonly unit: string;
  /**
   * Values below count as this: that far down it is timers and clocks that are compared, and half a millisecond of 0.6 would be a
   * regression that nobody feels.
   */
  readonly floor: number;
  /** Null: not measured, or it never came. */
  readonly of: (evidence: Evidence) => number | null;
}

const LAG_FLOOR_MS = 0.5;
const lag = (name: string, of: ComparedFigure['of']): ComparedFigure => ({ name, unit: 'ms', floor: LAG_FLOOR_MS, of });

export const COMPARED: readonly ComparedFigure[] = [
  lag('command p50', (evidence) => ofCommands(evidence, 0.5)),
  lag('command p99', (evidence) => ofCommands(evidence, 0.99)),
  lag('event lag p99', (evidence) => {
    const { eventLag, eventsDue } = totalsOf(evidence);
    return quantileOfDue(eventLag, eventsDue, 0.99);
  }),
  lag('tick lag p99', (evidence) => {
    const { framesDue, tickLag } = totalsOf(evidence);
    return quantileOfDue(tickLag, framesDue, 0.99);
  }),
  { name: 'gateway CPU', unit: 'cores', floor: 0.02, of: (evidence) => ofApp(evidence, 'gateway', 'cores') },
  { name: 'command app CPU', unit: 'cores', floor: 0.02, of: (evidence) => ofApp(evidence, 'command', 'cores') },
  { name: 'gateway memory', unit: 'MB', floor: 1, of: (evidence) => ofApp(evidence, 'gateway', 'rssMaxMb') },
  { name: 'command app memory', unit: 'MB', floor: 1, of: (evidence) => ofApp(evidence, 'command', 'rssMaxMb') },
];

function ofCommands(evidence: Evidence, quantile: number): number | null {
  const { commands } = totalsOf(evidence);
  return commands === null ? null : quantileOfDue(commands.latency, commands.intended, quantile);
}

function ofApp({ apps }: Evidence, app: 'gateway' | 'command', figure: 'cores' | 'rssMaxMb'): number | null {
  const found = apps.find((each) => each.app === app);
  return found === undefined ? null : (appFigures(found)?.[figure] ?? null);
}
