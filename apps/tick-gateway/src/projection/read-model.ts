import { POSITION_WAIT_MS_MAX, READ_PAGE_EVENTS } from '@waymark/base';
import {
  evolveGame,
  gameStream,
  initialGame,
  type CompiledQuest,
  type GameEvent,
  type GameState,
} from '@waymark/domain';
import type { EventStore, RecordedEvent } from '@waymark/event-store';
import { Problem } from '@waymark/platform';
import { PLAYER_PRESENT } from '@waymark/protocol';
import { gameSlot, playerAt, playerRecord, type Arena } from '@waymark/tick-engine';
import type { Catalogue, GameEntry, GameStatus, QuestEntry, VersionEntry } from './catalogue.ts';
import { decode } from './decode.ts';
import type { PositionWaiters } from './position-waiters.ts';
import { readPublishedVersion } from './published-version.ts';
import { nextTurn } from './read-turns.ts';

/**
 * What the read API answers from: the catalogue for lists, the arena for what is live, the log for the rest, so that ended games can be
 * asked for as long as the log exists. Anybody may ask, and ticks go on in the same thread: nothing here works for more than a few
 * milliseconds at a time.
 */
export interface ReadModelParts {
  readonly arena: Arena;
  readonly catalogue: Catalogue;
  readonly store: EventStore;
  readonly waiters: PositionWaiters;
  /** Position of the last event projected. */
  readonly position: () => number;
}

export interface ScoreTable {
  readonly revision: number;
  readonly status: GameStatus;
  /** Best first; equals in the order of joining. */
  readonly scores: readonly Score[];
}

export interface Score {
  readonly playerId: string;
  readonly name: string;
  readonly row: number;
  readonly present: boolean;
  readonly score: number;
  readonly reachedCount: number;
}

/** Events folded between two turns of the event loop: about a millisecond. */
const FOLD_SLICE_EVENTS = 250;

export class ReadModel {
  constructor(private readonly parts: ReadModelParts) {}

  get position(): number {
    return this.parts.position();
  }

  get catalogue(): Catalogue {
    return this.parts.catalogue;
  }

  /** Waits until `atLeast` is projected; 503 when that takes too long, and at once when the log does not reach that far. */
  async caughtUpTo(atLeast: number | null): Promise<void> {
    const { position, store, waiters } = this.parts;
    if (atLeast === null || position() >= atLeast) return;
    const isInLog = (await store.lastPosition()) >= BigInt(atLeast);
    if (isInLog && (await waiters.until(() => position() >= atLeast, POSITION_WAIT_MS_MAX))) return;
    throw new Problem('not-caught-up', `position ${atLeast} is not projected yet, the last one is ${position()}`, {
      retryAfterSeconds: 1,
    });
  }

  quest(questId: string): QuestEntry {
    const quest = this.parts.catalogue.quests.get(questId);
    if (quest !== undefined) return quest;
    throw new Problem('quest-not-found', `there is no quest ${questId}`);
  }

  version(questId: string, version: number): { readonly quest: QuestEntry; readonly version: VersionEntry } {
    const quest = this.quest(questId);
    const found = quest.versions.find((entry) => entry.version === version);
    if (found !== undefined) return { quest, version: found };
    throw noSuchVersion(questId, version);
  }

  /** The columns of a version, compiled anew from its event. */
  async compiled(questId: string, version: number): Promise<CompiledQuest> {
    const compiled = await readPublishedVersion(this.parts, questId, version);
    if (compiled === null) throw noSuchVersion(questId, version);
    return compiled;
  }

  game(gameId: string): GameEntry | undefined {
    return this.parts.catalogue.games.get(gameId);
  }

  /** The events of a game from a revision on. */
  async events(gameId: string, fromRevision: number, maxCount: number): Promise<readonly RecordedEvent[]> {
    const options = { fromRevision: BigInt(fromRevision), maxCount };
    const events = await this.parts.store.readStream(gameStream(gameId), options);
    if (events === 'no_stream') throw new Problem('game-not-found', `there is no game ${gameId}`);
    return events;
  }

  async ownerOf(gameId: string): Promise<string | null> {
    const listed = this.game(gameId);
    if (listed !== undefined) return listed.ownerId;
    const [first] = await this.events(gameId, 0, 1);
    const created = first === undefined ? null : decode(first);
    return created?.type === 'GameCreated' ? created.data.ownerId : null;
  }

  /** Of a live game from the arena, which is the fold of the log; of any other from the log itself. */
  async scores(gameId: string): Promise<ScoreTable> {
    return this.liveScores(gameId) ?? scoresOf(await this.fold(gameId));
  }

  /** Null when the arena does not hold the game, or not all of its players. */
  private liveScores(gameId: string): ScoreTable | null {
    const { arena } = this.parts;
    const game = gameSlot(arena, gameId);
    const entry = this.game(gameId);
    if (game === -1 || entry === undefined) return null;
    const scores: Score[] = [];
    for (let row = 0; row < arena.games.playerCount[game]!; row++) {
      const player = playerAt(arena, game, row);
      if (player === -1) return null;
      const { playerId, name } = playerRecord(arena, player);
      const { flags, score, reachedCount } = arena.players;
      const present = (flags[player]! & PLAYER_PRESENT) !== 0;
      scores.push({ playerId, name, row, present, score: score[player]!, reachedCount: reachedCount[player]! });
    }
    return { revision: arena.games.revision[game]!, status: entry.status, scores: scores.sort(byScore) };
  }

  /** The fold of the log: the same state that the deciders see. In slices, because a game may have a million events. */
  private async fold(gameId: string): Promise<GameState> {
    let state = initialGame();
    for (;;) {
      const page = await this.events(gameId, state.revision + 1, READ_PAGE_EVENTS);
      for (const [index, recorded] of page.entries()) {
        state = evolveGame(state, decode(recorded) as GameEvent);
        if (index % FOLD_SLICE_EVENTS === FOLD_SLICE_EVENTS - 1) await nextTurn();
      }
      if (page.length < READ_PAGE_EVENTS) return state;
    }
  }
}

function scoresOf(state: GameState): ScoreTable {
  const scores = state.players.map(({ playerId, name, present, score, reached }, row) => {
    return { playerId, name, row, present, score, reachedCount: reached.count };
  });
  const { status } = state.life;
  return { revision: state.revision, status: status === 'none' ? 'scheduled' : status, scores: scores.sort(byScore) };
}

function byScore(a: Score, b: Score): number {
  return b.score - a.score || a.row - b.row;
}

function noSuchVersion(questId: string, version: number): Problem {
  return new Problem('version-not-found', `quest ${questId} has no version ${version}`);
}
