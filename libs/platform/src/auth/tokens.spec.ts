import { generateKeyPair, SignJWT, UnsecuredJWT, exportJWK, type CryptoKey } from 'jose';
import { epochMs, SESSION_SECONDS, TICKET_SECONDS, type Clock } from '@waymark/base';
import { systemRandom } from '../system.ts';
import { AuthorTokens } from './author-tokens.ts';
import type { Keyring } from './keyring.ts';
import { ServiceTokens } from './service-tokens.ts';
import { Sessions } from './sessions.ts';
import { TokenCheck, TOKEN_ISSUER } from './token-check.ts';
import { Tickets } from './tickets.ts';

const START_MS = 1_800_000_000_000;
let nowMs = START_MS;
const clock: Clock = { now: () => epochMs(nowMs) };

interface TestKeyring extends Keyring {
  readonly authorPrivate: CryptoKey;
  readonly authorPublic: CryptoKey;
}

async function makeKeyring(): Promise<TestKeyring> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { extractable: true });
  return {
    authorPrivate: privateKey,
    authorPublic: publicKey,
    authors: { key: publicKey, algorithms: ['EdDSA'] },
    internal: systemRandom.bytes(32),
    ownsAuthorKey: true,
  };
}

const ours = await makeKeyring();
const theirs = await makeKeyring();
const subject = { playerId: 'p1', gameId: 'g1', row: 3, revision: 17 };

beforeEach(() => {
  nowMs = START_MS;
});

describe('author tokens', () => {
  const authors = new AuthorTokens(ours, clock);

  it('name the author and the scopes', async () => {
    const verdict = await authors.verify(await authors.issue('ann', ['quests:write'], 60));
    expect(verdict).toEqual({ ok: true, author: { subject: 'ann', scopes: new Set(['quests:write']) } });
  });

  it('are answered at once, with the same object, when seen before', async () => {
    const token = await authors.issue('ann', ['quests:write'], 60);
    const first = await authors.verify(token);
    const second = authors.verify(token);
    expect(second).not.toBeInstanceOf(Promise);
    expect(second).toBe(first);
  });

  it('end with their expiry, whether seen before or not', async () => {
    const seen = await authors.issue('ann', [], 60);
    const unseen = await authors.issue('ben', [], 60);
    await authors.verify(seen);
    nowMs += 60_000;
    const expired = { ok: false, code: 'expired', detail: 'the author token has expired' };
    expect(await authors.verify(seen)).toEqual(expired);
    expect(await authors.verify(seen)).toEqual(expired);
    expect(await authors.verify(unseen)).toEqual(expired);
  });

  it('are refused when signed by another key', async () => {
    const forged = await new AuthorTokens(theirs, clock).issue('ann', ['quests:write'], 60);
    expect(await authors.verify(forged)).toMatchObject({ ok: false, code: 'untrusted' });
  });

  it('are refused with no signature (alg none)', async () => {
    const unsigned = new UnsecuredJWT({ scope: 'quests:write' })
      .setIssuer(TOKEN_ISSUER)
      .setAudience('waymark:authors')
      .setSubject('ann')
      .setExpirationTime(START_MS / 1000 + 60)
      .encode();
    const [header, payload] = unsigned.split('.');
    expect(await authors.verify(unsigned)).toMatchObject({ ok: false, code: 'malformed' });
    expect(await authors.verify(`${header}.${payload}.AAAA`)).toMatchObject({ ok: false, code: 'untrusted' });
  });

  it('are refused when the public key was used as a secret (algorithm confusion)', async () => {
    const { x } = await exportJWK(ours.authorPublic);
    const confused = await signAs({ alg: 'HS256', key: Buffer.from(x!, 'base64url'), audience: 'waymark:authors' });
    expect(await authors.verify(confused)).toMatchObject({ ok: false, code: 'untrusted' });
  });

  it('are refused when meant for something else, from somebody else, or without an end', async () => {
    const audience = 'waymark:authors';
    const key = ours.authorPrivate;
    const cases = [
      await signAs({ alg: 'EdDSA', key, audience: 'waymark:ticket' }),
      await signAs({ alg: 'EdDSA', key, audience, issuer: 'evil' }),
      await signAs({ alg: 'EdDSA', key, audience, noEnd: true }),
    ];
    for (const token of cases) expect(await authors.verify(token)).toMatchObject({ ok: false, code: 'untrusted' });
  });

  it('are refused when a claim is missing', async () => {
    const audience = 'waymark:authors';
    const noScope = await signAs({ alg: 'EdDSA', key: ours.authorPrivate, audience, claims: { sub: 'ann' } });
    const noSubject = await signAs({ alg: 'EdDSA', key: ours.authorPrivate, audience, claims: { scope: '' } });
    for (const token of [noScope, noSubject])
      expect(await authors.verify(token)).toMatchObject({ ok: false, code: 'malformed' });
  });

  it.each(['', 'x', 'a.b', 'a.b.c', '..', 'a.b.c.d', 'ä.b.c', `${'a'.repeat(5000)}.b.c`])(
    'refuse what is no token: %.20j',
    async (text) => {
      expect(await authors.verify(text)).toMatchObject({ ok: false, code: 'malformed' });
    },
  );

  it('are refused when longer than any of ours, before their signature is looked at', async () => {
    const claims = { sub: 'ann', scope: 'x'.repeat(4_000) };
    const long = await signAs({ alg: 'EdDSA', key: ours.authorPrivate, audience: 'waymark:authors', claims });
    expect(await authors.verify(long)).toMatchObject({ ok: false, code: 'malformed' });
  });

  it('are refused when one character of them was changed', async () => {
    const token = await authors.issue('ann', ['quests:write'], 60);
    const [header, payload, signature] = token.split('.') as [string, string, string];
    const changed = payload.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    expect((await authors.verify(`${header}.${changed}.${signature}`)).ok).toBe(false);
    expect((await authors.verify(token)).ok).toBe(true);
  });
});

describe('internal tokens', () => {
  const tickets = new Tickets(ours, clock, systemRandom);
  const sessions = new Sessions(ours, clock);
  const services = new ServiceTokens(ours, clock);

  it('tickets carry player, game, row, revision, an id of their own and their end', async () => {
    const [first, second] = [await tickets.issue(subject), await tickets.issue(subject)];
    const verdict = await tickets.verify(first);
    expect(verdict).toEqual({
      ok: true,
      claims: { ...subject, ticketId: expect.any(String), expiresAt: START_MS + TICKET_SECONDS * 1000 },
    });
    const other = await tickets.verify(second);
    expect(other.ok && verdict.ok && other.claims.ticketId !== verdict.claims.ticketId).toBe(true);
  });

  it('tickets end after their minute', async () => {
    const ticket = await tickets.issue(subject);
    nowMs += TICKET_SECONDS * 1000 - 1;
    expect((await tickets.verify(ticket)).ok).toBe(true);
    nowMs += 1;
    expect(await tickets.verify(ticket)).toEqual({ ok: false, code: 'expired', detail: 'the ticket has expired' });
  });

  it('session tokens carry the session, and are answered at once when seen before', async () => {
    const session = { playerId: 'p1', gameId: 'g1', row: 3, sessionId: 's1' };
    const token = await sessions.issue(session);
    const verdict = await sessions.verify(token);
    expect(verdict).toEqual({ ok: true, claims: { ...session, expiresAt: START_MS + SESSION_SECONDS * 1000 } });
    expect(sessions.verify(token)).toBe(verdict);
  });

  it('service tokens are kept for some minutes, then renewed while the old one still holds', async () => {
    const first = await services.current('gateway');
    expect(services.current('gateway')).toBe(first);
    nowMs += 300_000;
    const second = await services.current('gateway');
    expect(second).not.toBe(first);
    expect(await services.verify(first)).toEqual({ ok: true, claims: { service: 'gateway' } });
    expect(await services.verify(second)).toEqual({ ok: true, claims: { service: 'gateway' } });
  });

  it('cannot stand in for one another, though one secret signs them all', async () => {
    const ticket = await tickets.issue(subject);
    const session = await sessions.issue({ playerId: 'p1', gameId: 'g1', row: 3, sessionId: 's1' });
    const service = await services.current('gateway');
    const refused = [
      await tickets.verify(session),
      await tickets.verify(service),
      await sessions.verify(ticket),
      await sessions.verify(service),
      await services.verify(ticket),
      await services.verify(session),
    ];
    for (const verdict of refused) expect(verdict).toMatchObject({ ok: false, code: 'untrusted' });
  });

  it('are refused when signed with another secret', async () => {
    const forged = await new Tickets(theirs, clock, systemRandom).issue(subject);
    expect(await tickets.verify(forged)).toMatchObject({ ok: false, code: 'untrusted' });
  });

  it.each([{ row: -1 }, { row: 1.5 }, { row: '3' }, { revision: undefined }])(
    'are refused with claims that cannot be: %j',
    async (wrong) => {
      const claims = { sub: 'p1', game: 'g1', row: 3, revision: 1, jti: 'x', ...wrong };
      const token = await signAs({ alg: 'HS256', key: ours.internal, audience: 'waymark:ticket', claims });
      expect(await tickets.verify(token)).toMatchObject({ ok: false, code: 'malformed' });
    },
  );
});

describe('TokenCheck', () => {
  it('remembers a bounded number of tokens and never a refused one', async () => {
    let readCount = 0;
    const check = new TokenCheck({
      key: ours.internal,
      algorithms: ['HS256'],
      audience: 'x',
      what: 'token',
      rememberedMax: 2,
      clock,
      read: ({ sub }) => {
        readCount += 1;
        return sub;
      },
    });
    const sign = (sub: string): Promise<string> =>
      signAs({ alg: 'HS256', key: ours.internal, audience: 'x', claims: { sub } });
    const [a, b, c] = [await sign('a'), await sign('b'), await sign('c')];
    for (const token of [a, b, c]) await check.verify(token);
    for (let attempt = 0; attempt < 10; attempt++) await check.verify(`${a}${attempt}`);
    expect(readCount).toBe(3);
    expect(check.verify(c)).not.toBeInstanceOf(Promise);
    expect(check.verify(b)).not.toBeInstanceOf(Promise);
    expect(check.verify(a)).toBeInstanceOf(Promise);
  });
});

interface Forgery {
  readonly alg: string;
  readonly key: CryptoKey | Uint8Array;
  readonly audience: string;
  readonly issuer?: string;
  readonly noEnd?: boolean;
  readonly claims?: Record<string, unknown>;
}

function signAs(forgery: Forgery): Promise<string> {
  const token = new SignJWT(forgery.claims ?? { sub: 'ann', scope: 'quests:write' })
    .setProtectedHeader({ alg: forgery.alg })
    .setIssuer(forgery.issuer ?? TOKEN_ISSUER)
    .setAudience(forgery.audience);
  if (forgery.noEnd !== true) token.setExpirationTime(START_MS / 1000 + 60);
  return token.sign(forgery.key);
}
