/**
 * Who may import whom: the one table behind the boundary check (check.ts) and the picture in ARCHITECTURE.md (picture.ts).
 * Type imports count. Tests may import @waymark/testing and anything from npm; what is built may not.
 */
export interface PackageRule {
  /** Folder under the root. */
  readonly path: string;
  /** Packages of this repository that it may import, by name without the scope. */
  readonly imports: readonly string[];
  /** npm packages that it may import. */
  readonly npm: readonly string[];
  /** Whether it may use Node's own modules. */
  readonly node: boolean;
}

export const PACKAGES: readonly PackageRule[] = [
  { path: 'libs/base', imports: [], npm: [], node: false },
  { path: 'libs/domain', imports: ['base'], npm: [], node: false },
  { path: 'libs/quest', imports: ['base', 'domain'], npm: [], node: false },
  { path: 'libs/protocol', imports: ['base'], npm: [], node: false },
  { path: 'libs/event-store', imports: ['base'], npm: ['@eventstore/db-client'], node: true },
  { path: 'libs/feed', imports: ['base', 'event-store'], npm: ['ioredis'], node: true },
  { path: 'libs/tick-engine', imports: ['base', 'domain', 'protocol', 'quest'], npm: [], node: false },
  { path: 'libs/client', imports: ['base', 'protocol'], npm: [], node: false },
  {
    path: 'libs/platform',
    imports: ['base'],
    npm: ['@opentelemetry/*', 'ioredis', 'jose', 'lru-cache', 'picocolors', 'pino', 'prom-client'],
    node: true,
  },
  {
    path: 'libs/testing',
    imports: ['base', 'client', 'domain', 'event-store', 'feed', 'platform', 'protocol', 'quest', 'tick-engine'],
    npm: ['@eventstore/db-client', '@grpc/grpc-js', 'google-protobuf', 'ws'],
    node: true,
  },
  {
    path: 'apps/command',
    imports: ['base', 'domain', 'event-store', 'feed', 'platform', 'quest'],
    npm: ['@nestjs/*', 'fastify', 'class-validator', 'lru-cache', 'reflect-metadata'],
    node: true,
  },
  {
    path: 'apps/tick-gateway',
    imports: ['base', 'domain', 'event-store', 'feed', 'platform', 'protocol', 'quest', 'tick-engine'],
    npm: ['@nestjs/*', 'fastify', 'reflect-metadata', 'undici', 'ws'],
    node: true,
  },
];

/** The data plane: what runs inside a tick. It may not reach these, not even through others. */
export const HOT_PATHS = ['libs/tick-engine/src', 'apps/tick-gateway/src/hot'];
export const HOT_UNREACHABLE = [
  '@eventstore/db-client',
  '@nestjs/*',
  '@opentelemetry/*',
  'rxjs',
  'pino',
  'prom-client',
  'fastify',
  'class-validator',
];
