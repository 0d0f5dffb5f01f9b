import { appFigures, type GcBucket } from '../judge/app-figures.ts';
import { counted, ms, shortNumber } from '../judge/check.ts';
import { coresOf, disturbanceOf } from '../judge/disturbance.ts';
import type { AppName, Evidence } from '../judge/evidence.ts';
import { totalsOf, type Totals } from '../judge/totals.ts';
import { upperEdgeMs, type LagHistogram } from '../measure/lag-histogram.ts';
import type { Receipt } from '../receipt/receipt.ts';
import type { Sla } from '../sla/sla.ts';

/** What the page draws, as data; loadtest/report/page/plots.mjs draws it in the browser with uPlot. */
export interface Plot {
  readonly id: string;
  readonly title: string;
  /** What to see in it, for who cannot see it too. */
  readonly caption: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly xLog: boolean;
  readonly yLog: boolean;
  /** Null: as the figures and limits are. */
  readonly yMax: number | null;
  readonly x: readonly number[];
  readonly series: readonly Series[];
  /** Horizontal lines: budgets and rules, with what stands beside them. */
  readonly limits: readonly { readonly label: string; readonly y: number }[];
  /** Stretches of x; the caption says what they are. */
  readonly shaded: readonly (readonly [from: number, until: number])[];
}

export interface Series {
  readonly label: string;
  readonly colour: Colour;
  readonly kind: 'line' | 'dashed' | 'bars' | 'area' | 'points';
  readonly y: readonly (number | null)[];
  /** What is read off at a place, where `y` is a sum with those below. */
  readonly own?: readonly number[];
}

/** Okabe and Ito's colours, which colour-blind readers tell apart; darker where white paper asks for it. */
const COLOURS = {
  blue: '#0072b2',
  orange: '#d55e00',
  green: '#00785a',
  purple: '#a8477f',
  sky: '#3b93c9',
  grey: '#6b6b6b',
} as const;
export type Colour = (typeof COLOURS)[keyof typeof COLOURS];

/** The least that a logarithmic scale shows. */
const LEAST_MS = 0.05;

export function plotsOf({ evidence, sla }: Receipt): readonly Plot[] {
  if (evidence === null) return [];
  const totals = totalsOf(evidence);
  return [
    lagOverTime(sla, evidence, totals),
    lagOfPlayers(sla, totals),
    lagOfFrames(sla, totals),
    lateFrames(sla, evidence, totals),
    cpuOverTime(evidence),
    memoryOverTime(sla, evidence),
    pausesOverTime(evidence),
    witnessOverTime(sla, evidence),
  ].filter((plot) => plot.x.length > 0);
}

function lagOverTime(sla: Sla, evidence: Evidence, { seconds }: Totals): Plot {
  const worst = seconds.reduce(
    (found, second, index) => (second.tickLagMaxMs > seconds[found]!.tickLagMaxMs ? index : found),
    0,
  );
  const max = seconds[worst]?.tickLagMaxMs ?? 0;
  return {
    ...plot('lag-over-time', 'Lag over time', 'second of the window', 'ms'),
    caption: `Each second's longest waits, on a logarithmic scale. The longest tick lag was ${ms(max)}, in second ${worst}. Shaded: seconds in which the machine was disturbed.`,
    yLog: true,
    x: seconds.map((_, second) => second),
    series: [
      { label: 'tick lag, longest', colour: COLOURS.blue, kind: 'line', y: seconds.map((s) => shown(s.tickLagMaxMs)) },
      { label: 'tick lag, p99', colour: COLOURS.blue, kind: 'dashed', y: seconds.map((s) => shown(s.tickLagP99Ms)) },
      {
        label: 'event lag, longest',
        colour: COLOURS.orange,
        kind: 'line',
        y: seconds.map((s) => shown(s.eventLagMaxMs)),
      },
      { label: 'command, longest', colour: COLOURS.green, kind: 'line', y: seconds.map((s) => shown(s.commandMaxMs)) },
    ],
    limits: [limitAt('must', sla.budgets.tickLagWorstPlayerP99Ms.must, 'ms')],
    shaded: stretches(disturbanceOf(sla, evidence).appends),
  };
}

function lagOfPlayers(sla: Sla, { players }: Totals): Plot {
  const sorted = players.toSorted(
    (a, b) => (a.p99Ms ?? Infinity) - (b.p99Ms ?? Infinity) || (a.maxMs ?? Infinity) - (b.maxMs ?? Infinity),
  );
  const never = players.filter(({ p99Ms }) => p99Ms === null).length;
  return {
    ...plot('lag-of-players', 'Tick lag of each player', 'players, the best first', 'ms'),
    caption: `One place on the axis is one player; the worst stand at the right.${never === 0 ? '' : ` Of ${counted(never, 'player')} so many frames never came that there is no p99: the line ends before.`}`,
    yLog: true,
    x: sorted.map((_, index) => index + 1),
    series: [
      { label: 'p50', colour: COLOURS.green, kind: 'line', y: sorted.map(({ p50Ms }) => shown(p50Ms)) },
      { label: 'longest', colour: COLOURS.orange, kind: 'points', y: sorted.map(({ maxMs }) => shown(maxMs)) },
      { label: 'p99', colour: COLOURS.blue, kind: 'line', y: sorted.map(({ p99Ms }) => shown(p99Ms)) },
    ],
    limits: [limitAt('p99 must', sla.budgets.tickLagWorstPlayerP99Ms.must, 'ms')],
  };
}

/** The share of frames that waited longer than x: its tail is where budgets are broken. */
function lagOfFrames(sla: Sla, { commands, eventLag, eventsDue, framesDue, tickLag }: Totals): Plot {
  const all = [tickLag, eventLag, ...(commands === null ? [] : [commands.latency])];
  const edges = new Set(
    all.flatMap((histogram) =>
      histogram.sparse().map(([bucket]) => Math.max(LEAST_MS, upperEdgeMs(Math.max(0, bucket)))),
    ),
  );
  const x = [...edges].sort((a, b) => a - b);
  return {
    ...plot('lag-of-frames', 'How many waited how long', 'lag, ms', '% later than that'),
    caption: `Both scales are logarithmic. Where a line crosses 1 %, there is its p99. What never came counts as later than all. Shaded: over ${ms(sla.budgets.tickLagWorstPlayerP99Ms.must)}.`,
    xLog: true,
    yLog: true,
    yMax: 100,
    x,
    series: [
      { label: 'frames of ticks', colour: COLOURS.blue, kind: 'line', y: shareLater(tickLag, framesDue, x) },
      { label: 'event frames', colour: COLOURS.orange, kind: 'line', y: shareLater(eventLag, eventsDue, x) },
      ...(commands === null
        ? []
        : [
            {
              label: 'commands',
              colour: COLOURS.green,
              kind: 'line' as const,
              y: shareLater(commands.latency, commands.intended, x),
            },
          ]),
    ],
    limits: [{ label: '1 %', y: 1 }],
    shaded:
      x.length === 0
        ? []
        : [
            [
              sla.budgets.tickLagWorstPlayerP99Ms.must,
              Math.max(x.at(-1)!, sla.budgets.tickLagWorstPlayerP99Ms.must * 2),
            ],
          ],
  };
}

function lateFrames(sla: Sla, evidence: Evidence, { framesDue, framesLate, framesMissing, seconds }: Totals): Plot {
  return {
    ...plot('late-frames', 'Late frames', 'second of the window', 'frames'),
    caption: `${counted(framesLate, 'frame')} of ${framesDue.toLocaleString('en-US')} late, ${framesMissing.toLocaleString('en-US')} of them never came. Shaded: seconds in which the machine was disturbed.`,
    x: seconds.map((_, second) => second),
    series: [
      { label: 'late or missing', colour: COLOURS.orange, kind: 'bars', y: seconds.map((second) => second.framesLate) },
    ],
    shaded: stretches(disturbanceOf(sla, evidence).ticks),
  };
}

function cpuOverTime({ cpu, plan }: Evidence): Plot {
  const parts = [
    { label: 'gateway', colour: COLOURS.blue, of: 'gateway' },
    { label: 'command app', colour: COLOURS.green, of: 'command' },
    { label: 'generators', colour: COLOURS.grey, of: 'generators' },
    { label: 'others', colour: COLOURS.orange, of: 'others' },
    { label: 'steal', colour: COLOURS.purple, of: 'steal' },
  ] as const;
  return {
    ...plot('cpu', 'CPU', 'second of the window', 'cores'),
    caption: 'Cores in use, one upon the other: what is left to the top was idle.',
    x: cpu.map(({ fromMs }) => (fromMs - plan.windowFromMs) / 1_000),
    series: parts.map(({ colour, label, of }, index) => ({
      label,
      colour,
      kind: 'area',
      // Where somebody used nothing, no line is drawn upon that of the one below.
      y: cpu.map((each) =>
        each[of] === 0 ? null : parts.slice(0, index + 1).reduce((sum, below) => sum + each[below.of], 0),
      ),
      own: cpu.map((each) => each[of]),
    })),
    limits: cpu.length === 0 ? [] : [{ label: 'all cores', y: coresOf(cpu[0]!) }],
  };
}

function memoryOverTime(sla: Sla, evidence: Evidence): Plot {
  const { series, x } = samplesOf(evidence, ({ rssBytes }) => rssBytes / 1e6);
  const musts = [sla.budgets.gatewayRssMb.must, sla.budgets.commandRssMb.must];
  return {
    ...plot('memory', 'Memory', 'second of the window', 'MB resident'),
    caption: 'Resident memory of each app.',
    x,
    series: series.map((each) => ({ ...each, kind: 'line' })),
    limits: [...new Set(musts.flatMap((must) => must ?? []))].map((y) => limitAt('must', y, 'MB')),
  };
}

function pausesOverTime(evidence: Evidence): Plot {
  const { series, x } = samplesOf(evidence, ({ gcPauseMs }) => gcPauseMs);
  const told = evidence.apps.flatMap((app) => {
    const figures = appFigures(app);
    return figures === null ? [] : [`${app.app}: ${pausesTold(figures.gcPauses)}`];
  });
  return {
    ...plot('gc-pauses', 'GC pauses', 'second of the window', 'ms paused a sample'),
    caption: `Time in which an app stood still for the collector. Pauses in the window, ${told.join('; ') || 'not counted'}.`,
    x,
    series: series.map((each) => ({ ...each, kind: 'line' })),
  };
}

function pausesTold(pauses: readonly GcBucket[]): string {
  const some = pauses.filter(({ count }) => count > 0);
  if (some.length === 0) return 'none';
  return some.map(({ count, upToMs }) => `${count} ${upToMs === null ? 'above' : `up to ${upToMs} ms`}`).join(', ');
}

function witnessOverTime(sla: Sla, { plan, witness }: Evidence): Plot {
  const intervals = witness ?? [];
  return {
    ...plot('witness', 'The witness', 'second of the window', 'ms'),
    caption: 'A ticker and a disk writer that do nothing else: where they are late, the machine is.',
    yLog: true,
    x: intervals.map(({ fromMs }) => (fromMs - plan.windowFromMs) / 1_000),
    series: [
      {
        label: 'tick late',
        colour: COLOURS.blue,
        kind: 'line',
        y: intervals.map(({ tickLateMaxMs }) => shown(tickLateMaxMs)),
      },
      {
        label: 'durable write',
        colour: COLOURS.green,
        kind: 'line',
        y: intervals.map(({ diskMaxMs }) => shown(diskMaxMs)),
      },
    ],
    limits: [limitAt('tick', sla.witness.tickLateMaxMs, 'ms'), limitAt('disk', sla.witness.diskMaxMs, 'ms')],
  };
}

function limitAt(label: string, y: number, unit: string): Plot['limits'][number] {
  return { label: `${label} ${shortNumber(y)} ${unit}`, y };
}

function plot(id: string, title: string, xLabel: string, yLabel: string): Plot {
  return {
    id,
    title,
    caption: '',
    xLabel,
    yLabel,
    xLog: false,
    yLog: false,
    yMax: null,
    x: [],
    series: [],
    limits: [],
    shaded: [],
  };
}

/** The apps are sampled at their own times; a plot has one x for all. */
function samplesOf(
  { apps, plan }: Evidence,
  value: (sample: Evidence['apps'][number]['samples'][number]) => number | null,
): { x: number[]; series: { label: AppName; colour: Colour; y: (number | null)[] }[] } {
  const times = [...new Set(apps.flatMap(({ samples }) => samples.map(({ atMs }) => atMs)))].sort((a, b) => a - b);
  return {
    x: times.map((atMs) => (atMs - plan.windowFromMs) / 1_000),
    series: apps.map(({ app, samples }) => {
      const at = new Map(samples.map((sample) => [sample.atMs, value(sample)]));
      return {
        label: app,
        colour: app === 'gateway' ? COLOURS.blue : COLOURS.green,
        y: times.map((time) => at.get(time) ?? null),
      };
    }),
  };
}

function shareLater(histogram: LagHistogram, due: number, edges: readonly number[]): (number | null)[] {
  const sparse = histogram.sparse();
  const all = Math.max(due, histogram.count);
  let next = 0;
  let upTo = 0;
  return edges.map((edge) => {
    for (; next < sparse.length && upperEdgeMs(Math.max(0, sparse[next]![0])) <= edge + 1e-9; next++)
      upTo += sparse[next]![1];
    const later = all - upTo;
    // A logarithmic scale has no zero: the line ends with its last frame.
    return all === 0 || later === 0 ? null : (100 * later) / all;
  });
}

function shown(value: number | null): number | null {
  return value === null || value <= 0 ? null : Math.max(LEAST_MS, value);
}

function stretches(seconds: readonly boolean[]): (readonly [number, number])[] {
  return seconds.flatMap((disturbed, second) => (disturbed ? [[second - 0.5, second + 0.5] as const] : []));
}
