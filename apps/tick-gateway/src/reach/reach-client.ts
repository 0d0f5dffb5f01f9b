import type { EpochMs, GameId, PlayerId, Random } from '@waymark/base';
import type { ServiceTokens } from '@waymark/platform';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';

/**
 * Sends `reach` to the command app, over HTTP like any other client, for players who have walked into a waypoint. The idempotency key
 * names player and waypoint, so that a retry after a lost answer, by this gateway or another, cannot score twice.
 * Bounded: past REACHES_UNDER_WAY_MAX a reach is given back as failed, and the player's next move asks again.
 */
export interface ReachRequest {
  readonly gameId: GameId;
  readonly playerId: PlayerId;
  readonly waypoint: number;
  readonly at: readonly [x: number, y: number, z: number];
  /** When the move arrived, epoch ms: becomes the event's sentAt. */
  readonly movedAt: EpochMs;
  /** The trace that the reach belongs to; the same for each attempt. */
  readonly traceparent: string;
}

export type ReachOutcome =
  | { readonly kind: 'reached' }
  /** The rules say no: asking again would not help. `slug` is the problem's type. */
  | { readonly kind: 'refused'; readonly slug: string; readonly detail: string }
  /** The command app could not be asked, or could not answer, in ATTEMPTS_MAX attempts. */
  | { readonly kind: 'failed'; readonly reason: string };

export const REACHES_UNDER_WAY_MAX = 4_096;
const CONNECTIONS_MAX = 32;
const ATTEMPTS_MAX = 6;
const BACKOFF_FIRST_MS = 50;
const BACKOFF_MAX_MS = 2_000;
const ANSWER_TIMEOUT_MS = 5_000;

export interface ReachClientParts {
  /** Base address of the command app. */
  readonly commandUrl: string;
  readonly tokens: Pick<ServiceTokens, 'current'>;
  readonly random: Random;
}

export class ReachClient {
  private readonly pool: Pool;
  /** Of the command app's address, without a slash at its end. */
  private readonly basePath: string;
  private readonly stopping = new AbortController();
  underWayCount = 0;
  readonly counts = { reached: 0, refused: 0, failed: 0, retried: 0 };

  constructor(private readonly parts: ReachClientParts) {
    const { origin, pathname } = new URL(parts.commandUrl);
    this.basePath = pathname.replace(/\/+$/, '');
    this.pool = new Pool(origin, {
      connections: CONNECTIONS_MAX,
      pipelining: 1,
      bodyTimeout: ANSWER_TIMEOUT_MS,
      headersTimeout: ANSWER_TIMEOUT_MS,
    });
  }

  async reach(request: ReachRequest): Promise<ReachOutcome> {
    if (this.underWayCount >= REACHES_UNDER_WAY_MAX)
      return this.counted({ kind: 'failed', reason: 'too many under way' });
    this.underWayCount += 1;
    try {
      return this.counted(await this.attempt(request));
    } finally {
      this.underWayCount -= 1;
    }
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await this.pool.destroy();
  }

  private async attempt(request: ReachRequest): Promise<ReachOutcome> {
    for (let attempt = 1; ; attempt++) {
      if (this.stopping.signal.aborted) return { kind: 'failed', reason: 'the gateway is stopping' };
      const answer = await this.ask(request).catch((error: Error) => error.message);
      if (typeof answer !== 'string') return answer;
      if (attempt === ATTEMPTS_MAX) return { kind: 'failed', reason: answer };
      this.counts.retried += 1;
      await this.backOff(attempt);
    }
  }

  private async backOff(attempt: number): Promise<void> {
    const longestMs = Math.min(BACKOFF_FIRST_MS * 2 ** (attempt - 1), BACKOFF_MAX_MS);
    const backoffMs = longestMs * (0.5 + this.parts.random.fraction() / 2);
    await sleep(backoffMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }

  /** The outcome, or a sentence why it is worth asking again. */
  private async ask({
    gameId,
    playerId,
    waypoint,
    at,
    movedAt,
    traceparent,
  }: ReachRequest): Promise<ReachOutcome | string> {
    const { statusCode, body } = await this.pool.request({
      method: 'POST',
      path: `${this.basePath}/games/${gameId}/players/${playerId}/reach`,
      headers: {
        authorization: `Bearer ${await this.parts.tokens.current('gateway')}`,
        'content-type': 'application/json',
        'idempotency-key': `reach:${playerId}:${waypoint}`,
        'waymark-sent-at': String(movedAt),
        traceparent,
      },
      body: `{"waypoint":${waypoint},"at":[${at[0]},${at[1]},${at[2]}]}`,
    });
    const text = await body.text();
    if (statusCode === 200) return { kind: 'reached' };
    if (statusCode >= 500 || statusCode === 429) return `the command app answered ${statusCode}`;
    // Our own token is not believed: nothing that the player did.
    if (statusCode === 401 || statusCode === 403)
      return { kind: 'failed', reason: `the command app answered ${statusCode}` };
    return { kind: 'refused', ...readProblem(text, statusCode) };
  }

  private counted(outcome: ReachOutcome): ReachOutcome {
    this.counts[outcome.kind] += 1;
    return outcome;
  }
}

function readProblem(text: string, statusCode: number): { slug: string; detail: string } {
  try {
    const { type, detail } = JSON.parse(text) as { type?: unknown; detail?: unknown };
    if (typeof type === 'string') return { slug: type.split('/').at(-1)!, detail: String(detail ?? type) };
  } catch {
    // Not a problem document: a proxy in between, perhaps. The status says enough.
  }
  return { slug: `status-${statusCode}`, detail: `the command app answered ${statusCode}` };
}
