/**
 * Keys and authors' tokens for a deployment whose processes share no data directory (WAYMARK_KEYS_DIR; docs/operations.md):
 *
 *   npm run keys -- make DIR
 *   npm run keys -- token DIR --subject ann --scopes "quests:write games:operate" --days 30
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  AuthorTokens,
  KeyringError,
  makeAuthorKey,
  makeInternalKey,
  NO_GIVEN_KEYS,
  openKeyring,
  SCOPES,
  systemClock,
  type Scope,
} from '@waymark/platform';

const HELP = `npm run keys -- make DIR
    writes author.jwk (signs and checks authors' tokens) and internal.jwk (tickets, sessions) into DIR, mode 0600; never over a file that is there
npm run keys -- token DIR --subject NAME [--scopes "${SCOPES.join(' ')}"] [--days 30]
    prints a token of the author NAME, signed with DIR/author.jwk
`;
const DAYS_MAX = 3_650;
const SECONDS_A_DAY = 86_400;

class UsageError extends Error {}

async function main(args: readonly string[]): Promise<void> {
  const { positionals, values } = parsed(args);
  const [verb, dir, ...rest] = positionals;
  if (values.help === true || verb === undefined) return void process.stdout.write(HELP);
  if (dir === undefined || rest.length > 0 || (verb !== 'make' && verb !== 'token')) {
    throw new UsageError('say make or token, and one directory');
  }
  if (verb === 'make') return make(dir);
  process.stdout.write(`${await token(dir, values)}\n`);
}

async function make(dir: string): Promise<void> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const files = { 'author.jwk': await makeAuthorKey(), 'internal.jwk': await makeInternalKey() };
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(dir, name), `${text}\n`, { mode: 0o600, flag: 'wx' });
    process.stdout.write(`${join(dir, name)}\n`);
  }
}

async function token(dir: string, values: ReturnType<typeof parsed>['values']): Promise<string> {
  const { days, scopes, subject } = values;
  if (subject === undefined || subject === '' || subject.length > 128)
    throw new UsageError('--subject names the author, in at most 128 characters');
  const wanted = scopes.split(' ').filter(Boolean);
  const unknown = wanted.find((scope) => !SCOPES.includes(scope as Scope));
  if (unknown !== undefined) throw new UsageError(`there is no scope ${unknown}; there are ${SCOPES.join(', ')}`);
  if (!/^\d{1,4}$/.test(days) || Number(days) < 1 || Number(days) > DAYS_MAX)
    throw new UsageError(`--days must be a whole number from 1 to ${DAYS_MAX}`);
  const keyring = await openKeyring(dir, { ...NO_GIVEN_KEYS, dir });
  if (keyring.authorPrivate === null)
    throw new UsageError(`${join(dir, 'author.jwk')} is a public key: it signs nothing`);
  return new AuthorTokens(keyring, systemClock).issue(subject, wanted as Scope[], Number(days) * SECONDS_A_DAY);
}

function parsed(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean' },
      subject: { type: 'string' },
      scopes: { type: 'string', default: SCOPES.join(' ') },
      days: { type: 'string', default: '30' },
    },
  });
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  const isUsage = error instanceof UsageError || (code ?? '').startsWith('ERR_PARSE_ARGS');
  const isExpected = isUsage || error instanceof KeyringError || code === 'EEXIST' || code === 'EACCES';
  process.stderr.write(isExpected ? `${message}\n${isUsage ? HELP : ''}` : `${(error as Error).stack}\n`);
  process.exitCode = isUsage ? 2 : 1;
}
