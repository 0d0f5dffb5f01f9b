import type { FastifyInstance } from 'fastify';
import { refuseQuery, refuseRepeatedHeaders } from '@waymark/platform';
import './fastify-request.ts';

/**
 * No address of this app takes query fields, and no header that means something once may stand twice. Checked before anything else is read.
 * As a hook of each route, so that a page of another origin can read the refusal (CORS comes before), and an address that there is not
 * stays one. Installed after guardBodies, whose hooks it comes before.
 */
export function guardHeads(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    if (route.method === 'OPTIONS' || route.config?.checksHead === true) return;
    route.onRequest = [
      async (request) => {
        refuseRepeatedHeaders(request);
        refuseQuery(request);
      },
      ...[route.onRequest ?? []].flat(),
    ];
  });
}
