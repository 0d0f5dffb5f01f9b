import { readOffer, type Credential, type Profile } from '@waymark/protocol';
import type { IncomingMessage } from 'node:http';
import { Refused } from './refused.ts';

/** What a client asked for in the request that opened its socket: subprotocols and query, checked but not yet believed. */
export interface ConnectRequest {
  readonly supported: boolean;
  readonly credential: Credential | null;
  readonly profile: Profile;
  /** /watch only. */
  readonly gameId: string | null;
  /** What a resuming client holds, null when it does not say. */
  readonly held: Held | null;
}

export interface Held {
  readonly epoch: string;
  readonly revision: number;
}

/** Players connect to /play, spectators to /watch. */
export type Role = 'player' | 'spectator';

const FIELDS: Readonly<Record<Role, readonly string[]>> = {
  player: ['profile', 'epoch', 'revision', 'sequence'],
  spectator: ['profile', 'game'],
};
const EPOCH_CHARS_MAX = 64;
const COUNT = /^\d{1,10}$/;

/** Throws Refused with a sentence about the query field that waymark.v1 does not have. */
export function readConnectRequest(request: Pick<IncomingMessage, 'url' | 'headers'>, role: Role): ConnectRequest {
  const query = readQuery(request.url ?? '', FIELDS[role]);
  const profile = query.get('profile') ?? 'delta';
  if (profile !== 'delta' && profile !== 'full') throw badField('profile is delta or full');
  return {
    ...readOffer(request.headers['sec-websocket-protocol']),
    profile,
    gameId: query.get('game'),
    held: readHeld(query),
  };
}

function readQuery(url: string, known: readonly string[]): URLSearchParams {
  const start = url.indexOf('?');
  const query = new URLSearchParams(start === -1 ? '' : url.slice(start + 1));
  for (const field of query.keys()) {
    if (!known.includes(field)) throw badField(`${field.slice(0, 32)} is not known; known are ${known.join(', ')}`);
    if (query.getAll(field).length > 1) throw badField(`${field} is given more than once`);
  }
  return query;
}

/** Rule RS1. The sequence is checked and not needed: a resumed connection begins with a keyframe. */
function readHeld(query: URLSearchParams): Held | null {
  const [epoch, revision, sequence] = ['epoch', 'revision', 'sequence'].map((field) => query.get(field));
  if (epoch === null && revision === null && sequence === null) return null;
  if (!epoch || epoch.length > EPOCH_CHARS_MAX) throw badField('epoch, of the welcome, comes with revision');
  if (!COUNT.test(revision ?? '')) throw badField('revision is a whole number, and comes with epoch');
  if (typeof sequence === 'string' && !COUNT.test(sequence)) throw badField('sequence is a whole number');
  return { epoch, revision: Number(revision) };
}

const badField = (sentence: string): Refused => new Refused('badFrame', `query field ${sentence}`);
