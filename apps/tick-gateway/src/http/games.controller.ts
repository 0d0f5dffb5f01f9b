import { Controller, Get, Param, Query as QueryParams, UseGuards } from '@nestjs/common';
import type { GameEvent } from '@waymark/domain';
import type { RecordedEvent } from '@waymark/event-store';
import { Problem } from '@waymark/platform';
import type { GameEntry } from '../projection/catalogue.ts';
import { decode } from '../projection/decode.ts';
import { ReadModel } from '../projection/read-model.ts';
import { nextTurn, ReadTurns } from '../projection/read-turns.ts';
import { takePage } from './page.ts';
import { readChoice, readId, readLimit, readPosition, readQuery, readRevision, type Query } from './query.ts';
import { Viewer, ViewerGuard } from './viewer.ts';

/** Games, their scores and their events. Open to all, less what would spoil a hunt: the join code and where waypoints were reached. */
@Controller('games')
@UseGuards(ViewerGuard)
export class GamesController {
  constructor(
    private readonly model: ReadModel,
    private readonly turns: ReadTurns,
  ) {}

  @Get()
  async list(@QueryParams() query: Query): Promise<unknown> {
    const { limit, after, status, atLeast } = readQuery(query, {
      limit: readLimit,
      after: readId,
      status: readChoice(['scheduled', 'running', 'paused', 'ended'] as const),
      atLeast: readPosition,
    });
    await this.model.caughtUpTo(atLeast);
    return this.turns.take(() => {
      const { page, next } = takePage(
        this.model.catalogue.games.values(),
        { limit, after, idOf: (game) => game.gameId },
        (game) => status === null || game.status === status,
      );
      return { games: page.map(describeGame), next, position: this.model.position };
    });
  }

  @Get(':gameId')
  async one(@Param('gameId') gameId: string, @QueryParams() query: Query): Promise<unknown> {
    const { atLeast } = readQuery(query, { atLeast: readPosition });
    await this.model.caughtUpTo(atLeast);
    return { ...describeGame(this.found(gameId)), position: this.model.position };
  }

  @Get(':gameId/scores')
  async scores(@Param('gameId') gameId: string, @QueryParams() query: Query): Promise<unknown> {
    const { atLeast } = readQuery(query, { atLeast: readPosition });
    await this.model.caughtUpTo(atLeast);
    const scores = await this.turns.take(() => this.model.scores(gameId));
    return { gameId, ...scores, position: this.model.position };
  }

  @Get(':gameId/events')
  async events(
    @Param('gameId') gameId: string,
    @QueryParams() query: Query,
    @Viewer() viewer: string | null,
  ): Promise<unknown> {
    const { limit, fromRevision, atLeast } = readQuery(query, {
      limit: readLimit,
      fromRevision: readRevision,
      atLeast: readPosition,
    });
    await this.model.caughtUpTo(atLeast);
    return this.turns.take(async () => {
      const recorded = await this.model.events(gameId, fromRevision ?? 0, limit);
      const owner = viewer !== null && viewer === (await this.model.ownerOf(gameId));
      return {
        gameId,
        events: await describeEvents(recorded, owner),
        next: recorded.length === limit ? Number(recorded.at(-1)!.revision) + 1 : null,
        position: this.model.position,
      };
    });
  }

  private found(gameId: string): GameEntry {
    const game = this.model.game(gameId);
    if (game !== undefined) return game;
    throw new Problem('game-not-found', `there is no game ${gameId} among the live and the recently ended ones`);
  }
}

function describeGame(game: GameEntry): Record<string, unknown> {
  const { createdAt, startsAt, startedAt, endsAt, endedAt, ownerId: _ownerId, ...rest } = game;
  return {
    ...rest,
    createdAt: isoTime(createdAt),
    startsAt: isoTime(startsAt),
    startedAt: isoTime(startedAt),
    endsAt: isoTime(endsAt),
    endedAt: isoTime(endedAt),
  };
}

/** Events described between two turns of the event loop: about a millisecond. */
const DESCRIBE_SLICE_EVENTS = 250;

async function describeEvents(recorded: readonly RecordedEvent[], owner: boolean): Promise<Record<string, unknown>[]> {
  const described: Record<string, unknown>[] = [];
  for (const event of recorded) {
    if (described.length > 0 && described.length % DESCRIBE_SLICE_EVENTS === 0) await nextTurn();
    described.push(describeEvent(event, owner));
  }
  return described;
}

function describeEvent(recorded: RecordedEvent, owner: boolean): Record<string, unknown> {
  const event = decode(recorded) as GameEvent;
  return {
    revision: Number(recorded.revision),
    position: Number(recorded.position),
    eventId: recorded.id,
    type: event.type,
    created: isoTime(recorded.created),
    data: owner ? event.data : withoutSecrets(event),
    ...(recorded.metadata.sentAt === undefined ? {} : { sentAt: recorded.metadata.sentAt }),
  };
}

function withoutSecrets(event: GameEvent): object {
  if (event.type === 'GameCreated') {
    const { joinCode: _joinCode, ownerId: _ownerId, ...rest } = event.data;
    return rest;
  }
  if (event.type === 'WaypointReached') {
    const { place: _place, ...rest } = event.data;
    return rest;
  }
  return event.data;
}

function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
