import { readOffer, type Credential, type Profile } from '@waymark/protocol';
import type { IncomingMessage } from 'node:http';

/** What a client asked for in the request that opened its socket: subprotocols and query, checked but not yet believed. */
export interface ConnectRequest {
  readonly supported: boolean;
  readonly credential: Credential | null;
  readonly profile: Profile;
  /** /watch only. */
  readonly gameId: string | null;
  /** What a resuming client holds, null when it does not say. */
  readonly held: { readonly epoch: string; readonly revision: number } | null;
}

/** Reads the request, or says in a sentence which query field is wrong. */
export function readConnectRequest(request: IncomingMessage): ConnectRequest | string {
  const { searchParams } = new URL(request.url ?? '/', 'ws://gateway');
  const profile = searchParams.get('profile') ?? 'delta';
  if (profile !== 'delta' && profile !== 'full') return 'query field profile is delta or full';
  const held = readHeld(searchParams);
  if (typeof held === 'string') return held;
  return {
    ...readOffer(request.headers['sec-websocket-protocol']),
    profile,
    gameId: searchParams.get('game'),
    held,
  };
}

function readHeld(query: URLSearchParams): ConnectRequest['held'] | string {
  const epoch = query.get('epoch');
  const revisionText = query.get('revision');
  if (epoch === null && revisionText === null) return null;
  const revision = Number(revisionText);
  if (revisionText === null || !/^\d{1,10}$/.test(revisionText)) return 'query field revision is a whole number';
  if (epoch === null || epoch.length > 64) return 'query field epoch comes with revision';
  return { epoch, revision };
}
