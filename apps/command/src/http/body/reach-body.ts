import type { FastifyRequest } from 'fastify';
import { assert, COORDINATE_ABS_MAX_M, WAYPOINTS_MAX } from '@waymark/base';
import { ReachBody } from '../dto/player-bodies.ts';
import { readBody } from './read-body.ts';

/**
 * The body of the hottest command. class-validator walks its metadata anew for every object, which at 2,000 commands a second made 3.9 GB
 * of garbage a minute, so good bodies are told by hand; a body that is not good goes to class-validator for the words. A fuzz
 * test holds the two to the same rules.
 */
export function readReachBody(request: FastifyRequest): ReachBody {
  const sent = request.body;
  if (isReachBody(sent)) return sent;
  readBody(request, ReachBody);
  assert(false, 'class-validator refuses every reach that the hand-written check refuses');
}

export function isReachBody(value: unknown): value is ReachBody {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  for (const name in value) if (name !== 'waypoint' && name !== 'at') return false;
  const { at, waypoint } = value as { at?: unknown; waypoint?: unknown };
  return (
    Number.isInteger(waypoint) &&
    (waypoint as number) >= 0 &&
    (waypoint as number) < WAYPOINTS_MAX &&
    Array.isArray(at) &&
    at.length === 3 &&
    isCoordinate(at[0]) &&
    isCoordinate(at[1]) &&
    isCoordinate(at[2])
  );
}

/** False for NaN too: no comparison with it holds. */
const isCoordinate = (value: unknown): boolean =>
  typeof value === 'number' && value >= -COORDINATE_ABS_MAX_M && value <= COORDINATE_ABS_MAX_M;
