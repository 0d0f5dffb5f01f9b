import { readFileSync } from 'node:fs';
import { ClosedError } from '@waymark/client';
import { ConfigError, dataDirPaths, httpBase, loadConfig, startFaultSentence, type Config } from '@waymark/platform';
import { CLOSE_CODES } from '@waymark/protocol';
import { CommandLineError } from '../command-line/command-line.ts';
import { ReadApi } from '../demo/read-api.ts';
import { readArguments, USAGE, type WatchArguments } from './arguments.ts';
import { chooseGame, WatchFailure } from './choose-game.ts';
import { Screen } from './screen.ts';
import { viewLine, viewLines } from './view.ts';
import { Watcher } from './watcher.ts';

/**
 * `npm run watch`: one game, live, in a terminal. Redraws in place there; anywhere else it prints a line a second and each event as it comes.
 * Exit code 0 when the game ended or somebody quit, 1 after one sentence when it cannot be watched.
 */
const DRAW_MS = 250;
const LINE_MS = 1_000;
/** With --once: as long as it takes to say something about lag. */
const ONCE_MS = 2_000;

try {
  const told = readArguments(process.argv.slice(2));
  if (told === 'help') console.log(USAGE);
  else process.exitCode = await watch(told, loadConfig(process.env, 'start'));
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}

async function watch(told: WatchArguments, config: Config): Promise<number> {
  const base = httpBase(told.gateway ?? config.publicGatewayUrl);
  const api = new ReadApi(base);
  const game = await chooseGame(api, base, told.gameId);
  const quest = (await api.quests()).find(({ questId }) => questId === game.questId);
  const live = process.stdout.isTTY && !told.once;
  const watcher = new Watcher({
    gatewayUrl: base,
    gameId: game.gameId,
    title: quest?.title ?? 'a quest',
    token: game.open ? undefined : (told.token ?? developmentToken(config)),
    onEvent: (line) => {
      if (!live && !told.once) console.log(line);
    },
  });
  await watcher.connect();
  const quit = quitSignal(told);
  const screen = live ? new Screen(process.stdout, process.stdin, quit.now) : undefined;
  const show = (): void => {
    if (screen !== undefined) screen.draw([...viewLines(watcher.view()), '', 'q ends']);
    else if (!told.once) console.log(viewLine(watcher.view()));
  };
  const timer = setInterval(show, live ? DRAW_MS : LINE_MS);
  show();
  const end = await Promise.race([watcher.over, quit.asked]);
  clearInterval(timer);
  screen?.close();
  const last = viewLines(watcher.view()).join('\n');
  watcher.close();
  if (live || told.once) console.log(last);
  if (end === undefined || end.code === CLOSE_CODES.gameOver.code) return 0;
  console.error(`the gateway closed the connection with ${end.code}: ${end.reason}`);
  return 1;
}

function quitSignal({ once, seconds }: WatchArguments): {
  readonly now: () => void;
  readonly asked: Promise<undefined>;
} {
  let now = (): void => undefined;
  const asked = new Promise<undefined>((resolve) => (now = () => resolve(undefined)));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, now);
  const limitMs = once ? ONCE_MS : seconds === undefined ? undefined : seconds * 1000;
  if (limitMs !== undefined) setTimeout(now, limitMs).unref();
  return { now, asked };
}

function developmentToken(config: Config): string | undefined {
  try {
    return readFileSync(dataDirPaths(config.dataDir).devToken, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function explain(error: unknown): string {
  if (error instanceof ConfigError) return startFaultSentence(error);
  if (error instanceof WatchFailure || error instanceof CommandLineError) return error.message;
  if (error instanceof ClosedError) return `the game cannot be watched: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
