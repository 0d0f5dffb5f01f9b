import type { FastifyReply } from 'fastify';

/** What every write tells in its head: where it stands in the log, and the revision to name in If-Match. */

/** For reading one's own writes: GET ...?atLeast={position} at the gateway waits until it has come that far. */
export function tellPosition(reply: FastifyReply, position: number | undefined): void {
  if (position !== undefined) reply.header('waymark-position', position);
}

export function tellRevision(reply: FastifyReply, revision: number): void {
  reply.header('etag', `"${revision}"`);
}
