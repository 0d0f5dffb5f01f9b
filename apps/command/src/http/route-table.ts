import type { FastifyInstance } from 'fastify';

/** The routes that there are: tells "no such path" from "not with this method", and the API description what it has to describe. */
export class RouteTable {
  private readonly routes: { readonly method: string; readonly path: string; readonly pattern: RegExp }[] = [];

  /** Before any route is added. */
  watch(fastify: FastifyInstance): void {
    fastify.addHook('onRoute', ({ method, url }) => {
      const pattern = new RegExp(`^${url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+')}/?$`);
      for (const one of [method].flat()) this.routes.push({ method: one, path: url, pattern });
    });
  }

  /** Each route as "GET /games/:gameId", sorted; HEAD goes without saying. */
  list(): string[] {
    return this.routes
      .filter(({ method }) => method !== 'HEAD')
      .map(({ method, path }) => `${method} ${path}`)
      .sort();
  }

  /** Methods that the path of this address takes. */
  methodsAt(address: string): string[] {
    const [path = ''] = address.split('?');
    return [...new Set(this.routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))].sort();
  }
}
