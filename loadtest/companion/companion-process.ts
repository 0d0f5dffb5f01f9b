/** The companion as a process of the gate. Started by run-instruments.ts, which tells it plan and schedule over the channel; ends with its parent. */
import {
  Companion,
  type CompanionPlan,
  type CompanionProgress,
  type CompanionResult,
  type MeasuringSchedule,
} from './companion.ts';

export type ToCompanion =
  | { readonly type: 'plan'; readonly plan: CompanionPlan }
  | { readonly type: 'schedule'; readonly schedule: MeasuringSchedule };

export type FromCompanion =
  | { readonly type: 'connected'; readonly sessions: readonly string[] }
  | { readonly type: 'progress'; readonly progress: CompanionProgress }
  | { readonly type: 'done'; readonly result: CompanionResult }
  | { readonly type: 'failed'; readonly message: string };

const PROGRESS_EACH_MS = 1_000;
let companion: Companion | null = null;

process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToCompanion) => {
  const work = message.type === 'plan' ? connect(message.plan) : measure(message.schedule);
  work.catch((error: Error) => send({ type: 'failed', message: error.message }));
});

async function connect(plan: CompanionPlan): Promise<void> {
  companion = new Companion(plan);
  await companion.connect();
  setInterval(() => send({ type: 'progress', progress: companion!.progress }), PROGRESS_EACH_MS).unref();
  send({ type: 'connected', sessions: companion.sessions });
}

async function measure(schedule: MeasuringSchedule): Promise<void> {
  send({ type: 'done', result: await companion!.measure(schedule) });
  await companion!.close();
}

function send(message: FromCompanion): void {
  if (process.connected) process.send!(message);
}
