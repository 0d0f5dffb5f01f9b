import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { auditLog } from './audit-log.ts';
import { gatewayFaults, recordFaults, retryFaults, watcherFaults } from './audit-system.ts';
import { Deployment, type StoredLog } from './deployment.ts';
import type { Finding } from './finding.ts';
import { gameRecords } from './game-records.ts';
import { injectAll, type InjectedFault } from './inject.ts';
import { Ledger, readLedger, type Entry } from './ledger.ts';
import { endMs, planFaults } from './plan.ts';
import { Sender, type Destination } from './sender.ts';
import { Watchers } from './watchers.ts';
import { Writers } from './writers.ts';

export const BACKENDS = ['sqlite', 'sqlite+redis', 'eventstoredb', 'eventstoredb+redis'] as const;
export type Backends = (typeof BACKENDS)[number];

/** A run from beginning to end: start, break while commands flow, let it settle, audit. The caller owns the folder and what becomes of it. */
export interface FaultRunOptions {
  readonly seed: number;
  readonly faults: number;
  readonly commands: number;
  readonly gateways: number;
  /** More than one only with EventStoreDB: SQLite is for one. */
  readonly commandApps: number;
  readonly backends: Backends;
  /** Empty; ledger, data and logs are kept in it. */
  readonly dir: string;
  readonly signal: AbortSignal;
  readonly settings?: (name: string) => NodeJS.ProcessEnv;
  readonly onFault?: (fault: InjectedFault) => void;
}

export interface FaultReport {
  readonly seed: number;
  readonly backends: Backends;
  readonly faults: readonly InjectedFault[];
  readonly commands: {
    readonly asked: number;
    readonly acknowledged: number;
    readonly refused: number;
    readonly retried: number;
  };
  readonly events: number;
  readonly games: number;
  readonly watchers: {
    readonly count: number;
    readonly told: number;
    readonly drops: number;
    readonly resumes: number;
  };
  /** From the last fault's end until every process was ready and every command answered. */
  readonly settledMs: number;
  readonly findings: readonly Finding[];
}

/** After the last fault is healed all must be at rest within this. */
export const SETTLE_MS_MAX = 30_000;
/** The stream of commands goes on so long after the last fault. */
const AFTERWARDS_MS = 500;
const LOOK_AGAIN_MS = 25;
/** So long nothing new in the log: what gateways had asked for the walkers is there. */
const STILL_MS = 500;

export async function faultRun(options: FaultRunOptions): Promise<FaultReport> {
  mkdirSync(options.dir, { recursive: true });
  const deployment = await Deployment.start({
    settings: () => ({}),
    ...options,
    redis: options.backends.endsWith('+redis'),
    eventStoreDb: options.backends.startsWith('eventstoredb'),
  });
  const ledger = new Ledger(join(options.dir, 'ledger.jsonl'));
  const watchers = new Watchers();
  const ending = new AbortController();
  try {
    const destination = {
      commandUrls: deployment.commandNames.map((name) => deployment.linkUrl(`clients-${name}`)),
      token: deployment.token,
    };
    const sender = new Sender(destination, ledger, AbortSignal.any([options.signal, ending.signal]));
    const writers = new Writers(sender, options.seed);
    await writers.prepare();
    await watchers.begin(deployment, writers.lastingGameIds);
    const { faults, settledMs } = await breakAndSettle(options, deployment, { sender, writers, watchers });
    ending.abort();
    await writers.settled();
    options.signal.throwIfAborted();
    return await audit(options, deployment, { faults, settledMs, sender, watchers, ledger, destination });
  } finally {
    ending.abort();
    watchers.close();
    await deployment.dispose();
    ledger.close();
  }
}

interface Parties {
  readonly sender: Sender;
  readonly writers: Writers;
  readonly watchers: Watchers;
}

async function breakAndSettle(
  { commands, faults: count, onFault = () => {}, seed, signal }: FaultRunOptions,
  deployment: Deployment,
  { sender, watchers, writers }: Parties,
): Promise<{ readonly faults: readonly InjectedFault[]; readonly settledMs: number }> {
  const plan = planFaults(seed, count, {
    processes: deployment.processNames,
    links: [...deployment.links.keys()],
    hasRedis: deployment.redis !== null,
    vital: deployment.vital,
  });
  const lengthMs = Math.max(0, ...plan.map(endMs)) + AFTERWARDS_MS;
  const stopping = new AbortController();
  const either = AbortSignal.any([signal, stopping.signal]);
  const stream = writers.stream(commands, lengthMs, either);
  const faults = await injectAll(deployment, plan, either, onFault).catch((error: Error) => {
    stopping.abort();
    deployment.deaths.push(error.message);
    return [];
  });
  const healedAt = performance.now();
  await stream;
  watchers.stand();
  const streamedAt = Math.max(healedAt, performance.now());
  while (sender.underWay > 0 && performance.now() < streamedAt + SETTLE_MS_MAX && !signal.aborted) {
    await sleep(LOOK_AGAIN_MS);
  }
  await deployment.allReady().catch((error: Error) => deployment.deaths.push(error.message));
  return { faults, settledMs: Math.round(performance.now() - streamedAt) };
}

interface Auditable {
  readonly faults: readonly InjectedFault[];
  readonly settledMs: number;
  readonly sender: Sender;
  readonly watchers: Watchers;
  readonly ledger: Ledger;
  readonly destination: Destination;
}

async function audit(
  { backends, seed }: FaultRunOptions,
  deployment: Deployment,
  { destination, faults, ledger, sender, settledMs, watchers }: Auditable,
): Promise<FaultReport> {
  const { events: log, positionsAreDense } = await logAtRest(deployment);
  const entries = readLedger(ledger.file);
  const { findings: ofLog, games } = auditLog(log, entries, positionsAreDense);
  const findings: Finding[] = [...ofLog];
  if (settledMs > SETTLE_MS_MAX) findings.push({ rule: 'unsettled', what: `not at rest after ${settledMs} ms` });
  // Asking those that are gone would only say so once more.
  if (deployment.deaths.length === 0) {
    const lastPosition = Number(log.at(-1)!.position);
    findings.push(...(await gatewayFaults(deployment, games, lastPosition)));
    findings.push(...(await recordFaults(deployment, gameRecords(log), lastPosition)));
    findings.push(...(await watcherFaults(watchers.all, games)));
    findings.push(...(await retryFaults(destination, entries.values())));
    const grown = (await deployment.readLog()).events.length - log.length;
    if (grown > 0)
      findings.push({ rule: 'doubled', what: `asking again for what was acknowledged made ${grown} events` });
  }
  findings.push(...deployment.deaths.map((what): Finding => ({ rule: 'died', what })));
  return {
    seed,
    backends,
    faults,
    commands: { ...countsOf(entries), retried: sender.retriedCount },
    events: log.length,
    games: games.length,
    watchers: {
      count: watchers.all.length,
      told: watchers.all.reduce((sum, { told }) => sum + told.filter((revision) => revision !== null).length, 0),
      drops: watchers.all.reduce((sum, { drops }) => sum + drops.length, 0),
      resumes: watchers.all.reduce((sum, { resumes }) => sum + resumes, 0),
    },
    settledMs,
    findings,
  };
}

/** The log once nothing was added to it for a while: reaches of walkers are made by gateways, and end by themselves. */
async function logAtRest(deployment: Deployment): Promise<StoredLog> {
  for (let before = -1; ;) {
    const log = await deployment.readLog();
    if (log.events.length === before) return log;
    before = log.events.length;
    await sleep(STILL_MS);
  }
}

function countsOf(entries: ReadonlyMap<string, Entry>) {
  const answers = [...entries.values()].map(({ answered }) => answered?.status ?? null);
  return {
    asked: answers.length,
    acknowledged: answers.filter((status) => status !== null && status < 300).length,
    refused: answers.filter((status) => status !== null && status >= 300).length,
  };
}
