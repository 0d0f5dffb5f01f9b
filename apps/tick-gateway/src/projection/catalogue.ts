import { ENDED_GAMES_LISTED_MAX } from '@waymark/base';
import type { GameEndReason, GameEvent, QuestEvent } from '@waymark/domain';

/**
 * What the read API tells of quests and games beyond what the arena holds: a small record each, folded from the same events. Live games
 * are all here; of the ended ones the last ENDED_GAMES_LISTED_MAX, older ones can still be read by id from the log.
 */
export type GameStatus = 'scheduled' | 'running' | 'paused' | 'ended';

export interface GameEntry {
  readonly gameId: string;
  readonly questId: string;
  readonly questVersion: number;
  readonly contentHash: string;
  readonly ownerId: string;
  readonly open: boolean;
  readonly maxPlayers: number;
  readonly durationSeconds: number;
  readonly createdAt: number;
  readonly startsAt: number | null;
  status: GameStatus;
  startedAt: number | null;
  /** When it ends by itself; while paused, as it was when the pause began. */
  endsAt: number | null;
  endedAt: number | null;
  endReason: GameEndReason | null;
  winnerId: string | null;
  revision: number;
  playerCount: number;
}

export interface VersionEntry {
  readonly version: number;
  /** Of the event in the quest's stream that holds the whole version. */
  readonly revision: number;
  readonly title: string;
  readonly description: string;
  readonly order: 'sequential' | 'free';
  readonly limits: { readonly maxSpeed: number; readonly durationSeconds: number; readonly maxPlayers: number };
  readonly waypointCount: number;
  readonly treasureCount: number;
  readonly clueCount: number;
  readonly contentHash: string;
  readonly publishedAt: number;
}

export interface QuestEntry {
  readonly questId: string;
  readonly authorId: string;
  retired: boolean;
  /** Ascending; the last one is what a new game plays. Empty while there is only a draft. */
  readonly versions: VersionEntry[];
}

export class Catalogue {
  readonly quests = new Map<string, QuestEntry>();
  /** In order of creation. */
  readonly games = new Map<string, GameEntry>();
  private readonly endedInOrder: string[] = [];

  applyQuest(questId: string, revision: number, event: QuestEvent): void {
    switch (event.type) {
      case 'QuestDrafted':
        this.quests.set(questId, { questId, authorId: event.data.authorId, retired: false, versions: [] });
        return;
      case 'QuestRevised':
        return;
      case 'QuestPublished': {
        const { version, content, contentHash, at } = event.data;
        this.quests.get(questId)?.versions.push({
          version,
          revision,
          title: content.title,
          description: content.description,
          order: content.order,
          limits: content.limits,
          waypointCount: content.waypointCount,
          treasureCount: content.treasures.length,
          clueCount: content.clues.length,
          contentHash,
          publishedAt: at,
        });
        return;
      }
      case 'QuestRetired': {
        const quest = this.quests.get(questId);
        if (quest !== undefined) quest.retired = true;
      }
    }
  }

  applyGame(gameId: string, revision: number, event: GameEvent): void {
    if (event.type === 'GameCreated') {
      this.games.set(gameId, created(event.data));
      return;
    }
    const game = this.games.get(gameId);
    if (game === undefined) return;
    game.revision = revision;
    switch (event.type) {
      case 'GameStarted':
        game.status = 'running';
        game.startedAt = event.data.at;
        game.endsAt = event.data.endsAt;
        return;
      case 'GamePaused':
        game.status = 'paused';
        return;
      case 'GameResumed':
        game.status = 'running';
        game.endsAt = event.data.endsAt;
        return;
      case 'GameEnded':
        game.status = 'ended';
        game.endedAt = event.data.at;
        game.endReason = event.data.reason;
        game.winnerId = event.data.winnerId;
        this.forgetOldest(gameId);
        return;
      case 'PlayerJoined':
        game.playerCount += 1;
        return;
      case 'PlayerLeft':
        game.playerCount -= 1;
        return;
      case 'WaypointReached':
        return;
    }
  }

  private forgetOldest(endedId: string): void {
    this.endedInOrder.push(endedId);
    if (this.endedInOrder.length > ENDED_GAMES_LISTED_MAX) this.games.delete(this.endedInOrder.shift()!);
  }
}

function created(data: Extract<GameEvent, { type: 'GameCreated' }>['data']): GameEntry {
  return {
    gameId: data.gameId,
    questId: data.questId,
    questVersion: data.questVersion,
    contentHash: data.contentHash,
    ownerId: data.ownerId,
    open: data.joinCode === null,
    maxPlayers: data.maxPlayers,
    durationSeconds: data.durationSeconds,
    createdAt: data.at,
    startsAt: data.startsAt,
    status: 'scheduled',
    startedAt: null,
    endsAt: null,
    endedAt: null,
    endReason: null,
    winnerId: null,
    revision: 0,
    playerCount: 0,
  };
}
