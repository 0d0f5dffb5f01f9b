/**
 * The thread that sends commands, so that no frame of 2,000 sockets holds one up. Reaches of all games in turn, at the times of a schedule;
 * every figure counts from those times. Hands over a CommandPart when the window is closed and all answers are there, or have had their time.
 */
import { systemClock } from '@waymark/platform';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { LagHistogram } from '../measure/lag-histogram.ts';
import type { CommandPart } from '../measure/measurement-part.ts';
import { Pacer } from '../pace/pacer.ts';
import { SendSchedule, type RateStep } from '../pace/send-schedule.ts';
import { CommandStream, type Command, type CommandResult } from './command-stream.ts';
import { questDocument, Reaches, walkOf, type Games } from './games.ts';

export interface CommandsData {
  readonly commandUrl: string;
  readonly games: Games;
  /** By player: authorises its reaches. */
  readonly sessionTokens: readonly string[];
  /** Reaches; a last step of 0 a second ends them. */
  readonly steps: readonly RateStep[];
  readonly fromMs: number;
  readonly untilMs: number;
  readonly budgetMs: number;
  /** Large quests drafted and published beside the reaches. */
  readonly publish: PublishMix | null;
}

export interface PublishMix {
  readonly token: string;
  readonly eachMs: number;
  readonly waypoints: number;
}

export type FromCommands =
  | { readonly type: 'progress'; readonly sent: number; readonly answered: number; readonly failed: number }
  | { readonly type: 'done'; readonly commands: CommandPart; readonly publishLatency: LagPairs };
type LagPairs = CommandPart['latency'];

const CONNECTIONS = 64;
const ANSWERS_WITHIN_MS = 2_000;
const PROGRESS_EACH_MS = 500;
const FAILURES_TOLD = 5;
const QUESTS_PATH = '/quests';
const POINTS = /"points":(\d+)/;

const { commandUrl, games, sessionTokens, steps, fromMs, untilMs, budgetMs, publish } = workerData as CommandsData;
const clock = (): number => systemClock.now();
const latency = new LagHistogram();
const publishLatency = new LagHistogram();
const sendLateness = new LagHistogram();
const seconds = Array.from({ length: Math.ceil((untilMs - fromMs) / 1_000) }, () => ({
  commands: 0,
  late: 0,
  maxMs: 0,
}));
const failures: string[] = [];
const playerOf = new Map(games.gameIds.map((gameId, player) => [gameId, player]));
/** By player, of all reaches so far. */
const acknowledged = games.gameIds.map(() => 0);
/** Intended times of reaches of the window that have no answer yet. */
const unanswered = new Set<number>();
let intended = 0;
let answered = 0;
let failed = 0;
let late = 0;
let sent = 0;
/** Times of the schedule that are behind us. */
let walked = 0;
let drafted = 0;
let askedInAll = 0;
let answeredInAll = 0;

const reaches = new Reaches(games);
const document = publish === null ? '' : questDocument(walkOf(98, publish.waypoints), 'Published under load');
const stream = new CommandStream({ commandUrl, connections: CONNECTIONS, clock, onResult });
const schedule = new SendSchedule(steps);
const pacer = new Pacer(steps, sendDue);
const progress = setInterval(tell, PROGRESS_EACH_MS);

while (schedule.dueAt !== Number.POSITIVE_INFINITY) await sleep(Math.max(1, Math.min(100, untilMs - clock())));
const patienceEndsAt = clock() + ANSWERS_WITHIN_MS;
while (answeredInAll < askedInAll && clock() < patienceEndsAt) await sleep(10);
finish();

function sendDue(dueCount: number): void {
  const now = clock();
  for (; walked < dueCount; walked++, schedule.advance()) reach(schedule.dueAt, now);
  if (publish === null) return;
  for (let dueAt = fromMs + drafted * publish.eachMs; dueAt <= now && dueAt < untilMs; dueAt += publish.eachMs) {
    const key = `draft-${drafted++}`;
    send({ path: QUESTS_PATH, token: publish.token, key, body: document, intendedAt: dueAt });
  }
}

function send(command: Command): void {
  askedInAll += 1;
  stream.send(command);
}

function reach(intendedAt: number, now: number): void {
  const game = sent % games.gameIds.length;
  const command = reaches.nextOf(game);
  if (command === null) return fail(`the hunt of game ${game} is over: more waypoints, or a shorter run`);
  sent += 1;
  if (inWindow(intendedAt)) {
    intended += 1;
    unanswered.add(intendedAt);
    sendLateness.record(Math.max(0, now - intendedAt));
    seconds[secondOf(intendedAt)]!.commands += 1;
  }
  send({ ...command, token: sessionTokens[game]!, intendedAt });
}

function onResult({ command: { path, intendedAt }, status, body, answeredAt }: CommandResult): void {
  answeredInAll += 1;
  const drafts = path === QUESTS_PATH;
  const isRight = status === (drafts ? 201 : 200);
  if (!isRight) fail(`${path.split('/')[1]} answered ${status}: ${body.slice(0, 200)}`);
  if (drafts) return isRight ? publishDrafted(body, intendedAt) : undefined;
  if (path.startsWith(QUESTS_PATH)) return publishLatency.record(answeredAt - intendedAt);
  if (isRight) acknowledge(path, body);
  if (!unanswered.delete(intendedAt)) return;
  answered += 1;
  count(intendedAt, answeredAt - intendedAt);
}

function acknowledge(path: string, body: string): void {
  const points = POINTS.exec(body)?.[1];
  if (points === undefined) return fail(`a reach answered 200 without points: ${body.slice(0, 200)}`);
  acknowledged[playerOf.get(path.split('/')[2]!)!]! += Number(points);
}

/** The draft's intended time is the publication's too. */
function publishDrafted(body: string, intendedAt: number): void {
  const { questId } = JSON.parse(body) as { questId: string };
  const path = `${QUESTS_PATH}/${questId}/publish`;
  send({ path, token: publish!.token, key: `publish-${questId}`, body: '{}', intendedAt });
}

function count(intendedAt: number, latencyMs: number): void {
  const second = secondOf(intendedAt);
  latency.record(latencyMs);
  if (latencyMs > budgetMs) countLate(second, latencyMs);
  else noteLongest(second, latencyMs);
}

function countLate(second: number, latencyMs: number): void {
  late += 1;
  seconds[second]!.late += 1;
  noteLongest(second, latencyMs);
}

function noteLongest(second: number, latencyMs: number): void {
  const of = seconds[second]!;
  of.maxMs = Math.max(of.maxMs, Math.round(latencyMs * 1_000) / 1_000);
}

function fail(sentence: string): void {
  failed += 1;
  if (failures.length < FAILURES_TOLD) failures.push(sentence);
}

function finish(): void {
  clearInterval(progress);
  const now = clock();
  // What was not answered has no latency, and is late whatever the budget.
  for (const intendedAt of unanswered) countLate(secondOf(intendedAt), now - intendedAt);
  const lost = askedInAll - answeredInAll;
  if (lost > 0) fail(`${lost} commands had no answer ${ANSWERS_WITHIN_MS} ms after the last was sent`);
  stream.close();
  tell();
  parentPort!.postMessage({
    type: 'done',
    commands: {
      intended,
      answered,
      failed,
      failures,
      late,
      latency: latency.sparse(),
      acknowledged: acknowledged.map((points, player) => [player, points] as const),
      sendLateness: sendLateness.sparse(),
      seconds,
    },
    publishLatency: publishLatency.sparse(),
  } satisfies FromCommands);
  void pacer.stop();
}

function tell(): void {
  parentPort!.postMessage({ type: 'progress', sent, answered: answeredInAll, failed } satisfies FromCommands);
}

function inWindow(intendedAt: number): boolean {
  return intendedAt >= fromMs && intendedAt < untilMs;
}

function secondOf(intendedAt: number): number {
  return Math.floor((intendedAt - fromMs) / 1_000);
}
