/** How proxies may write an address (RFC 9112, section 3.2.2). The router knows it too. */
const ABSOLUTE_FORM = /^https?:\/\/[^/?#]*/i;

/**
 * The routes that there are: tells "no such path" from "not with this method", and the API description what it has to describe. Filled by
 * Fastify's hook onRoute in the http-app.ts of both apps.
 */
export class RouteTable {
  private readonly routes: { readonly method: string; readonly path: string; readonly pattern: RegExp }[] = [];

  /** `path` as Fastify has it: /games/:gameId. */
  add(methods: string | readonly string[], path: string): void {
    const pattern = new RegExp(`^${path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+')}$`);
    for (const method of [methods].flat()) this.routes.push({ method, path, pattern });
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
    const [path = ''] = address.replace(ABSOLUTE_FORM, '').split('?');
    return [...new Set(this.routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))].sort();
  }
}
