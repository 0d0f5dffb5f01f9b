import { Controller, Delete, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Problem } from '@waymark/platform';
import { Authenticator } from '../auth/authenticator.ts';
import { PlayerHandlers, type PlayerJoined } from '../handlers/player-handlers.ts';
import type { CommandContext } from '../handlers/command.ts';
import type { Shared } from '../wiring/open-shared.ts';
import { expectNoBody, readBody } from './body/read-body.ts';
import { JoinBody } from './dto/player-bodies.ts';
import type { RequestWith } from './fastify-request.ts';
import { commandContext, pathId } from './head.ts';
import { tellPosition } from './reply-headers.ts';

/** What joins need of what processes share: wiring/open-shared.ts. */
export const SHARED = 'SHARED';
export type SharedForJoins = Pick<Shared, 'addressOf' | 'gatewayUrlFor' | 'joinLimits'>;

/** Joining and leaving; reaching is reach.route.ts. */
@Controller('games/:gameId/players')
export class PlayersController {
  constructor(
    @Inject(Authenticator) private readonly authenticator: Authenticator,
    @Inject(PlayerHandlers) private readonly players: PlayerHandlers,
    @Inject(SHARED) private readonly shared: SharedForJoins,
  ) {}

  @Post()
  @HttpCode(201)
  async join(@Req() request: RequestWith<'gameId'>, @Res({ passthrough: true }) reply: FastifyReply) {
    const context = commandContext(request, await this.authenticator.anybody(request));
    const gameId = pathId(request, 'gameId');
    const body = readBody(request, JoinBody);
    const joined = this.joined(request, context, body);
    const { playerId, position, revision, ticket } = await joined;
    reply.header('location', `/games/${gameId}/players/${playerId}`);
    // The ticket is as good as a password for the next minute.
    reply.header('cache-control', 'no-store');
    tellPosition(reply, position);
    return { playerId, ticket, gatewayUrl: this.shared.gatewayUrlFor(gameId), revision };
  }

  /** A join that shows a code may be a guess: those are counted when they are wrong (JoinLimits). */
  private async joined(request: RequestWith<'gameId'>, context: CommandContext, body: JoinBody): Promise<PlayerJoined> {
    const gameId = pathId(request, 'gameId');
    const { addressOf, joinLimits } = this.shared;
    const joinCode = body.joinCode ?? null;
    const asked = { playerId: body.playerId ?? null, name: body.name, joinCode };
    if (joinCode === null) return this.players.join(context, gameId, asked);
    const address = addressOf(request);
    await joinLimits.check(gameId, address);
    try {
      return await this.players.join(context, gameId, asked);
    } catch (error) {
      if (error instanceof Problem && error.slug === 'wrong-join-code') await joinLimits.failed(gameId, address);
      throw error;
    }
  }

  @Delete(':playerId')
  @HttpCode(200)
  async leave(@Req() request: RequestWith<'gameId' | 'playerId'>, @Res({ passthrough: true }) reply: FastifyReply) {
    const context = commandContext(request, await this.authenticator.playerOrOperator(request));
    expectNoBody(request);
    const { position, revision } = await this.players.leave(
      context,
      pathId(request, 'gameId'),
      pathId(request, 'playerId'),
    );
    tellPosition(reply, position);
    return { revision };
  }
}
