/**
 * Makes what the containers of docker-compose.yml must know and nobody else, on the first start; later ones change nothing. Run in the image, as the
 * service `secrets`. Each container mounts its own folder only. Groups may read: the servers of others run as users of their own.
 *
 *   node tools/containers/make-secrets.ts FOLDER
 *
 * keys/author.jwk, keys/internal.jwk  of Waymark's apps (WAYMARK_KEYS_DIR)
 * apps/redis-url                      for REDIS_URL_FILE
 * redis/redis.conf                    the password of the same
 * grafana/admin-password              of Grafana's user admin
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeAuthorKey, makeInternalKey } from '@waymark/platform';
import { CommandLineError, ownCommandLine } from '../command-line/command-line.ts';

const PASSWORD_BYTES = 24;
const REDIS = 'redis:6379';

const HELP = `node tools/containers/make-secrets.ts FOLDER

  Makes keys and passwords for the containers of docker-compose.yml in FOLDER; what is there already stays.

Exit codes: 0 all are there, 1 they cannot be made, 2 the arguments are wrong.
`;

const root = ownCommandLine({
  help: HELP,
  options: {},
  positionals: true,
  read({ positionals: [folder, more] }) {
    if (folder === undefined || folder === '') throw new CommandLineError('say which folder the secrets go to');
    if (more !== undefined) throw new CommandLineError(`one folder, and not ${more} as well; --help tells more`);
    return folder;
  },
});
for (const folder of ['keys', 'apps', 'redis', 'grafana'])
  mkdirSync(join(root, folder), { recursive: true, mode: 0o750 });

await once('keys/author.jwk', makeAuthorKey);
await once('keys/internal.jwk', makeInternalKey);
await once('grafana/admin-password', password);
await once('redis/redis.conf', () => `requirepass ${password()}`);
// From the one that Redis is started with, so that the two agree also when an earlier run ended between them.
const [, redisPassword] = /^requirepass (\S+)$/m.exec(readFileSync(join(root, 'redis/redis.conf'), 'utf8')) ?? [];
await once('apps/redis-url', () => `redis://:${redisPassword}@${REDIS}`);

function password(): string {
  return randomBytes(PASSWORD_BYTES).toString('base64url');
}

/** Under its name only when it is whole. */
async function once(name: string, make: () => string | Promise<string>): Promise<void> {
  const path = join(root!, name);
  if (existsSync(path)) return;
  writeFileSync(`${path}.part`, `${await make()}\n`, { mode: 0o640 });
  renameSync(`${path}.part`, path);
  console.log(`made ${path}`);
}
