import { epochMs, TICKET_SECONDS } from '@waymark/base';
import {
  AuthorTokens,
  createMemoryTicketLedger,
  openKeyring,
  Sessions,
  systemRandom,
  Tickets,
} from '@waymark/platform';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identifyPlayer, useUp, type CredentialParts } from './credentials.ts';

/** HS4 over the end of a process: what another one let in, this one cannot know, and does not let in again. */
const BORN_AT = 1_795_435_200_300;
let keysDir: string;
let parts: CredentialParts;
let now = BORN_AT;

beforeAll(async () => {
  keysDir = await mkdtemp(join(tmpdir(), 'waymark-keys-'));
  const keyring = await openKeyring(keysDir);
  const clock = { now: () => epochMs(now) };
  parts = {
    tickets: new Tickets(keyring, clock, systemRandom),
    sessions: new Sessions(keyring, clock),
    authors: new AuthorTokens(keyring, clock),
    ledger: createMemoryTicketLedger(clock),
    bornAt: BORN_AT,
  };
});
afterAll(() => rm(keysDir, { recursive: true }));

const issuedAt = (time: number): Promise<string> => {
  now = time;
  return parts.tickets.issue({ gameId: 'g', playerId: 'ada', row: 0, revision: 7 });
};

it('a ticket opens one connection, and is not used up before that', async () => {
  const credential = { kind: 'ticket', token: await issuedAt(BORN_AT + 5_000) } as const;
  const first = await identifyPlayer(credential, parts);
  const second = await identifyPlayer(credential, parts);
  expect(first).toMatchObject({ kind: 'player', gameId: 'g', playerId: 'ada', revision: 7, sessionId: null });
  await useUp(first, parts);
  await expect(useUp(second, parts)).rejects.toMatchObject({ close: 'ticketExpired' });
});

it.each([1, 500, 20_000])(
  'a ticket from %d ms before this process began is refused as used, whatever is left of it',
  async (ageMs) => {
    const token = await issuedAt(BORN_AT - ageMs);
    now = BORN_AT + 1;
    await expect(identifyPlayer({ kind: 'ticket', token }, parts)).rejects.toMatchObject({ close: 'ticketExpired' });
  },
);

it('a ticket that is surely younger than the process is good, to its last second', async () => {
  const token = await issuedAt(BORN_AT + 1_000);
  now = BORN_AT + TICKET_SECONDS * 1_000;
  expect(await identifyPlayer({ kind: 'ticket', token }, parts)).toMatchObject({ playerId: 'ada' });
});

it('a session outlives the process that made it', async () => {
  now = BORN_AT - 3_600_000;
  const token = await parts.sessions.issue({ gameId: 'g', playerId: 'ada', row: 0, sessionId: 's' });
  now = BORN_AT;
  const identity = await identifyPlayer({ kind: 'session', token }, parts);
  expect(identity).toMatchObject({ sessionId: 's', revision: 0 });
  for (let i = 0; i < 2; i++) await useUp(identity, parts);
});
