import { LRUCache } from 'lru-cache';
import type { FastifyRequest } from 'fastify';
import { PLAYERS_LIVE_MAX } from '@waymark/base';
import type { Actor } from '@waymark/domain';
import {
  Problem,
  type AuthorTokens,
  type Scope,
  type ServiceTokens,
  type Sessions,
  type TokenRefusal,
} from '@waymark/platform';

/**
 * Who a request comes from, by its Authorization header: an author, a player in a session, the gateway, or nobody known. A token is
 * checked once and then known by the caches of libs/platform; what it may do to this quest or game is for the domain to say.
 */
export type Identity =
  | { readonly kind: 'author'; readonly actor: Actor; readonly scopes: ReadonlySet<string> }
  | { readonly kind: 'player' | 'gateway' | 'anyone'; readonly actor: Actor };

const ANYONE: Identity = { kind: 'anyone', actor: { kind: 'anyone' } };
const GATEWAY: Identity = { kind: 'gateway', actor: { kind: 'gateway' } };
const BEARER = /^Bearer +([^ ]+) *$/i;

interface Known {
  readonly identity: Identity;
  /** Checks the token again, which costs a Map lookup. */
  readonly verify: (token: string) => { readonly ok: boolean } | Promise<{ readonly ok: boolean }>;
}

export class Authenticator {
  private readonly authors: AuthorTokens;
  private readonly sessions: Sessions;
  private readonly services: ServiceTokens;
  /** Spares telling the kind of a token again, and the objects that identify its bearer. */
  private readonly known = new LRUCache<string, Known>({ max: PLAYERS_LIVE_MAX });

  constructor(tokens: {
    readonly authors: AuthorTokens;
    readonly sessions: Sessions;
    readonly services: ServiceTokens;
  }) {
    this.authors = tokens.authors;
    this.sessions = tokens.sessions;
    this.services = tokens.services;
  }

  /** The author, who must have this scope. */
  async author(request: FastifyRequest, scope: Scope): Promise<Actor> {
    const identity = await this.identify(request);
    if (identity.kind === 'anyone') throw unauthenticated('this needs the token of an author');
    if (identity.kind !== 'author') throw new Problem('forbidden', 'this needs the token of an author');
    requireScope(identity, scope);
    return identity.actor;
  }

  /** A player, the gateway, or an operator; at once when the token is known. */
  playerOrOperator(request: FastifyRequest): Actor | Promise<Actor> {
    const identity = this.identify(request);
    return identity instanceof Promise ? identity.then(playerOrOperatorOnly) : playerOrOperatorOnly(identity);
  }

  /** Whoever it is: also nobody known. An author without games:operate is nobody in particular. */
  async anybody(request: FastifyRequest): Promise<Actor> {
    const identity = await this.identify(request);
    const powerless = identity.kind === 'author' && !identity.scopes.has('games:operate');
    return powerless ? ANYONE.actor : identity.actor;
  }

  private identify(request: FastifyRequest): Identity | Promise<Identity> {
    const header = request.headers.authorization;
    if (header === undefined) return ANYONE;
    const token = BEARER.exec(header)?.[1];
    if (token === undefined) throw unauthenticated('Authorization is not of the form "Bearer token"');
    const known = this.known.get(token);
    if (known === undefined) return this.identifyUnknown(token);
    const verdict = known.verify(token);
    if (!(verdict instanceof Promise) && verdict.ok) return known.identity;
    this.known.delete(token);
    return this.identifyUnknown(token);
  }

  private async identifyUnknown(token: string): Promise<Identity> {
    const { authors, services, sessions } = this;
    if (isSignedWithPublicKey(token)) {
      const found = await authors.verify(token);
      if (!found.ok) throw refused(found);
      const { scopes, subject } = found.author;
      const identity: Identity = { kind: 'author', actor: { kind: 'author', subject }, scopes };
      return this.remember(token, { identity, verify: (shown) => authors.verify(shown) });
    }
    const session = await sessions.verify(token);
    if (session.ok) {
      const { gameId, playerId } = session.claims;
      const identity: Identity = { kind: 'player', actor: { kind: 'player', playerId, gameId } };
      return this.remember(token, { identity, verify: (shown) => sessions.verify(shown) });
    }
    if (session.code === 'expired') throw refused(session);
    const service = await services.verify(token);
    if (!service.ok) throw refused(service.code === 'expired' ? service : session);
    return this.remember(token, { identity: GATEWAY, verify: (shown) => services.verify(shown) });
  }

  private remember(token: string, known: Known): Identity {
    this.known.set(token, known);
    return known.identity;
  }
}

/** Authors' tokens alone are signed with a key pair. Only sorts: the signature is checked against the right key after it. */
function isSignedWithPublicKey(token: string): boolean {
  return PUBLIC_KEY_ALGORITHM.test(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString('latin1'));
}

const PUBLIC_KEY_ALGORITHM = /"alg" *: *"(?:EdDSA|Ed25519|(?:ES|RS|PS)\d{3})"/;

function playerOrOperatorOnly(identity: Identity): Actor {
  if (identity.kind === 'anyone') throw unauthenticated('this needs the token of a session, or of the game’s operator');
  if (identity.kind === 'author') requireScope(identity, 'games:operate');
  return identity.actor;
}

function requireScope(identity: Extract<Identity, { kind: 'author' }>, scope: Scope): void {
  if (identity.scopes.has(scope)) return;
  throw new Problem('forbidden', `the token lacks the scope ${scope}`, { extra: { scope } });
}

const unauthenticated = (detail: string): Problem => new Problem('unauthenticated', detail);

const refused = ({ code, detail }: TokenRefusal): Problem =>
  new Problem(code === 'expired' ? 'token-expired' : 'unauthenticated', detail);
