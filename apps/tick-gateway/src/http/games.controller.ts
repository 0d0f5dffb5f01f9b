import { Controller, Get, Headers, Param, Query as QueryParams } from '@nestjs/common';
import type { GameEvent } from '@waymark/domain';
import type { RecordedEvent } from '@waymark/event-store';
import { Problem } from '@waymark/platform';
import type { GameEntry } from '../projection/catalogue.ts';
import { decode } from '../projection/decode.ts';
import { ReadModel } from '../projection/read-model.ts';
import { takePage } from './page.ts';
import { readChoice, readId, readLimit, readPosition, readQuery, readRevision, type Query } from './query.ts';
import { Viewers } from './viewer.ts';

/** Games, their scores and their events. Open to all, less what would spoil a hunt: the join code and where waypoints were reached. */
@Controller('games')
export class GamesController {
  constructor(
    private readonly model: ReadModel,
    private readonly viewers: Viewers,
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
    const { page, next } = takePage(
      this.model.catalogue.games.values(),
      { limit, after, idOf: (game) => game.gameId },
      (game) => status === null || game.status === status,
    );
    return { games: page.map(describeGame), next, position: this.model.position };
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
    return { gameId, ...(await this.model.scores(gameId)), position: this.model.position };
  }

  @Get(':gameId/events')
  async events(
    @Param('gameId') gameId: string,
    @QueryParams() query: Query,
    @Headers('authorization') authorization: string | undefined,
  ): Promise<unknown> {
    const { limit, fromRevision, atLeast } = readQuery(query, {
      limit: readLimit,
      fromRevision: readRevision,
      atLeast: readPosition,
    });
    await this.model.caughtUpTo(atLeast);
    const subject = await this.viewers.subject(authorization);
    const recorded = await this.model.events(gameId, fromRevision ?? 0, limit);
    const owner = subject !== null && subject === (await this.model.ownerOf(gameId));
    return {
      gameId,
      events: recorded.map((event) => describeEvent(event, owner)),
      next: recorded.length === limit ? Number(recorded.at(-1)!.revision) + 1 : null,
      position: this.model.position,
    };
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
