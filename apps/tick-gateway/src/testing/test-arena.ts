import type { GameEvent } from '@waymark/domain';
import {
  connectPlayer,
  createArena,
  gameSlot,
  playerSlot,
  projectEvent,
  registerQuest,
  type Arena,
} from '@waymark/tick-engine';
import { compileQuest } from '@waymark/quest';
import { testContent, type QuestShape } from './test-log.ts';

/** An arena for unit tests, with games made event by event as the log would have it. */
export class TestArena {
  readonly arena: Arena;
  private readonly revisions = new Map<string, number>();
  private position = 0;

  constructor(options: { readonly gamesMax?: number; readonly playersMax?: number } = {}) {
    this.arena = createArena({ gamesMax: 8, playersMax: 64, ...options });
  }

  /** A running game of a new quest; its slot. */
  game(gameId: string, playerIds: readonly string[], shape: QuestShape = {}): number {
    const content = testContent(shape);
    registerQuest(this.arena.quests, `quest-of-${gameId}`, 1, compileQuest(content, ''));
    const facts = {
      gameId,
      questId: `quest-of-${gameId}`,
      questVersion: 1,
      contentHash: '',
      ownerId: '',
      joinCode: null,
    };
    const rules = { startsAt: null, durationSeconds: 60, maxPlayers: 64, at: 1 };
    this.apply(gameId, { type: 'GameCreated', data: { ...facts, ...rules } });
    this.apply(gameId, { type: 'GameStarted', data: { at: 1, endsAt: 60_001 } });
    for (const [row, playerId] of playerIds.entries()) {
      this.apply(gameId, { type: 'PlayerJoined', data: { playerId, name: playerId, row, at: 1 } });
    }
    return gameSlot(this.arena, gameId);
  }

  apply(gameId: string, event: GameEvent): void {
    const revision = (this.revisions.get(gameId) ?? -1) + 1;
    this.revisions.set(gameId, revision);
    this.position += 1;
    projectEvent(this.arena, gameId, event, {
      revision: BigInt(revision),
      position: BigInt(this.position),
      created: 1_000,
      metadata: {},
    });
  }

  /** A player's slot; with a socket from now on. */
  connected(gameId: string, playerId: string): number {
    const player = playerSlot(this.arena, gameSlot(this.arena, gameId), playerId);
    connectPlayer(this.arena, player);
    return player;
  }
}
