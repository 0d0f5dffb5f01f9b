import { systemClock } from '@waymark/platform';
import type { Profile } from '@waymark/protocol';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { LagHistogram } from '../measure/lag-histogram.ts';
import { assembleMeasurement, type CommandPart } from '../measure/measurement-part.ts';
import type { Measurement, SparseHistogram } from '../measure/measurement.ts';
import type { RateStep } from '../pace/send-schedule.ts';
import type { CommandsData, FromCommands, PublishMix } from './commands-thread.ts';
import type { Games } from './games.ts';
import { HandlingDelay } from './handling-delay.ts';
import { PlayerSockets, WitnessSockets } from './player-sockets.ts';
import { SlowReaders } from './slow-readers.ts';

/**
 * The lean instrument: holds the sockets that k6 does not, on this thread, and sends all commands, on a thread of its own with a pacer behind it
 * (commands-thread.ts). companion-process.ts runs it as a process of the gate, main.ts by itself.
 */
export interface CompanionPlan {
  readonly runId: string;
  readonly commandUrl: string;
  readonly gatewayUrl: string;
  readonly profile: Profile;
  readonly games: Games;
  /** Players below this number are k6's: each is connected once here, for its session, and let go. */
  readonly heldFrom: number;
  readonly witness: { readonly url: string; readonly sockets: number } | null;
  readonly publish: PublishMix | null;
  readonly storm: ReconnectStorm | null;
  readonly slowReaders: SlowReaderPlan | null;
}

/** Times are epoch ms. */
export interface MeasuringSchedule {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly steps: readonly RateStep[];
  readonly tickPeriodMs: number;
  readonly tickBudgetMs: number;
  readonly commandBudgetMs: number;
}

/** So many of the sockets held here are cut off at once, `afterMs` into the window, and resume, all within `spreadMs`. */
export interface ReconnectStorm {
  readonly sockets: number;
  readonly afterMs: number;
  readonly spreadMs: number;
}

/** Spectators of the first games that stop reading for so long, from the beginning of the window. */
export interface SlowReaderPlan {
  readonly sockets: number;
  readonly pauseMs: number;
}

export interface CompanionResult {
  readonly measurement: Measurement;
  /** From the intended time of a large quest's draft to the answer to its publication. */
  readonly publishLatency: SparseHistogram;
  readonly reconnects: ReconnectResult | null;
  readonly slowReaders: { readonly sockets: number; readonly closedWith: Readonly<Record<string, number>> } | null;
}

export interface ReconnectResult {
  readonly sockets: number;
  readonly recovered: number;
  /** From the attempt to connect again to the first frame after the welcome, of those that came back. */
  readonly resume: SparseHistogram;
  /** From the cut, the time before the attempt included. */
  readonly awayMaxMs: number;
}

export interface CompanionProgress {
  readonly connected: number;
  readonly frames: number;
  readonly sent: number;
  readonly answered: number;
  readonly failed: number;
}

/** Late frames, events of the last commands and answers have so long after the window. */
export const GRACE_MS = 2_000;

export class Companion {
  private readonly plan: CompanionPlan;
  private readonly players: PlayerSockets;
  private readonly witness: WitnessSockets | null;
  private readonly slowReaders: SlowReaders | null;
  private readonly sessionTokens: string[] = [];
  private worker: Worker | null = null;
  private commandProgress = { sent: 0, answered: 0, failed: 0 };

  constructor(plan: CompanionPlan) {
    const clock = (): number => systemClock.now();
    const { games, heldFrom, gatewayUrl, profile, witness, slowReaders } = plan;
    const delay = new HandlingDelay(clock);
    const identities = games.gameIds.map((gameId, player) => ({ player, gameId }));
    this.plan = plan;
    this.players = new PlayerSockets({
      server: gatewayUrl,
      profile,
      clock,
      delay,
      players: identities.slice(heldFrom),
      tickets: games.tickets.slice(heldFrom),
    });
    this.witness =
      witness &&
      new WitnessSockets({
        server: witness.url,
        clock,
        delay,
        players: Array.from({ length: witness.sockets }, (_, player) => ({ player, gameId: 'witness' })),
      });
    this.slowReaders = slowReaders && new SlowReaders({ gatewayUrl, gameIds: games.gameIds, clock, ...slowReaders });
  }

  /** By player of the run, whoever holds its socket. */
  get sessions(): readonly string[] {
    return this.sessionTokens;
  }

  get progress(): CompanionProgress {
    return { connected: this.sessionTokens.length, frames: this.players.ledger.frameCount, ...this.commandProgress };
  }

  async connect(): Promise<void> {
    const { games, heldFrom, gatewayUrl, profile } = this.plan;
    const lent = new PlayerSockets({
      server: gatewayUrl,
      profile,
      clock: () => systemClock.now(),
      delay: new HandlingDelay(() => systemClock.now()),
      players: games.gameIds.slice(0, heldFrom).map((gameId, player) => ({ player, gameId })),
      tickets: games.tickets.slice(0, heldFrom),
    });
    await lent.connect();
    for (let place = 0; place < lent.count; place++) this.sessionTokens.push(lent.sessionToken(place));
    lent.close();
    await this.players.connect();
    for (let place = 0; place < this.players.count; place++) this.sessionTokens.push(this.players.sessionToken(place));
    await this.witness?.connect();
    await this.slowReaders?.connect();
  }

  async measure(schedule: MeasuringSchedule): Promise<CompanionResult> {
    const { fromMs, untilMs } = schedule;
    this.players.openWindow(schedule);
    this.witness?.openWindow(schedule);
    const sending = this.sendCommands(schedule);
    sending.catch(() => undefined);
    await until(fromMs);
    const before = process.cpuUsage();
    const storm = this.plan.storm && this.storm(this.plan.storm, schedule);
    storm?.catch(() => undefined);
    this.slowReaders?.pause();
    await until(untilMs);
    const used = process.cpuUsage(before);
    const usage = {
      cores: (used.user + used.system) / 1_000 / (untilMs - fromMs),
      rssBytes: process.memoryUsage.rss(),
    };
    const { commands, publishLatency } = await sending;
    const reconnects = await storm;
    await until(untilMs + GRACE_MS);
    return {
      measurement: assembleMeasurement({
        instrument: 'companion',
        runId: this.plan.runId,
        windowFromMs: fromMs,
        windowUntilMs: untilMs,
        players: [this.players.finish()],
        witness: this.witness && [this.witness.finish()],
        commands,
        usage,
      }),
      publishLatency,
      reconnects,
      slowReaders: this.slowReaders && this.slowReaders.result(),
    };
  }

  async close(): Promise<void> {
    this.players.close();
    this.witness?.close();
    this.slowReaders?.close();
    await this.worker?.terminate();
  }

  private sendCommands(
    schedule: MeasuringSchedule,
  ): Promise<{ commands: CommandPart; publishLatency: SparseHistogram }> {
    const { commandUrl, games, publish } = this.plan;
    const workerData: CommandsData = {
      commandUrl,
      games,
      publish,
      sessionTokens: this.sessionTokens,
      steps: schedule.steps,
      fromMs: schedule.fromMs,
      untilMs: schedule.untilMs,
      budgetMs: schedule.commandBudgetMs,
    };
    return new Promise((resolve, reject) => {
      this.worker = new Worker(new URL('./commands-thread.ts', import.meta.url), {
        workerData,
        execArgv: ['--conditions=waymark-source'],
      });
      this.worker.on('message', (message: FromCommands) => {
        if (message.type === 'progress') this.commandProgress = message;
        else resolve(message);
      });
      this.worker.on('error', reject);
      this.worker.on('exit', () => reject(new Error('the thread that sends commands ended before it had measured')));
    });
  }

  private async storm(
    { sockets, afterMs, spreadMs }: ReconnectStorm,
    { fromMs, untilMs }: MeasuringSchedule,
  ): Promise<ReconnectResult> {
    const resume = new LagHistogram();
    await until(fromMs + afterMs);
    const count = Math.min(sockets, this.players.count);
    const returns = await Promise.all(
      Array.from({ length: count }, (_, place) =>
        this.players.drop(place, Math.floor((place * spreadMs) / count), untilMs + GRACE_MS),
      ),
    );
    for (const { isBack, resumeMs } of returns) if (isBack) resume.record(resumeMs);
    const recovered = returns.filter((back) => back.recovered).length;
    return {
      sockets: count,
      recovered,
      resume: resume.sparse(),
      awayMaxMs: Math.max(...returns.map((back) => back.awayMs)),
    };
  }
}

async function until(atMs: number): Promise<void> {
  for (let left = atMs - systemClock.now(); left > 0; left = atMs - systemClock.now()) await sleep(Math.ceil(left));
}
