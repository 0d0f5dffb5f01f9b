import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyRequest } from 'fastify';
import { SESSION_SECONDS } from '@waymark/base';
import { AuthorTokens, openKeyring, ServiceTokens, Sessions } from '@waymark/platform';
import { VirtualClock } from '@waymark/testing';
import { Authenticator } from './authenticator.ts';

describe('a token that was good', () => {
  let directory: string;
  let clock: VirtualClock;
  let authors: AuthorTokens;
  let sessions: Sessions;
  let services: ServiceTokens;
  let authenticator: Authenticator;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'waymark-auth-'));
    clock = new VirtualClock();
    const keyring = await openKeyring(directory);
    authors = new AuthorTokens(keyring, clock);
    sessions = new Sessions(keyring, clock);
    services = new ServiceTokens(keyring, clock);
    authenticator = new Authenticator({ authors, sessions, services });
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const requestWith = (token: string) => ({ headers: { authorization: `Bearer ${token}` } }) as FastifyRequest;

  it.each<[string, number, () => Promise<string> | string]>([
    ['an author', 60, () => authors.issue('ada', ['games:operate'], 60)],
    ['a player', SESSION_SECONDS, () => sessions.issue({ playerId: 'pia', gameId: 'g', row: 0, sessionId: 's' })],
    ['the gateway', 600, () => services.current('gateway')],
  ])('of %s is known while it lasts and refused after it', async (_, lifeSeconds, issue) => {
    const request = requestWith(await issue());
    const first = await authenticator.playerOrOperator(request);
    await clock.advance(lifeSeconds * 1000 - 2_000);
    expect(await authenticator.playerOrOperator(request)).toBe(first);
    await clock.advance(4_000);
    await expect(authenticator.playerOrOperator(request)).rejects.toMatchObject({ slug: 'token-expired' });
    await expect(authenticator.playerOrOperator(request)).rejects.toMatchObject({ slug: 'token-expired' });
  });

  it('makes nobody of an author who may not operate games, where anybody may ask', async () => {
    const reader = requestWith(await authors.issue('ada', ['quests:write'], 60));
    expect(await authenticator.anybody(reader)).toEqual({ kind: 'anyone' });
    const operator = requestWith(await authors.issue('ada', ['games:operate'], 60));
    expect(await authenticator.anybody(operator)).toEqual({ kind: 'author', subject: 'ada' });
    expect(await authenticator.anybody({ headers: {} } as FastifyRequest)).toEqual({ kind: 'anyone' });
  });
});
