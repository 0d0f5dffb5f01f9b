import { existsSync } from 'node:fs';
import { systemClock } from '@waymark/platform';
import { InstrumentError } from '../instrument-error.ts';
import { throwIfInterrupted, unlessInterrupted } from '../interrupt.ts';
import type { AppName, Evidence, ExactCounters, Plan, ProcessEnding, WitnessInterval } from '../judge/evidence.ts';
import { handedOver } from '../judge/handed-over.ts';
import { errorVerdict, judge } from '../judge/judge.ts';
import { RECEIPT_VERSION, type Receipt, type Source } from '../receipt/receipt.ts';
import { runInstruments, TICK_PERIOD_MS, type RunProgress, type RunResult } from '../run/run-instruments.ts';
import { excusedMsMax, type Scenario } from '../scenarios.ts';
import type { Sla } from '../sla/sla.ts';
import type { WitnessMeasurement } from '../witness/witness-measurement.ts';
import { AppWatch } from './app-watch.ts';
import { CpuWatch } from './cpu-watch.ts';
import { exactCounters } from './exact-counters.ts';
import { finalStates } from './final-states.ts';
import { diskIsFull } from './free-space.ts';
import { listeningProcesses } from './listening-processes.ts';
import { machineHere, sourceHere, versionsHere } from './made-by.ts';
import { preflight } from './preflight.ts';
import type { Target } from './target.ts';

/**
 * One run of the gate, from a look at the machine to a receipt with a verdict: starts the target, has it measured, watches machine and apps
 * meanwhile, asks the read API how it ended. What goes wrong on the way is an ERROR in the receipt, never an exception, but for an interruption.
 */
export interface GateRunOptions {
  readonly scenario: Scenario;
  readonly sla: Sla;
  readonly openTarget: () => Promise<Target>;
  /** What the target was built from. */
  readonly source?: Source;
  readonly onProgress: (progress: RunProgress | GatePhase) => void;
  readonly signal: AbortSignal;
  /** As soon as the window begins: what disturbs the run on purpose (prove.ts). Its processes are not the run's. */
  readonly onWindow?: (target: Target) => void;
  readonly k6Program?: string;
}

/** What the gate does around the instruments' own phases. */
export type GatePhase = 'preflight' | 'starting' | 'final states' | 'stopping';

const SEED = 1;

export async function gateRun(options: GateRunOptions): Promise<Receipt> {
  const { onProgress, openTarget, signal, sla, source = sourceHere() } = options;
  const receipt = (rest: Pick<Receipt, 'verdict' | 'evidence'>): Receipt => ({
    receiptVersion: RECEIPT_VERSION,
    madeAt: new Date().toISOString(),
    source,
    machine: machineHere(),
    versions: versionsHere(k6Version),
    sla,
    ...rest,
  });
  let target: Target | null = null;
  let k6Version: string | null = null;
  const cpu = new CpuWatch();
  try {
    onProgress('preflight');
    const looked = await preflight();
    signal.throwIfAborted();
    onProgress('starting');
    target = await openTarget();
    const collected = await measured(options, target, cpu, (version) => (k6Version = version));
    const full = fullDisk(target);
    if (full !== null) throw new InstrumentError('target-failed', full);
    onProgress('stopping');
    const endings = [...collected.endings, ...(await target.stop())];
    // A terminal's Ctrl-C ends the apps too: that is no verdict about them.
    await throwIfInterrupted(signal);
    const evidence: Evidence = { ...collected, preflight: looked, endings };
    return receipt({ verdict: judge(sla, evidence), evidence });
  } catch (error) {
    await throwIfInterrupted(signal);
    // Whatever broke first on a full disk, the disk is why.
    const why = fullDisk(target) ?? (error as Error).message;
    return receipt({ verdict: errorVerdict(why), evidence: null });
  } finally {
    cpu.stop();
    // A second time changes nothing.
    await target?.stop();
  }
}

async function measured(
  { k6Program, onProgress, onWindow, scenario, signal, sla }: GateRunOptions,
  target: Target,
  cpu: CpuWatch,
  onK6Version: (version: string) => void,
): Promise<Omit<Evidence, 'preflight'>> {
  const watches = watchesOf(target, cpu);
  if (target.apps === null) await watchDeployment(target, cpu);
  let phase = '';
  const result = await runInstruments({
    scenario,
    commandUrl: target.commandUrl,
    gatewayUrl: target.gatewayUrl,
    token: target.token,
    dataDir: target.apps?.dataDir ?? null,
    budgets: { tickLagMs: mustOf(sla, 'tickLagWorstPlayerP99Ms'), commandLatencyMs: mustOf(sla, 'commandP99Ms') },
    signal,
    onGame: target.gameMade,
    onK6Version,
    onProcess: (pid) => cpu.watch(pid, 'generators'),
    onProgress(progress) {
      onProgress(progress);
      if (progress.phase === phase) return;
      ({ phase } = progress);
      if (phase === 'connecting') for (const watch of watches) watch.warmUp();
      if (phase === 'measuring') {
        for (const watch of watches) watch.begin();
        onWindow?.(target);
      }
      if (phase === 'collecting') for (const watch of watches) watch.end();
    },
    ...(k6Program !== undefined && { k6Program }),
  }).finally(() => {
    for (const watch of watches) watch.stop();
  });
  onProgress('final states');
  const apps = await Promise.all(watches.map((watch) => watch.evidence()));
  const states = await finalStates(target.gatewayUrl.replace(/^ws/, 'http'), result.gameIds, signal);
  const counters = await unlessInterrupted(signal, countedExactly(target));
  return {
    plan: planOf(scenario, target, result),
    instruments: [
      ...(scenario.k6Sockets === 0 ? [] : [handedOver('k6', result.k6)]),
      ...(heldByCompanion(scenario) === 0 ? [] : [handedOver('companion', result.companion)]),
    ],
    witness: witnessIntervals(result.witness),
    cpu: cpu.intervals,
    apps,
    states,
    counters,
    endings: result.endings.map((ending): ProcessEnding => ({ ...ending, endedAtMs: systemClock.now(), asked: true })),
  };
}

/** Of apps that this run started: where a deployment keeps its data is not known. Null, or a sentence. */
function fullDisk(target: Target | null): string | null {
  const dataDir = target?.apps?.dataDir;
  return dataDir === undefined || !existsSync(dataDir) ? null : diskIsFull(dataDir);
}

function watchesOf({ apps }: Target, cpu: CpuWatch): AppWatch[] {
  if (apps === null) return [];
  const urls: Readonly<Record<AppName, string>> = { command: apps.commandAdminUrl, gateway: apps.gatewayAdminUrl };
  return [apps.command, apps.gateway].map((app) => {
    cpu.watch(app.pid, app.name);
    return new AppWatch(app.name, app, urls[app.name]);
  });
}

/** Its apps are no strangers where they run beside the generators; how much they use is their operator's question, not this run's. */
async function watchDeployment({ commandUrl, gatewayUrl }: Target, cpu: CpuWatch): Promise<void> {
  for (const [app, url] of [
    ['command', commandUrl],
    ['gateway', gatewayUrl],
  ] as const) {
    for (const pid of await listeningProcesses(url)) cpu.watch(pid, app);
  }
}

function planOf(scenario: Scenario, { kind }: Target, { runId, windowFromMs, windowUntilMs }: RunResult): Plan {
  const k6Players = Math.min(scenario.k6Sockets, scenario.games);
  return {
    runId,
    scenario: scenario.name,
    seed: SEED,
    target: kind,
    windowFromMs,
    windowUntilMs,
    tickMs: TICK_PERIOD_MS,
    gameCount: scenario.games,
    commandsPerSecond: meanRate(scenario),
    // A resume replays some, which have no lag.
    eventFramesPerCommand: scenario.reconnectStorm === null ? 1 : null,
    excusedMsMax: excusedMsMax(scenario),
    instruments: [
      ...(k6Players > 0 ? [{ instrument: 'k6' as const, playerCount: k6Players }] : []),
      ...(heldByCompanion(scenario) > 0
        ? [{ instrument: 'companion' as const, playerCount: heldByCompanion(scenario) }]
        : []),
    ],
  };
}

const heldByCompanion = ({ games, k6Sockets }: Scenario): number => Math.max(0, games - k6Sockets);

function meanRate({ commandsPerSecond, surge, windowMs }: Scenario): number {
  if (surge === null) return commandsPerSecond;
  return commandsPerSecond * (1 + ((surge.factor - 1) * surge.forMs) / windowMs);
}

function witnessIntervals({ disk, seconds, windowFromMs }: WitnessMeasurement): WitnessInterval[] {
  return seconds.map(({ syncMaxMs, syncs, tickLateMaxMs }, second) => ({
    fromMs: windowFromMs + second * 1_000,
    untilMs: windowFromMs + (second + 1) * 1_000,
    tickLateMaxMs,
    diskMaxMs: disk === null || syncs === 0 ? null : syncMaxMs,
  }));
}

/** Not counted where the target is gone by now, which the verdict tells by itself. */
async function countedExactly(target: Target): Promise<ExactCounters> {
  try {
    return await exactCounters(target);
  } catch {
    return { bytesAFrame: null, framesAPlayerAndSecond: null, allocationsATick: null, eventsACommand: null };
  }
}

/** The budget that single lags are counted against. */
function mustOf(sla: Sla, budget: 'tickLagWorstPlayerP99Ms' | 'commandP99Ms'): number {
  const { must } = sla.budgets[budget];
  if (must === null) throw new InstrumentError('bad-scenario', `sla.json gives no must for ${budget}`);
  return must;
}
