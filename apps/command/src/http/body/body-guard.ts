import type { FastifyInstance } from 'fastify';
import { BODY_BYTES_MAX, COMMAND_BODY_BYTES_MAX } from '@waymark/base';
import type { CountedLimit } from '@waymark/platform';
import type { Authenticator } from '../../auth/authenticator.ts';
import { tooMany } from '../../auth/join-limits.ts';
import { callerOf } from '../../handlers/command-ids.ts';
import '../fastify-request.ts';

/**
 * What a stranger's body may cost before anybody has looked at it. Quest documents may be large, but come from authors: their token is checked
 * before the first byte is read, so that 2 MiB are kept for nobody else; and only so many a minute, because each costs the quest worker
 * milliseconds. All other bodies are small, because anybody may send one and the main
 * thread parses it. Installed before the first route.
 */
export function guardBodies(
  fastify: FastifyInstance,
  authenticator: Pick<Authenticator, 'author'>,
  perAuthor: CountedLimit,
): void {
  fastify.addHook('onRoute', (route) => {
    if (route.config?.keepsBytes !== true) {
      route.bodyLimit = COMMAND_BODY_BYTES_MAX;
      return;
    }
    route.bodyLimit = BODY_BYTES_MAX;
    route.onRequest = async (request) => {
      const author = await authenticator.author(request, 'quests:write');
      const waitMs = await perAuthor.take(callerOf(author));
      if (waitMs > 0) throw tooMany('too many quest documents of this author', waitMs);
    };
  });
}
