import { needProgram, type DebianProgram } from './debian-program.ts';

/** For the tests of what runs over Redis. */
export const REDIS_SERVER: DebianProgram = {
  name: 'redis-server',
  debianPackage: 'redis-server',
  how:
    'redis-server comes with Redis 6.2 or newer: on Debian and Ubuntu "apt-get install redis-server", on macOS "brew install redis"; ' +
    'put it on the PATH.',
};

export const needRedis = (): string => needProgram(REDIS_SERVER);
