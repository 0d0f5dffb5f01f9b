import {
  encodeEvent,
  gameStream,
  questStream,
  type GameEvent,
  type QuestContent,
  type QuestEvent,
  type QuestOrder,
} from '@waymark/domain';
import type { EventStore } from '@waymark/event-store';
import { packQuest } from '@waymark/quest';
import { randomUUID } from 'node:crypto';

/**
 * The log as the command app would have written it, for tests: quests and games, event by event, into any event store. Nothing is decided
 * here: a test says what happened.
 */
export interface TestQuest {
  readonly questId: string;
  readonly waypointCount: number;
}

export interface QuestShape {
  readonly waypointCount?: number;
  readonly order?: QuestOrder;
  readonly maxSpeed?: number;
  readonly clues?: ReadonlyMap<number, string>;
  readonly author?: string;
}

export interface GameShape {
  /** Null, the default, for an open game. */
  readonly joinCode?: string | null;
  readonly gameId?: string;
  /** Whether it runs already; the default. */
  readonly isStarted?: boolean;
}

export const OWNER = 'mara';
/** Metres between a test quest's waypoints, which lie on the x axis; waypoint 0 is that far from the origin. */
export const SPACING_M = 100;
export const RADIUS_M = 5;
export const POINTS = 10;

export class TestLog {
  private readonly store: EventStore;

  constructor(store: EventStore) {
    this.store = store;
  }

  /** A published quest, version 1. */
  async quest(shape: QuestShape = {}): Promise<TestQuest> {
    const questId = randomUUID();
    const content = testContent(shape);
    const facts = {
      questId,
      authorId: shape.author ?? OWNER,
      content,
      contentHash: `sha256-${'0'.repeat(64)}`,
      at: now(),
    };
    await this.appendQuest(questId, { type: 'QuestDrafted', data: facts });
    await this.appendQuest(questId, { type: 'QuestPublished', data: { ...facts, version: 1 } });
    return { questId, waypointCount: content.waypointCount };
  }

  /** A game of version 1; its id. */
  async game({ questId }: TestQuest, shape: GameShape = {}): Promise<string> {
    const gameId = shape.gameId ?? randomUUID();
    const at = now();
    const facts = { gameId, questId, questVersion: 1, contentHash: `sha256-${'0'.repeat(64)}`, ownerId: OWNER };
    const rules = { joinCode: shape.joinCode ?? null, startsAt: null, durationSeconds: 3_600, maxPlayers: 64 };
    await this.append(gameId, { type: 'GameCreated', data: { ...facts, ...rules, at } });
    if (shape.isStarted !== false) await this.append(gameId, started());
    return gameId;
  }

  /** The player's row. */
  async join(gameId: string, playerId: string, row: number, name = playerId): Promise<number> {
    await this.append(gameId, { type: 'PlayerJoined', data: { playerId, name, row, at: now() } });
    return row;
  }

  leave(gameId: string, playerId: string, row: number): Promise<number> {
    return this.append(gameId, { type: 'PlayerLeft', data: { playerId, row, at: now() } });
  }

  reach(gameId: string, player: { playerId: string; row: number; score: number }, waypoint: number): Promise<number> {
    const place = [SPACING_M * (waypoint + 1), 0, 0] as const;
    const data = { ...player, waypoint, place, points: POINTS, treasure: false, at: now() };
    return this.append(gameId, { type: 'WaypointReached', data });
  }

  end(gameId: string): Promise<number> {
    return this.append(gameId, { type: 'GameEnded', data: { at: now(), reason: 'operator', winnerId: null } });
  }

  /** A pause and its end, `times` times over: events that change nothing in the end. */
  async pauses(gameId: string, times: number): Promise<void> {
    for (let done = 0; done < times; done += PAUSES_PER_APPEND) {
      const events: GameEvent[] = [];
      for (let i = done; i < Math.min(times, done + PAUSES_PER_APPEND); i++) {
        events.push({ type: 'GamePaused', data: { at: now() } });
        events.push({ type: 'GameResumed', data: { at: now(), endsAt: now() + 3_600_000 } });
      }
      await this.append(gameId, ...events);
    }
  }

  /** Position of the last of them. */
  append(gameId: string, ...events: readonly GameEvent[]): Promise<number> {
    return this.write(gameStream(gameId), events, {});
  }

  /** As `append`, of a command that said when it was sent. */
  appendSent(gameId: string, sentAt: number, event: GameEvent): Promise<number> {
    return this.write(gameStream(gameId), [event], { sentAt });
  }

  /** As `append`, of a command that belonged to a trace. */
  appendTraced(gameId: string, traceparent: string, event: GameEvent): Promise<number> {
    return this.write(gameStream(gameId), [event], { traceparent });
  }

  appendQuest(questId: string, event: QuestEvent): Promise<number> {
    return this.write(questStream(questId), [event], {});
  }

  private async write(
    stream: string,
    events: readonly (GameEvent | QuestEvent)[],
    metadata: { readonly sentAt?: number; readonly traceparent?: string },
  ): Promise<number> {
    const encoded = events.map((event) => {
      const { type, data, schemaVersion } = encodeEvent(event);
      return { id: randomUUID(), type, data, metadata: { schemaVersion, commandId: randomUUID(), ...metadata } };
    });
    const result = await this.store.appendToStream(stream, encoded, { expectedRevision: 'any' });
    if (result.outcome !== 'committed') throw new Error(`the append ended as ${result.outcome}`);
    return Number(result.position);
  }
}

const PAUSES_PER_APPEND = 400;

export function started(at = now()): GameEvent {
  return { type: 'GameStarted', data: { at, endsAt: at + 3_600_000 } };
}

export function testContent(shape: QuestShape): QuestContent {
  return packQuest(columns(shape));
}

function columns({ waypointCount = 3, order = 'sequential', maxSpeed = 12, clues = new Map() }: QuestShape) {
  const places = new Float32Array(4 * waypointCount);
  for (let i = 0; i < waypointCount; i++) places.set([SPACING_M * (i + 1), 0, 0, RADIUS_M], 4 * i);
  return {
    title: 'Along the axis',
    description: '',
    order,
    limits: { maxSpeed, durationSeconds: 3_600, maxPlayers: 64 },
    waypointCount,
    places,
    points: new Uint16Array(waypointCount).fill(POINTS),
    treasure: new Uint8Array(waypointCount),
    clues,
  };
}

const now = (): number => Date.now();
