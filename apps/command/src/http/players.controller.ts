import { Controller, Delete, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Authenticator } from '../auth/authenticator.ts';
import { PlayerHandlers } from '../handlers/player-handlers.ts';
import { expectNoBody, readBody } from './body/read-body.ts';
import { JoinBody } from './dto/player-bodies.ts';
import type { RequestWith } from './fastify-request.ts';
import { commandContext, pathId } from './head.ts';
import { tellPosition } from './reply-headers.ts';

/** Where players reach the tick-gateway. */
export const GATEWAY_URL = 'GATEWAY_URL';

/** Joining and leaving; reaching is reach.route.ts. */
@Controller('games/:gameId/players')
export class PlayersController {
  constructor(
    @Inject(Authenticator) private readonly authenticator: Authenticator,
    @Inject(PlayerHandlers) private readonly players: PlayerHandlers,
    @Inject(GATEWAY_URL) private readonly gatewayUrl: string,
  ) {}

  @Post()
  @HttpCode(201)
  async join(@Req() request: RequestWith<'gameId'>, @Res({ passthrough: true }) reply: FastifyReply) {
    const context = commandContext(request, await this.authenticator.anybody(request));
    const gameId = pathId(request, 'gameId');
    const body = readBody(request, JoinBody);
    const { playerId, position, revision, ticket } = await this.players.join(context, gameId, {
      playerId: body.playerId ?? null,
      name: body.name,
      joinCode: body.joinCode ?? null,
    });
    reply.header('location', `/games/${gameId}/players/${playerId}`);
    // The ticket is as good as a password for the next minute.
    reply.header('cache-control', 'no-store');
    tellPosition(reply, position);
    return { playerId, ticket, gatewayUrl: this.gatewayUrl, revision };
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
