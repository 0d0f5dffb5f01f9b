/**
 * The witness as a process of its own: a null ticker and, where a directory is named, a disk thread. Started by run-instruments.ts, which tells
 * it the window over the channel and gets a WitnessMeasurement back. Ends with its parent.
 */
import { systemClock } from '@waymark/platform';
import { DiskWitness } from './disk-witness.ts';
import { noteSync, type DiskSecond } from './note-sync.ts';
import { NullTicker } from './null-ticker.ts';
import type { WitnessMeasurement } from './witness-measurement.ts';

export interface WitnessPlan {
  readonly type: 'plan';
  readonly runId: string;
  readonly tickPeriodMs: number;
  readonly sockets: number;
  /** Where the servers keep their data, if that is on this machine. */
  readonly dataDir: string | null;
}

export interface WitnessWindow {
  readonly type: 'window';
  readonly fromMs: number;
  readonly untilMs: number;
}

export type FromWitness =
  | { readonly type: 'listening'; readonly url: string }
  | { readonly type: 'done'; readonly measurement: WitnessMeasurement };

/** About what one commit of the event store writes under full load. */
const DISK_WRITE_BYTES = 4_096;
/** A sync that began in the window may end after it. */
const GRACE_MS = 500;

interface Second extends DiskSecond {
  tickLateMaxMs: number;
  ticks: number;
}

let plan: WitnessPlan | null = null;
let ticker: NullTicker | null = null;
let disk: DiskWitness | null = null;
let window: WitnessWindow | null = null;
let seconds: Second[] = [];
/** Of the sync that is under way. */
let syncBeganAt: number | null = null;

process.on('disconnect', () => void stop().then(() => process.exit(0)));
process.on('message', (message: WitnessPlan | WitnessWindow) => {
  if (message.type === 'plan') void start(message);
  else open(message);
});

async function start(asked: WitnessPlan): Promise<void> {
  plan = asked;
  ticker = await NullTicker.listen({
    tickPeriodMs: asked.tickPeriodMs,
    places: asked.sockets,
    clock: () => systemClock.now(),
    onTick: (dueAt, lateMs) => {
      const second = secondOf(dueAt);
      if (second === undefined) return;
      second.ticks += 1;
      second.tickLateMaxMs = Math.max(second.tickLateMaxMs, lateMs);
    },
  });
  if (asked.dataDir !== null) {
    disk = new DiskWitness(asked.dataDir, DISK_WRITE_BYTES, (sync) => {
      if (sync.tookMs === null) syncBeganAt = sync.atMs;
      else noteDisk(sync.atMs, sync.tookMs);
    });
  }
  send({ type: 'listening', url: ticker.url });
}

function open(asked: WitnessWindow): void {
  window = asked;
  seconds = Array.from({ length: Math.ceil((asked.untilMs - asked.fromMs) / 1_000) }, () => ({
    tickLateMaxMs: 0,
    ticks: 0,
    syncMaxMs: 0,
    syncs: 0,
  }));
  setTimeout(report, asked.untilMs + GRACE_MS - systemClock.now());
}

function noteDisk(atMs: number, tookMs: number): void {
  syncBeganAt = null;
  if (window !== null) noteSync(seconds, window.fromMs, { atMs, tookMs });
}

function report(): void {
  // What hangs by now has hung for so long at least.
  if (syncBeganAt !== null) noteDisk(syncBeganAt, systemClock.now() - syncBeganAt);
  send({
    type: 'done',
    measurement: {
      runId: plan!.runId,
      windowFromMs: window!.fromMs,
      windowUntilMs: window!.untilMs,
      seconds: seconds.map(({ tickLateMaxMs, ticks, syncMaxMs, syncs }) => ({
        tickLateMaxMs: rounded(tickLateMaxMs),
        ticks,
        syncMaxMs: rounded(syncMaxMs),
        syncs,
      })),
      disk: plan!.dataDir === null ? null : { directory: plan!.dataDir, writeBytes: DISK_WRITE_BYTES },
    },
  });
}

function secondOf(atMs: number): Second | undefined {
  return window === null ? undefined : seconds[Math.floor((atMs - window.fromMs) / 1_000)];
}

function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}

function send(message: FromWitness): void {
  process.send!(message);
}

async function stop(): Promise<void> {
  await ticker?.close();
  await disk?.stop();
}
