import type { FastifyInstance, FastifyReply } from 'fastify';
import { refuseQuery, refuseRepeatedHeaders } from '@waymark/platform';
import type { Authenticator } from '../auth/authenticator.ts';
import type { PlayerHandlers } from '../handlers/player-handlers.ts';
import { readReachBody } from './body/reach-body.ts';
import type { RequestWith } from './fastify-request.ts';
import { commandContext, pathId } from './head.ts';
import type { ProblemFilter } from './problem.filter.ts';
import { tellPosition } from './reply-headers.ts';

/**
 * The hottest command, 2,000 a second, stands on Fastify itself: the same checks, handler and problem documents as the routes of the
 * controllers, without Nest's router, interceptors and reply handling around it (docs/adr/0005).
 */
export interface ReachRouteParts {
  readonly authenticator: Authenticator;
  readonly players: PlayerHandlers;
  readonly filter: ProblemFilter;
}

type ReachRequest = RequestWith<'gameId' | 'playerId'>;

export function addReachRoute(fastify: FastifyInstance, parts: ReachRouteParts): void {
  // A hook costs a closure or two for each request; the rules are called below instead.
  const config = { checksHead: true };
  fastify.post<{ Params: ReachRequest['params'] }>(
    '/games/:gameId/players/:playerId/reach',
    { config },
    (request, reply) => {
      answerReach(parts, request as ReachRequest, reply).catch((error: unknown) => {
        parts.filter.answer(error, request, reply);
      });
    },
  );
}

async function answerReach(parts: ReachRouteParts, request: ReachRequest, reply: FastifyReply): Promise<void> {
  refuseRepeatedHeaders(request);
  refuseQuery(request);
  const actor = parts.authenticator.playerOrOperator(request);
  const context = commandContext(request, actor instanceof Promise ? await actor : actor);
  const gameId = pathId(request, 'gameId');
  const playerId = pathId(request, 'playerId');
  const { points, position, revision, score } = await parts.players.reach(
    context,
    gameId,
    playerId,
    readReachBody(request),
  );
  tellPosition(reply, position);
  // Four numbers: written here, they pass by the serialisers.
  void reply
    .header('content-type', 'application/json; charset=utf-8')
    .send(`{"revision":${revision},"position":${position},"points":${points},"score":${score}}`);
}
