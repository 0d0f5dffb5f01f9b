import { assert } from '@waymark/base';
import type { CompiledQuest, GameEvent } from '@waymark/domain';
import {
  connectPlayer,
  createArena,
  createFrameContext,
  gameSlot,
  playerAt,
  projectEvent,
  PROJECT_APPLIED,
  registerQuest,
  SlabPool,
  type Arena,
  type ArenaOptions,
  type FrameContext,
  type ProjectResult,
} from '@waymark/tick-engine';

/** An arena with one quest, `quest` version 1, and games brought into it by events, as a gateway brings them. Time stands still. */
export class ArenaFixture {
  readonly now = 1_795_435_200_000;
  readonly arena: Arena;
  readonly pool: SlabPool;
  readonly context: FrameContext = createFrameContext();
  private readonly revisions = new Map<string, number>();
  private position = 0;

  constructor(quest: CompiledQuest, options: ArenaOptions & { readonly pool?: SlabPool } = {}) {
    this.arena = createArena({ gamesMax: 4, playersMax: 80, ...options });
    this.pool = options.pool ?? new SlabPool({ slabsMax: 16, poison: true });
    this.context.now = this.now;
    this.context.dueAt = this.now;
    registerQuest(this.arena.quests, 'quest', 1, quest);
  }

  /** Projects the next event of a game and says what became of it. */
  project(gameId: string, event: GameEvent, sentAt?: number): ProjectResult {
    const revision = (this.revisions.get(gameId) ?? -1) + 1;
    this.revisions.set(gameId, revision);
    this.position += 1;
    const metadata = sentAt === undefined ? {} : { sentAt };
    const envelope = { revision: BigInt(revision), position: BigInt(this.position), created: this.now, metadata };
    return projectEvent(this.arena, gameId, event, envelope);
  }

  create(gameId: string, questVersion = 1): ProjectResult {
    const rules = { ownerId: 'owner', joinCode: null, startsAt: null, durationSeconds: 3_600, maxPlayers: 64 };
    const data = { gameId, questId: 'quest', questVersion, contentHash: '', ...rules, at: this.now };
    return this.project(gameId, { type: 'GameCreated', data });
  }

  start(gameId: string): void {
    this.project(gameId, { type: 'GameStarted', data: { at: this.now, endsAt: this.now + 3_600_000 } });
  }

  join(gameId: string, row: number, playerId = `player-${row}`): void {
    this.project(gameId, { type: 'PlayerJoined', data: { playerId, name: `Name ${row}`, row, at: this.now } });
  }

  reach(gameId: string, row: number, waypoint: number, score = 0): void {
    const data = {
      playerId: `player-${row}`,
      row,
      waypoint,
      place: [0, 0, 0],
      points: 10,
      score,
      treasure: false,
    } as const;
    this.project(gameId, { type: 'WaypointReached', data: { ...data, at: this.now } });
  }

  end(gameId: string): void {
    this.project(gameId, { type: 'GameEnded', data: { at: this.now, reason: 'time', winnerId: null } });
  }

  /** A running game with connected players in rows 0 to `players` - 1; returns its slot. */
  play(gameId: string, players = 1): number {
    const result = this.create(gameId);
    assert(result === PROJECT_APPLIED, 'a game finds room');
    this.start(gameId);
    const game = gameSlot(this.arena, gameId);
    for (let row = 0; row < players; row++) {
      this.join(gameId, row);
      connectPlayer(this.arena, playerAt(this.arena, game, row));
    }
    return game;
  }

  player(game: number, row = 0): number {
    return playerAt(this.arena, game, row);
  }
}

/** A quest along the x axis: waypoint i at 10 i, radius 2, ten points, its clue "clue i". */
export function lineQuest(waypointCount: number, order: CompiledQuest['order'] = 'sequential'): CompiledQuest {
  const places = new Float32Array(4 * waypointCount);
  const clues = new Map<number, string>();
  for (let i = 0; i < waypointCount; i++) {
    places[4 * i] = 10 * i;
    places[4 * i + 3] = 2;
    clues.set(i, `clue ${i}`);
  }
  return {
    title: 'A line',
    description: '',
    order,
    limits: { maxSpeed: 10, durationSeconds: 3_600, maxPlayers: 64 },
    waypointCount,
    places,
    points: new Uint16Array(waypointCount).fill(10),
    treasure: new Uint8Array(waypointCount),
    clues,
    contentHash: 'sha256-line',
  };
}
