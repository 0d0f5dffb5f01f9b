import { systemClock } from '@waymark/platform';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { usageOf } from '../companion/apps-under-test.ts';
import type { FromCompanion, ToCompanion } from '../companion/companion-process.ts';
import {
  GRACE_MS,
  type CompanionProgress,
  type CompanionResult,
  type MeasuringSchedule,
} from '../companion/companion.ts';
import type { Games } from '../companion/games.ts';
import { setUpGames } from '../companion/set-up.ts';
import { unlessInterrupted } from '../interrupt.ts';
import { InstrumentError, sentenceOf } from '../instrument-error.ts';
import { k6Binary, k6Version } from '../k6/k6-binary.ts';
import { K6Run } from '../k6/run-k6.ts';
import type { Measurement } from '../measure/measurement.ts';
import type { RateStep } from '../pace/send-schedule.ts';
import { scenarioFault, type Scenario } from '../scenarios.ts';
import type { FromWitness, WitnessPlan, WitnessWindow } from '../witness/main.ts';
import type { WitnessMeasurement } from '../witness/witness-measurement.ts';
import { InstrumentProcess } from './instrument-process.ts';

/**
 * One measuring run against servers that are up: sets up the games, starts witness, companion and k6 as processes, sees them through the window and
 * hands over what they measured. Whatever happens, its processes are gone and its files removed when it settles. Everything that goes wrong is
 * an InstrumentError; a slow server is not wrong, but measured.
 */
export interface RunInstrumentsOptions {
  readonly scenario: Scenario;
  /** http://host:port and ws://host:port */
  readonly commandUrl: string;
  readonly gatewayUrl: string;
  /** May write quests and operate games. */
  readonly token: string;
  /** Where the servers keep their data when that is on this machine, for the witness of the disk. */
  readonly dataDir: string | null;
  readonly budgets: { readonly tickLagMs: number; readonly commandLatencyMs: number };
  readonly onProgress?: (progress: RunProgress) => void;
  /** Each game, as soon as it is made: also of a run that comes to nothing. */
  readonly onGame?: (gameId: string) => void;
  /** What is used for k6, as it tells itself: 2.2.0. */
  readonly onK6Version?: (version: string) => void;
  /** Each process of the run, as soon as it lives. */
  readonly onProcess?: (pid: number) => void;
  readonly signal?: AbortSignal;
  /** Of k6's process: GOGC, GOMAXPROCS and the like, instead of those that adr/0006 settled on. */
  readonly k6Env?: NodeJS.ProcessEnv;
  /** Instead of the one that k6Binary() finds or builds. */
  readonly k6Program?: string;
}

export type RunPhase = 'k6' | 'set-up' | 'connecting' | 'warm-up' | 'measuring' | 'collecting';

export interface RunProgress {
  readonly phase: RunPhase;
  /** What was just done, for a line in a log; empty when it is only a second later. */
  readonly said: string;
  /** Of the window; 0 before it. */
  readonly elapsedMs: number;
  readonly companion: CompanionProgress | null;
}

export interface RunResult {
  readonly runId: string;
  readonly windowFromMs: number;
  readonly windowUntilMs: number;
  readonly k6: Measurement | null;
  readonly companion: Measurement;
  readonly witness: WitnessMeasurement;
  readonly extras: Omit<CompanionResult, 'measurement'>;
  readonly gameIds: readonly string[];
  /** All of them were asked to end, or were done. */
  readonly endings: readonly InstrumentEnding[];
}

export interface InstrumentEnding {
  readonly process: 'k6' | 'companion' | 'witness';
  readonly code: number | null;
  readonly signal: string | null;
}

type Companion = InstrumentProcess<ToCompanion, FromCompanion>;
type Witness = InstrumentProcess<WitnessPlan | WitnessWindow, FromWitness>;

export const TICK_PERIOD_MS = 150;
const PROFILE = 'delta';
/** k6 starts, compiles and connects in this time, before commands begin. */
const K6_READY_MS = 6_000;
const SETTLE_MS = 500;
/** After an interruption: a game that is being made is known when its answer is there. */
const LAST_GAMES_MS = 5_000;
const CONNECT_WITHIN_MS = 60_000;
const LISTEN_WITHIN_MS = 10_000;
/** After the window and its grace: k6 sorts and writes, the companion's answers. */
const COLLECT_WITHIN_MS = 20_000;
/** Many sockets on few engines, a collector that runs seldom, and two threads at most (measured in docs/adr/0006). */
const SOCKETS_PER_VU = 100;
const K6_ENV: NodeJS.ProcessEnv = { GOGC: '400', GOMAXPROCS: '2' };

export async function runInstruments(options: RunInstrumentsOptions): Promise<RunResult> {
  const fault = scenarioFault(options.scenario);
  if (fault !== null) throw new InstrumentError('bad-scenario', `scenario ${options.scenario.name}: ${fault}`);
  const { signal } = options;
  const run = new Run(options);
  try {
    const result = await (signal === undefined ? run.through() : unlessInterrupted(signal, run.through()));
    await run.cleanUp();
    return { ...result, endings: run.endings() };
  } catch (error) {
    if (signal?.aborted || error instanceof InstrumentError) throw error;
    throw new InstrumentError('target-failed', `the servers could not be measured: ${sentenceOf(error)}`, {
      cause: error,
    });
  } finally {
    await run.cleanUp();
  }
}

class Run {
  private readonly options: RunInstrumentsOptions;
  private readonly runId = randomUUID();
  private readonly directory = mkdtempSync(join(tmpdir(), 'waymark-run-'));
  private companion: Companion | null = null;
  private witness: Witness | null = null;
  private k6: K6Run | null = null;
  private settingUp: Promise<unknown> = Promise.resolve();
  private phase: RunPhase = 'k6';
  private companionProgress: CompanionProgress | null = null;
  private windowFromMs = Number.POSITIVE_INFINITY;

  constructor(options: RunInstrumentsOptions) {
    this.options = options;
  }

  async through(): Promise<Omit<RunResult, 'endings'>> {
    const { scenario, commandUrl, token, onGame, signal, k6Program } = this.options;
    const k6Players = Math.min(scenario.k6Sockets, scenario.games);
    this.enter('k6');
    const binary = k6Players > 0 ? (k6Program ?? (await k6Binary())) : null;
    if (binary !== null) this.options.onK6Version?.(await k6Version(binary));
    this.enter('set-up');
    const settingUp = setUpGames({
      ...scenario,
      commandUrl,
      token,
      say: (said) => this.say(said),
      ...(onGame !== undefined && { onGame }),
      ...(signal !== undefined && { signal }),
    });
    this.settingUp = settingUp.catch(() => undefined);
    const games = await settingUp;
    this.enter('connecting');
    const witnessUrl = await this.startWitness();
    const sessions = await this.startCompanion(games, k6Players, witnessUrl);
    this.say(`${scenario.games} sockets were welcomed`);

    const schedule = this.scheduleFrom(systemClock.now() + (binary === null ? SETTLE_MS : K6_READY_MS));
    this.windowFromMs = schedule.fromMs;
    this.witness!.send({ type: 'window', fromMs: schedule.fromMs, untilMs: schedule.untilMs });
    if (binary !== null) await this.startK6(binary, schedule, games, sessions.slice(0, k6Players), witnessUrl);
    this.companion!.send({ type: 'schedule', schedule });
    return this.collect(schedule, games);
  }

  endings(): InstrumentEnding[] {
    const { companion, k6, witness } = this;
    return [
      ...(k6 === null ? [] : [{ process: 'k6' as const, ...k6.ending }]),
      ...(companion === null ? [] : [{ process: 'companion' as const, ...companion.ending }]),
      ...(witness === null ? [] : [{ process: 'witness' as const, ...witness.ending }]),
    ];
  }

  async cleanUp(): Promise<void> {
    await Promise.all([this.k6?.stop(), this.companion?.stop(), this.witness?.stop()]);
    await Promise.race([this.settingUp, sleep(LAST_GAMES_MS, undefined, { ref: false })]);
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async startWitness(): Promise<string> {
    const { scenario, dataDir } = this.options;
    this.witness = new InstrumentProcess('witness', new URL('../witness/main.ts', import.meta.url));
    this.options.onProcess?.(this.witness.pid);
    this.witness.send({
      type: 'plan',
      runId: this.runId,
      tickPeriodMs: TICK_PERIOD_MS,
      sockets: 2 * scenario.witnessSockets,
      dataDir,
    });
    return (await this.witness.expect('listening', LISTEN_WITHIN_MS)).url;
  }

  private async startCompanion(games: Games, heldFrom: number, witnessUrl: string): Promise<readonly string[]> {
    const { scenario, commandUrl, gatewayUrl, token } = this.options;
    this.companion = new InstrumentProcess('companion', new URL('../companion/companion-process.ts', import.meta.url));
    this.options.onProcess?.(this.companion.pid);
    this.companion.on((message) => {
      if (message.type !== 'progress') return;
      this.companionProgress = message.progress;
      this.say('');
    });
    this.companion.send({
      type: 'plan',
      plan: {
        runId: this.runId,
        commandUrl,
        gatewayUrl,
        profile: PROFILE,
        games,
        heldFrom,
        witness: { url: witnessUrl, sockets: scenario.witnessSockets },
        publish: scenario.publish && { ...scenario.publish, token },
        storm: scenario.reconnectStorm,
        slowReaders: scenario.slowReaders,
      },
    });
    return (await this.companion.expect('connected', CONNECT_WITHIN_MS)).sessions;
  }

  private async startK6(
    binary: string,
    schedule: MeasuringSchedule,
    games: Games,
    sessions: readonly string[],
    witnessUrl: string,
  ): Promise<void> {
    const { scenario, gatewayUrl, k6Env = K6_ENV } = this.options;
    this.k6 = await K6Run.start({
      binary,
      directory: this.directory,
      env: k6Env,
      plan: {
        runId: this.runId,
        gatewayUrl,
        profile: PROFILE,
        fromMs: schedule.fromMs,
        untilMs: schedule.untilMs,
        graceMs: GRACE_MS,
        tickPeriodMs: TICK_PERIOD_MS,
        tickBudgetMs: schedule.tickBudgetMs,
        vus: Math.ceil(sessions.length / SOCKETS_PER_VU),
        players: sessions.map((session, player) => ({ player, gameId: games.gameIds[player]!, session })),
        witness: { url: witnessUrl, sockets: scenario.witnessSockets },
      },
    });
    this.options.onProcess?.(this.k6.pid);
  }

  /** Commands begin when k6 has had its time to connect, the window after the warm-up. */
  private scheduleFrom(sendFromMs: number): MeasuringSchedule {
    const { scenario, budgets } = this.options;
    const fromMs = sendFromMs + scenario.warmUpMs;
    const untilMs = fromMs + scenario.windowMs;
    return {
      fromMs,
      untilMs,
      steps: rateSteps(scenario, sendFromMs, fromMs, untilMs),
      tickPeriodMs: TICK_PERIOD_MS,
      tickBudgetMs: budgets.tickLagMs,
      commandBudgetMs: budgets.commandLatencyMs,
    };
  }

  private async collect({ fromMs, untilMs }: MeasuringSchedule, games: Games): Promise<Omit<RunResult, 'endings'>> {
    const withinMs = untilMs - systemClock.now() + GRACE_MS + COLLECT_WITHIN_MS;
    const companionDone = this.companion!.expect('done', withinMs);
    const witnessDone = this.witness!.expect('done', withinMs);
    const { k6 } = this;
    // What breaks first is told first, and at once: a run without k6 measures nothing that counts.
    const broken = new Promise<never>((_, reject) => {
      companionDone.catch(reject);
      witnessDone.catch(reject);
    });
    broken.catch(() => undefined);
    const k6Gone = k6 === null ? new Promise<never>(() => undefined) : k6.ended();
    const at = (atMs: number): Promise<unknown> =>
      Promise.race([broken, k6Gone, sleep(Math.max(0, atMs - systemClock.now()), undefined, { ref: false })]);

    this.enter('warm-up');
    await at(fromMs);
    this.enter('measuring');
    const before = this.k6Usage();
    await at(untilMs);
    const after = this.k6Usage();
    this.enter('collecting');
    const usage = {
      cores: ((after?.cpuSeconds ?? 0) - (before?.cpuSeconds ?? 0)) / ((untilMs - fromMs) / 1_000),
      rssBytes: after?.rssBytes ?? 0,
    };
    const late = sleep(GRACE_MS + COLLECT_WITHIN_MS, undefined, { ref: false }).then(() => {
      throw new InstrumentError(
        'timed-out',
        `k6 was still running ${GRACE_MS + COLLECT_WITHIN_MS} ms after the window`,
      );
    });
    late.catch(() => undefined);
    if (k6 !== null) await Promise.race([broken, k6Gone, late]);
    const measured = k6 === null ? null : k6.measurement(usage);
    const [{ result }, { measurement: witness }] = await Promise.race([
      broken,
      Promise.all([companionDone, witnessDone]),
    ]);
    const { measurement: companion, ...extras } = result;
    return {
      runId: this.runId,
      windowFromMs: fromMs,
      windowUntilMs: untilMs,
      k6: measured,
      companion,
      witness,
      extras,
      gameIds: games.gameIds,
    };
  }

  /** Null when it is gone, which comes out when its output is read. */
  private k6Usage(): { cpuSeconds: number; rssBytes: number } | null {
    try {
      return this.k6 === null ? null : usageOf(this.k6.pid);
    } catch {
      return null;
    }
  }

  private enter(phase: RunPhase): void {
    this.phase = phase;
    this.options.signal?.throwIfAborted();
    this.say('');
  }

  private say(said: string): void {
    this.options.onProgress?.({
      phase: this.phase,
      said,
      elapsedMs: Math.max(0, systemClock.now() - this.windowFromMs),
      companion: this.companionProgress,
    });
  }
}

export function rateSteps(scenario: Scenario, sendFromMs: number, fromMs: number, untilMs: number): RateStep[] {
  const { commandsPerSecond, surge } = scenario;
  const steps = [{ fromMs: sendFromMs, perSecond: commandsPerSecond }];
  if (surge !== null) {
    steps.push({ fromMs: fromMs + surge.afterMs, perSecond: commandsPerSecond * surge.factor });
    steps.push({ fromMs: fromMs + surge.afterMs + surge.forMs, perSecond: commandsPerSecond });
  }
  return [...steps, { fromMs: untilMs, perSecond: 0 }];
}
