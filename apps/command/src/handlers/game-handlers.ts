import type { Clock, Random } from '@waymark/base';
import {
  chooseVersion,
  decideGame,
  gameStream,
  questStream,
  type CompiledQuest,
  type GameCommand,
  type GameEvent,
  type GameRefusal,
  type GameState,
  type PublishedVersion,
  type QuestState,
} from '@waymark/domain';
import { Problem } from '@waymark/platform';
import type { LiveGames } from '../scheduler/live-games.ts';
import type { Aggregates, Outcome } from './aggregates.ts';
import { callerOf, commandHashOf, idMadeBy } from './command-ids.ts';
import type { CommandContext } from './command.ts';
import { makeJoinCode } from './join-code.ts';
import { problemOf } from './refusal-problems.ts';

/**
 * Commands on games that make or steer one: each is load, decide, append. Called by http/games.controller.ts. Players' commands are in
 * player-handlers.ts.
 */
export interface NewGame {
  readonly questId: string;
  readonly version: number | null;
  readonly startsAt: number | null;
  readonly durationSeconds: number | null;
  readonly maxPlayers: number | null;
  readonly open: boolean;
}

export interface GameMade {
  readonly gameId: string;
  readonly joinCode: string | null;
  readonly revision: number;
  readonly position: number;
}

export interface GameWritten {
  readonly revision: number;
  readonly position: number;
}

export type SteerVerb = 'StartGame' | 'PauseGame' | 'ResumeGame' | 'EndGame';
export type Games = Aggregates<GameState, GameEvent, GameRefusal>;
export type RecordedGame = Extract<Outcome<GameEvent, GameRefusal>, { kind: 'recorded' }>;

export interface GameServices {
  readonly games: Games;
  readonly peekQuest: (stream: string) => QuestState | Promise<QuestState>;
  readonly publishedQuest: (questId: string, version: number) => CompiledQuest | Promise<CompiledQuest>;
  readonly liveGames: LiveGames;
  readonly clock: Clock;
  readonly random: Random;
}

export class GameHandlers {
  private readonly services: GameServices;

  constructor(services: GameServices) {
    this.services = services;
  }

  /** The same key gives the same game and the same join code. */
  async create(context: CommandContext, game: NewGame): Promise<GameMade> {
    const { games, liveGames, random } = this.services;
    const gameId = idMadeBy({ caller: callerOf(context.by), key: context.key }, 'game');
    const { durationSeconds, maxPlayers, open, questId, startsAt, version } = game;
    const hash = commandHashOf('CreateGame', questId, version, startsAt, durationSeconds, maxPlayers, open);
    const stream = gameStream(gameId);
    const isRetry = (await games.peek(stream)).revision >= 0;
    const chosen = isRetry ? NO_VERSION : await this.versionFor(questId, version);
    liveGames.reserveGame();
    try {
      const recorded = await writeGame(games, { stream, context, hash }, () => ({
        type: 'CreateGame',
        gameId,
        by: context.by,
        questId,
        version: chosen,
        joinCode: open ? null : makeJoinCode(random),
        startsAt,
        durationSeconds,
        maxPlayers,
        room: liveGames.hasRoomForReservedGames(),
        now: nowMs(this.services.clock),
      }));
      const [event] = recorded.events;
      const joinCode = event?.type === 'GameCreated' ? event.data.joinCode : null;
      return { gameId, joinCode, revision: recorded.revision, position: recorded.position };
    } finally {
      liveGames.releaseGame();
    }
  }

  async steer(context: CommandContext, gameId: string, verb: SteerVerb): Promise<GameWritten> {
    const asked = { stream: gameStream(gameId), context, hash: commandHashOf(verb) };
    const { revision, position } = await writeGame(this.services.games, asked, () => ({
      type: verb,
      by: context.by,
      now: nowMs(this.services.clock),
    }));
    return { revision, position };
  }

  private async versionFor(questId: string, version: number | null): Promise<PublishedVersion> {
    const choice = chooseVersion(await this.services.peekQuest(questStream(questId)), version);
    if ('refusal' in choice) throw problemOf(choice.refusal);
    return choice.chosen;
  }
}

/** Never recorded: a game that exists refuses to be created, and the key finds its first outcome. */
const NO_VERSION: PublishedVersion = {
  version: 0,
  contentHash: '',
  limits: { maxSpeed: 0, durationSeconds: 0, maxPlayers: 0 },
  revision: 0,
};

/** Throws the problem of a refusal. */
export async function writeGame(
  games: Games,
  asked: { readonly stream: string; readonly context: CommandContext; readonly hash: string },
  commandOn: (state: GameState) => GameCommand,
): Promise<RecordedGame> {
  return recordedGame(await games.execute({ ...asked, decide: (state) => decideGame(state, commandOn(state)) }));
}

/** Throws the problem of a refusal. No command of a game is accepted without an event. */
export function recordedGame(outcome: Outcome<GameEvent, GameRefusal>): RecordedGame {
  if (outcome.kind === 'refused') throw problemOf(outcome.refusal);
  if (outcome.kind === 'unchanged') throw new Problem('internal', 'a game accepted a command without an event');
  return outcome;
}

export const nowMs = (clock: Clock): number => Math.floor(clock.now());
