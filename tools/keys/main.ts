/**
 * Keys and authors' tokens for a deployment whose processes share no data directory (WAYMARK_KEYS_DIR; docs/operations.md):
 *
 *   npm run keys -- make DIR
 *   npm run keys -- token DIR --subject ann --scopes "quests:write games:operate" --days 30
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
import { asksForHelp, CommandLineError, parseCommandLine } from '../command-line/command-line.ts';

const HELP = `npm run keys -- make DIR
    writes author.jwk (signs and checks authors' tokens) and internal.jwk (tickets, sessions) into DIR, mode 0600; never over a file that is there
npm run keys -- token DIR --subject NAME [--scopes "${SCOPES.join(' ')}"] [--days 30]
    prints a token of the author NAME, signed with DIR/author.jwk

Exit codes: 0 done, 1 it cannot be done, 2 the arguments are wrong.
`;
const DAYS_MAX = 3_650;
const SECONDS_A_DAY = 86_400;
const OPTIONS = {
  subject: { type: 'string' },
  scopes: { type: 'string', default: SCOPES.join(' ') },
  days: { type: 'string', default: '30' },
} as const;
type Values = ReturnType<typeof parseCommandLine<typeof OPTIONS>>['values'];

async function main(args: readonly string[]): Promise<void> {
  if (args.length === 0 || asksForHelp(args, OPTIONS)) return void process.stdout.write(HELP);
  const { positionals, values } = parseCommandLine(args, OPTIONS, { positionals: true });
  const [verb, dir, ...rest] = positionals;
  if (dir === undefined || rest.length > 0 || (verb !== 'make' && verb !== 'token')) {
    throw new CommandLineError(
      `say make or token, and one directory, not ${JSON.stringify(positionals.join(' '))}; --help tells more`,
    );
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

async function token(dir: string, values: Values): Promise<string> {
  const { days, scopes, subject } = values;
  if (subject === undefined || subject === '' || subject.length > 128)
    throw new CommandLineError('--subject names the author, in at most 128 characters');
  const wanted = scopes.split(' ').filter(Boolean);
  const unknown = wanted.find((scope) => !SCOPES.includes(scope as Scope));
  if (unknown !== undefined) throw new CommandLineError(`there is no scope ${unknown}; there are ${SCOPES.join(', ')}`);
  if (!/^\d{1,4}$/.test(days) || Number(days) < 1 || Number(days) > DAYS_MAX)
    throw new CommandLineError(`--days must be a whole number from 1 to ${DAYS_MAX}`);
  const keyring = await openKeyring(dir, { ...NO_GIVEN_KEYS, dir });
  if (keyring.authorPrivate === null)
    throw new CommandLineError(`${join(dir, 'author.jwk')} is a public key: it signs nothing`);
  return new AuthorTokens(keyring, systemClock).issue(subject, wanted as Scope[], Number(days) * SECONDS_A_DAY);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  const isUsage = error instanceof CommandLineError;
  const isExpected = isUsage || error instanceof KeyringError || code === 'EEXIST' || code === 'EACCES';
  process.stderr.write(isExpected ? `${message}\n` : `${(error as Error).stack}\n`);
  process.exitCode = isUsage ? 2 : 1;
}
