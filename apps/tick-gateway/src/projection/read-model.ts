import { POSITION_WAIT_MS_MAX, type Clock } from '@waymark/base';
import {
  decodeEvent,
  evolveGame,
  gameStream,
  initialGame,
  questStream,
  type CompiledQuest,
  type GameEvent,
  type GameState,
  type QuestEvent,
} from '@waymark/domain';
import type { EventStore, RecordedEvent } from '@waymark/event-store';
import { Problem } from '@waymark/platform';
import { compileQuest } from '@waymark/quest';
import type { Catalogue, GameEntry, QuestEntry, VersionEntry } from './catalogue.ts';
import type { PositionWaiters } from './position-waiters.ts';

/**
 * What the read API answers from: the catalogue for lists, the log itself for a game's scores and events and for a version's waypoints.
 * Reading a stream costs a few milliseconds at most and holds nothing in memory, so ended games can be asked for as long as the log exists.
 */
export interface ReadModelParts {
  readonly catalogue: Catalogue;
  readonly store: EventStore;
  readonly waiters: PositionWaiters;
  readonly clock: Clock;
  /** Position of the last event projected. */
  readonly position: () => number;
}

export interface Score {
  readonly playerId: string;
  readonly name: string;
  readonly row: number;
  readonly present: boolean;
  readonly score: number;
  readonly reachedCount: number;
}

export class ReadModel {
  constructor(private readonly parts: ReadModelParts) {}

  get position(): number {
    return this.parts.position();
  }

  get catalogue(): Catalogue {
    return this.parts.catalogue;
  }

  /** Waits until `atLeast` is projected; 503 when that takes too long. */
  async caughtUpTo(atLeast: number | null): Promise<void> {
    if (atLeast === null) return;
    const { position, waiters } = this.parts;
    if (await waiters.until(() => position() >= atLeast, POSITION_WAIT_MS_MAX)) return;
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
    throw new Problem('version-not-found', `quest ${questId} has no version ${version}`);
  }

  /** The columns of a version, compiled anew from its event. */
  async compiled(questId: string, version: number): Promise<CompiledQuest> {
    const events = await this.parts.store.readStream(questStream(questId));
    if (events === 'no_stream') throw new Problem('quest-not-found', `there is no quest ${questId}`);
    for (const recorded of events) {
      if (recorded.type !== 'QuestPublished') continue;
      const event = decode(recorded) as QuestEvent;
      if (event.type === 'QuestPublished' && event.data.version === version) return compileQuest(event.data.content, event.data.contentHash);
    }
    throw new Problem('version-not-found', `quest ${questId} has no version ${version}`);
  }

  game(gameId: string): GameEntry | undefined {
    return this.parts.catalogue.games.get(gameId);
  }

  /** The events of a game from a revision on. */
  async events(gameId: string, fromRevision: number, maxCount: number): Promise<readonly RecordedEvent[]> {
    const events = await this.parts.store.readStream(gameStream(gameId), { fromRevision: BigInt(fromRevision), maxCount });
    if (events === 'no_stream') throw new Problem('game-not-found', `there is no game ${gameId}`);
    return events;
  }

  /** The fold of the log: the same state that the deciders see. */
  async fold(gameId: string): Promise<GameState> {
    let state = initialGame();
    for (const recorded of await this.events(gameId, 0, Number.MAX_SAFE_INTEGER)) {
      state = evolveGame(state, decode(recorded) as GameEvent);
    }
    return state;
  }
}

/** Best first; equals in the order of joining. */
export function scoresOf(state: GameState): Score[] {
  return state.players
    .map(({ playerId, name, present, score, reached }, row) => ({ playerId, name, row, present, score, reachedCount: reached.count }))
    .sort((a, b) => b.score - a.score || a.row - b.row);
}

export function decode(recorded: RecordedEvent): QuestEvent | GameEvent {
  return decodeEvent(recorded.type, recorded.metadata.schemaVersion, recorded.data);
}
