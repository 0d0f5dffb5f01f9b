import { LRUCache } from 'lru-cache';
import { AGGREGATES_CACHED_MAX, type Clock, type Random } from '@waymark/base';
import {
  decideGame,
  evolveGame,
  evolveQuest,
  gameStream,
  initialGame,
  initialQuest,
  isGameEvent,
  isQuestEvent,
  type GameEvent,
  type GameRefusal,
  type GameState,
  type QuestEvent,
  type QuestRefusal,
  type QuestState,
} from '@waymark/domain';
import type { EventStore } from '@waymark/event-store';
import { AuthorTokens, ServiceTokens, Sessions, Tickets, type Keyring, type Log } from '@waymark/platform';
import { Authenticator } from '../auth/authenticator.ts';
import { Aggregates } from '../handlers/aggregates.ts';
import { commandHashOf } from '../handlers/command-ids.ts';
import { GameHandlers, nowMs, type GameServices } from '../handlers/game-handlers.ts';
import { PlayerHandlers } from '../handlers/player-handlers.ts';
import { PublishedQuests } from '../handlers/published-quests.ts';
import { QuestHandlers } from '../handlers/quest-handlers.ts';
import { createCommandTimes, type AllCommandTimes } from '../metrics/command-times.ts';
import { CommandTally } from '../metrics/command-tally.ts';
import { StoreWatch } from '../metrics/store-watch.ts';
import { QuestWorker } from '../quest-worker/quest-worker.ts';
import { createAlarm } from '../scheduler/alarm.ts';
import { LiveGames } from '../scheduler/live-games.ts';
import { Scheduler } from '../scheduler/scheduler.ts';

/** All the plain parts of the command app, put together around an event store. Nest (command.module.ts) only hands them out. */
export interface ServiceParts {
  readonly store: EventStore;
  /** Whether other processes append to the same log. */
  readonly isShared: boolean;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface Services {
  readonly authenticator: Authenticator;
  readonly authorTokens: AuthorTokens;
  readonly questHandlers: QuestHandlers;
  readonly gameHandlers: GameHandlers;
  readonly playerHandlers: PlayerHandlers;
  readonly quests: Aggregates<QuestState, QuestEvent, QuestRefusal>;
  readonly games: Aggregates<GameState, GameEvent, GameRefusal>;
  readonly questWorker: QuestWorker;
  readonly liveGames: LiveGames;
  readonly scheduler: Scheduler;
  readonly tally: CommandTally;
  readonly commandTimes: AllCommandTimes;
  readonly watch: StoreWatch;
}

/** Events decoded in one turn: a game's are a microsecond or two each, a quest's up to several milliseconds. */
const GAME_PAGE_EVENTS = 1_000;
const QUEST_PAGE_EVENTS = 4;
const QUESTS_CACHED_MAX = 512;
const QUESTS_CACHED_BYTES_MAX = 16 * 1024 * 1024;

export function createServices({ clock, isShared, keyring, log, random, store }: ServiceParts): Services {
  const tally = new CommandTally();
  const watch = new StoreWatch(clock, log);
  const quests = new Aggregates<QuestState, QuestEvent, QuestRefusal>(store, QUESTS(), { tally, watch });
  const games = new Aggregates<GameState, GameEvent, GameRefusal>(store, GAMES(), { tally, watch });
  // Another command app may have published a moment ago.
  const peekQuest = (stream: string) => (isShared ? quests.peekNow(stream) : quests.peek(stream));
  const published = new PublishedQuests(store, peekQuest);
  const liveGames = new LiveGames();
  const gameServices: GameServices = {
    games,
    peekQuest,
    publishedQuest: (questId, version) => published.get(questId, version),
    liveGames,
    clock,
    random,
  };
  const scheduler = new Scheduler({
    liveGames,
    clock,
    alarm: createAlarm(clock),
    act: (gameId, { action, dueAt }) => actOnDeadline(games, clock, { gameId, action, dueAt }),
    onFault: (gameId, error) => log.warn({ err: error, gameId }, 'a scheduled command failed; it is given again'),
  });
  const authorTokens = new AuthorTokens(keyring, clock);
  const authenticator = new Authenticator({
    authors: authorTokens,
    sessions: new Sessions(keyring, clock),
    services: new ServiceTokens(keyring, clock),
  });
  return {
    authenticator,
    authorTokens,
    questHandlers: new QuestHandlers(quests, clock),
    gameHandlers: new GameHandlers(gameServices),
    playerHandlers: new PlayerHandlers(gameServices, new Tickets(keyring, clock, random)),
    quests,
    games,
    questWorker: new QuestWorker(),
    liveGames,
    scheduler,
    tally,
    commandTimes: createCommandTimes(),
    watch,
  };
}

/** The deadline names the command, so that another process that sees the same deadline makes the same event ids. */
async function actOnDeadline(
  games: Services['games'],
  clock: Clock,
  due: {
    readonly gameId: string;
    readonly action: 'StartScheduledGame' | 'EndGameAtTimeLimit';
    readonly dueAt: number;
  },
): Promise<void> {
  await games.execute({
    stream: gameStream(due.gameId),
    context: { by: { kind: 'scheduler' }, key: `${due.action}@${due.dueAt}` },
    hash: commandHashOf(due.action, due.dueAt),
    decide: (state) => decideGame(state, { type: due.action, now: nowMs(clock) }),
  });
}

const QUESTS = () => ({
  initial: initialQuest,
  evolve: evolveQuest,
  isOwn: isQuestEvent,
  pageEvents: QUEST_PAGE_EVENTS,
  cache: new LRUCache<string, QuestState>({
    max: QUESTS_CACHED_MAX,
    maxSize: QUESTS_CACHED_BYTES_MAX,
    sizeCalculation: questBytes,
  }),
});

const GAMES = () => ({
  initial: initialGame,
  evolve: evolveGame,
  isOwn: isGameEvent,
  pageEvents: GAME_PAGE_EVENTS,
  cache: new LRUCache<string, GameState>({ max: AGGREGATES_CACHED_MAX }),
});

/** About what a quest's draft takes; the rest of its state is small beside it. */
function questBytes({ draft, versions }: QuestState): number {
  const fixed = 1_024 + 256 * versions.length;
  if (draft === null) return fixed;
  const clueChars = draft.clues.reduce((sum, [, clue]) => sum + 2 * clue.length + 64, 0);
  return fixed + draft.places.length + draft.points.length + 2 * draft.description.length + clueChars;
}
