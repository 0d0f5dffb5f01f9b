import type { Measurement } from '../measure/measurement.ts';

/**
 * Everything a verdict is made from. The runner collects it, the judge reads it, the receipt keeps it; nothing else is looked at, so that a
 * verdict can be had again from its receipt. Points in time are epoch ms of the wall clock, intervals are [from, until).
 * What could not be had is null, never left out and never a zero: the judge takes null for an error, not for a good figure.
 */
export interface Evidence {
  readonly plan: Plan;
  /** One an instrument of the plan. */
  readonly instruments: readonly InstrumentEvidence[];
  /** What the witness saw by itself, gapless over the window; what the instruments saw of it is in their measurements. */
  readonly witness: readonly WitnessInterval[] | null;
  readonly preflight: Preflight | null;
  /** Gapless over the window. */
  readonly cpu: readonly CpuInterval[];
  /** The apps under test. Empty when the target is a running deployment whose counters are out of reach. */
  readonly apps: readonly AppEvidence[];
  /** What the read API says at the end of each player that was measured, after the last command was answered. */
  readonly states: readonly StateOfRecord[] | null;
  /** One a process that the run started; those of a running deployment are not the run's. */
  readonly endings: readonly ProcessEnding[];
  readonly counters: ExactCounters;
}

/** What was to be done. Measurements are held against it: an instrument cannot leave out what it does not like. */
export interface Plan {
  readonly runId: string;
  readonly scenario: string;
  readonly seed: number;
  /** embedded: the run started the apps. deployment: they were there. */
  readonly target: 'embedded' | 'deployment';
  readonly windowFromMs: number;
  readonly windowUntilMs: number;
  readonly tickMs: number;
  readonly gameCount: number;
  /** Of the open model; 0: none are sent, and nothing is said about commands and events. */
  readonly commandsPerSecond: number;
  /** Event frames that one accepted command brings, over all measured sockets; null when nobody knows. */
  readonly eventFramesPerCommand: number | null;
  /** How long a player may have been cut off by the scenario itself; frames that were due then are not counted. 0: nobody was. */
  readonly excusedMsMax: number;
  readonly instruments: readonly { readonly instrument: Measurement['instrument']; readonly playerCount: number }[];
}

export interface InstrumentEvidence {
  readonly instrument: Measurement['instrument'];
  readonly measurement: Measurement | null;
  /** Why there is none, in a sentence. */
  readonly unreadable: string | null;
}

export interface WitnessInterval {
  readonly fromMs: number;
  readonly untilMs: number;
  /** How late its latest tick was. */
  readonly tickLateMaxMs: number;
  /** The longest durable write that was under way in it, to its end; null when none was. */
  readonly diskMaxMs: number | null;
}

/** The machine in the seconds before the apps were started. */
export interface Preflight {
  readonly coreCount: number;
  readonly timerLateP99Ms: number;
  readonly idleShare: number;
  readonly stealShare: number;
  /** Files that a process may have open. */
  readonly openFilesMax: number;
}

/** Cores used in an interval, by who used them; they add up to the machine's. */
export interface CpuInterval {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly gateway: number;
  readonly command: number;
  /** Both instruments, the witness and the runner. */
  readonly generators: number;
  readonly others: number;
  readonly steal: number;
  readonly idle: number;
}

export type AppName = 'gateway' | 'command';

export interface AppEvidence {
  readonly app: AppName;
  /** The admin port's /metrics at the start and at the end of the window; null when it did not answer. */
  readonly before: Scrape | null;
  readonly after: Scrape | null;
  /** In between, for the plots and the largest memory. */
  readonly samples: readonly AppSample[];
}

export interface Scrape {
  readonly takenAtMs: number;
  /** As they stand in the exposition: name or name{label="value"}. */
  readonly series: Readonly<Record<string, number>>;
}

export interface AppSample {
  readonly atMs: number;
  readonly rssBytes: number;
  /** Time in collections since the sample before; null when it was not asked. */
  readonly gcPauseMs: number | null;
  /** The longest of them; 0 when there was none, null when it was not asked. */
  readonly gcPauseLongestMs: number | null;
}

export interface StateOfRecord {
  readonly player: number;
  readonly gameId: string;
  readonly revision: number;
  readonly score: number;
}

export interface ProcessEnding {
  readonly process: AppName | Measurement['instrument'] | 'witness';
  /** Null while it lives. */
  readonly endedAtMs: number | null;
  /** Whether the run had asked it to end, or it was done with its work. */
  readonly asked: boolean;
  readonly code: number | null;
  readonly signal: string | null;
}

/**
 * Figures without noise, for the comparison of two commits, which lets none of them change at all. So they come from a script of fixed
 * length that runs outside the window, where two runs of one commit give the same to the last digit. Null: not counted.
 */
export interface ExactCounters {
  readonly bytesAFrame: number | null;
  readonly framesAPlayerAndSecond: number | null;
  readonly allocationsATick: number | null;
  readonly eventsACommand: number | null;
}
