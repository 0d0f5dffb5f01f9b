import { BucketTally, ENDED_GAME_LINGER_MS, type Clock } from '@waymark/base';
import { gameIdOfStream, isQuestEvent, questIdOfStream, type GameEvent, type QuestEvent } from '@waymark/domain';
import type { RecordedEvent } from '@waymark/event-store';
import type { FeedConsumer } from '@waymark/feed';
import { isSampled, LAG_BUCKETS_SECONDS, type Log, type Tracer } from '@waymark/platform';
import { compileQuest } from '@waymark/quest';
import {
  PROJECT_APPLIED,
  PROJECT_FULL,
  projectEvent,
  registerQuest,
  releaseGame,
  type Arena,
  type FrameContext,
  type TickSchedule,
} from '@waymark/tick-engine';
import type { FanOut } from '../hot/fan-out.ts';
import type { ReachDispatcher } from '../reach/reach-dispatcher.ts';
import type { Catalogue } from './catalogue.ts';
import { decode } from './decode.ts';
import type { MissingQuests } from './missing-quests.ts';
import type { PositionWaiters } from './position-waiters.ts';

/**
 * The feed's consumer: each committed event goes into the catalogue, into the arena, and at once, in the same turn of the event loop, to the
 * sockets of its game. While the log is replayed at the start nobody is connected, and games that have ended leave the arena right away.
 */
export interface ProjectorParts {
  readonly arena: Arena;
  readonly schedule: TickSchedule;
  readonly fanOut: FanOut;
  readonly context: FrameContext;
  readonly catalogue: Catalogue;
  readonly waiters: PositionWaiters;
  readonly missingQuests: MissingQuests;
  readonly clock: Clock;
  readonly log: Log;
  /** Null while traces are not collected. */
  readonly tracer: Tracer | null;
  /** After a reach the player may stand in the next waypoint already. */
  readonly reaches: ReachDispatcher;
  /** An ended game has lingered long enough: its players go. */
  readonly onGameOver: (game: number) => void;
  /** A player has left and has been told so. */
  readonly onPlayerLeft: (player: number) => void;
  /** The log is projected to its end for the first time. */
  readonly onFirstCaughtUp: () => void;
  /** The projection is broken; the process must end. */
  readonly onFatal: (error: Error) => void;
}

export class Projector implements FeedConsumer {
  /** Position of the last event projected. */
  position = 0;
  caughtUp = false;
  eventCount = 0;
  /** Of each live event, seconds from its commit to its projection; by then its frames are on their way. */
  readonly lag = new BucketTally(LAG_BUCKETS_SECONDS);
  private readonly parts: ProjectorParts;
  private readonly lingering = new Map<number, NodeJS.Timeout>();

  constructor(parts: ProjectorParts) {
    this.parts = parts;
  }

  onEvents(events: readonly RecordedEvent[]): void {
    for (const recorded of events) this.project(recorded);
    if (this.caughtUp) this.parts.missingQuests.fetch();
    this.parts.waiters.check();
  }

  onCaughtUp(): void {
    const isFirst = !this.caughtUp;
    this.caughtUp = true;
    this.parts.missingQuests.fetch();
    this.parts.waiters.check();
    if (isFirst) this.parts.onFirstCaughtUp();
  }

  onFault(error: Error, fatal: boolean): void {
    if (fatal) this.parts.onFatal(error);
    else this.parts.log.warn({ err: error }, 'the feed has lost its source; it goes on trying');
  }

  stop(): void {
    this.parts.missingQuests.stop();
    for (const timer of this.lingering.values()) clearTimeout(timer);
    this.lingering.clear();
  }

  private project(recorded: RecordedEvent): void {
    const { clock, tracer } = this.parts;
    const startedAt = tracer === null ? 0 : clock.now();
    const event = decode(recorded);
    if (isQuestEvent(event)) this.projectQuest(questIdOfStream(recorded.stream)!, event, recorded);
    else this.projectGame(gameIdOfStream(recorded.stream)!, event, recorded);
    this.position = Number(recorded.position);
    this.eventCount += 1;
    if (!this.caughtUp) return;
    // Never below zero, should the clock of whoever appended be a little ahead of ours.
    this.lag.add(Math.max(0, clock.now() - recorded.created) / 1_000);
    if (tracer !== null) this.trace(tracer, recorded, startedAt);
  }

  /** Afterwards: by now the players have been told. */
  private trace(tracer: Tracer, { created, metadata, position, type }: RecordedEvent, startedAt: number): void {
    const { traceparent: parent } = metadata;
    if (parent === undefined || !isSampled(parent)) return;
    const attributes = {
      'waymark.event': type,
      'waymark.position': Number(position),
      'waymark.since_commit_ms': startedAt - created,
    };
    tracer.start({ name: 'project', kind: 'consumer', parent, startedAt, attributes }).end(this.parts.clock.now());
  }

  private projectQuest(questId: string, event: QuestEvent, recorded: RecordedEvent): void {
    const { arena, catalogue } = this.parts;
    catalogue.applyQuest(questId, Number(recorded.revision), event);
    if (event.type !== 'QuestPublished') return;
    const { version, content, contentHash } = event.data;
    registerQuest(arena.quests, questId, version, compileQuest(content, contentHash));
  }

  private projectGame(gameId: string, event: GameEvent, recorded: RecordedEvent): void {
    const { arena, catalogue } = this.parts;
    catalogue.applyGame(gameId, Number(recorded.revision), event);
    const outcome = projectEvent(arena, gameId, event, recorded);
    if (outcome === PROJECT_FULL)
      this.parts.log.error({ gameId }, 'the arena has no room for this game; nobody can play it here');
    if (outcome === PROJECT_APPLIED) this.afterApplied(event);
  }

  private afterApplied(event: GameEvent): void {
    const { arena, schedule, missingQuests } = this.parts;
    const { game } = arena.applied;
    if (event.type === 'GameCreated') {
      schedule.add(game);
      if (arena.games.quest[game] === -1) missingQuests.add(game);
    }
    if (this.caughtUp) this.tell(event.type);
    if (event.type === 'GameEnded') this.endGame(game);
  }

  /** Hands the event that was just applied to the sockets of its game, and does what follows from it. */
  private tell(type: GameEvent['type']): void {
    const { arena, schedule, fanOut, context, clock, reaches, onPlayerLeft } = this.parts;
    const { game, player, created } = arena.applied;
    const now = clock.now();
    context.now = now;
    context.dueAt = created;
    context.tick = schedule.tickAt(now);
    fanOut.broadcastEvent(arena.applied, context);
    if (player === -1) return;
    if (type === 'PlayerLeft') onPlayerLeft(player);
    if (type !== 'WaypointReached') return;
    context.dueAt = now;
    for (let socket = fanOut.firstSocket(game); socket !== null;) {
      const { next } = socket;
      if (socket.player === player) fanOut.sendReveals(socket, context);
      socket = next;
    }
    reaches.look(player, now);
  }

  /** While the log is replayed an ended game goes at once; live, its players see the end first. */
  private endGame(game: number): void {
    if (!this.caughtUp) return this.release(game);
    this.lingering.set(
      game,
      setTimeout(() => this.release(game), ENDED_GAME_LINGER_MS),
    );
  }

  private release(game: number): void {
    const { arena, schedule, onGameOver } = this.parts;
    this.lingering.delete(game);
    onGameOver(game);
    schedule.remove(game);
    releaseGame(arena, game);
  }
}
