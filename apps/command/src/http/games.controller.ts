import { Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Authenticator } from '../auth/authenticator.ts';
import { GameHandlers, type SteerVerb } from '../handlers/game-handlers.ts';
import { expectNoBody, readBody } from './body/read-body.ts';
import { CreateGameBody } from './dto/game-bodies.ts';
import { instantMs } from './dto/rules.ts';
import type { RequestWith } from './fastify-request.ts';
import { commandContext, pathId } from './head.ts';
import { tellPosition } from './reply-headers.ts';

/** Making games and steering them. */
@Controller('games')
export class GamesController {
  constructor(
    @Inject(Authenticator) private readonly authenticator: Authenticator,
    @Inject(GameHandlers) private readonly games: GameHandlers,
  ) {}

  @Post()
  @HttpCode(201)
  async create(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const context = commandContext(request, await this.authenticator.author(request, 'games:operate'));
    const { durationSeconds, maxPlayers, open, questId, startsAt, version } = readBody(request, CreateGameBody);
    const { gameId, joinCode, position, revision } = await this.games.create(context, {
      questId,
      version: version ?? null,
      startsAt: startsAt === undefined ? null : instantMs(startsAt),
      durationSeconds: durationSeconds ?? null,
      maxPlayers: maxPlayers ?? null,
      open: open ?? false,
    });
    reply.header('location', `/games/${gameId}`);
    tellPosition(reply, position);
    return { gameId, joinCode, revision };
  }

  @Post(':gameId/start')
  @HttpCode(200)
  start(@Req() request: RequestWith<'gameId'>, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.steer(request, reply, 'StartGame');
  }

  @Post(':gameId/pause')
  @HttpCode(200)
  pause(@Req() request: RequestWith<'gameId'>, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.steer(request, reply, 'PauseGame');
  }

  @Post(':gameId/resume')
  @HttpCode(200)
  resume(@Req() request: RequestWith<'gameId'>, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.steer(request, reply, 'ResumeGame');
  }

  @Post(':gameId/end')
  @HttpCode(200)
  end(@Req() request: RequestWith<'gameId'>, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.steer(request, reply, 'EndGame');
  }

  private async steer(request: RequestWith<'gameId'>, reply: FastifyReply, verb: SteerVerb) {
    const context = commandContext(request, await this.authenticator.author(request, 'games:operate'));
    expectNoBody(request);
    const { position, revision } = await this.games.steer(context, pathId(request, 'gameId'), verb);
    tellPosition(reply, position);
    return { revision };
  }
}
