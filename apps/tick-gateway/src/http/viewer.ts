import { Problem, type AuthorTokens } from '@waymark/platform';

/** Who reads: what an `Authorization` header proves. Reading needs no token; some fields and the waypoints themselves need the owner's. */
export class Viewers {
  constructor(private readonly authors: AuthorTokens) {}

  /** Subject of the author's token, or null when none was sent. A token that does not hold is refused rather than passed over. */
  async subject(authorization: string | undefined): Promise<string | null> {
    if (authorization === undefined) return null;
    const [scheme, token = ''] = authorization.split(' ', 2);
    if (scheme?.toLowerCase() !== 'bearer')
      throw new Problem('unauthenticated', 'the scheme of Authorization is Bearer');
    const verdict = await this.authors.verify(token);
    if (verdict.ok) return verdict.author.subject;
    throw new Problem(verdict.code === 'expired' ? 'token-expired' : 'unauthenticated', verdict.detail);
  }

  /** As `subject`, for what only `ownerId` may read. */
  async require(authorization: string | undefined, ownerId: string): Promise<void> {
    const subject = await this.subject(authorization);
    if (subject === null) throw new Problem('unauthenticated', 'this needs the token of its author');
    if (subject !== ownerId) throw new Problem('forbidden', 'it belongs to another author');
  }
}
