/**
 * When what waits for the writer thread is sent to it. Each message costs the same whether it carries one append or ten: two threads woken, a transaction, an fsync, a ring
 * of the bell, a turn of every gateway's event loop. So while appends are many, they are sent a pace apart and share that; while they are few, each goes at once.
 * What it saves and costs is in docs/performance.md ("Appends in step"). Owned by the writer client.
 */
export const PACE_MS = 1;
/** More appends than this in as many paces are many: over 1,000 a second. Who sends one after the other, each when the last is answered, mostly stays below. */
const MANY = 8;

export class SendPace {
  /** Times of the last appends, ms, the oldest at `oldest`. */
  private readonly times = new Float64Array(MANY).fill(-Infinity);
  private oldest = 0;
  private sentAt = -Infinity;

  /** Whether an append that is asked for now goes at once; if not, it goes when the pace is over. Times are of one clock, ms. */
  mayGo(now: number): boolean {
    return now - this.sentAt >= PACE_MS || now - this.times[this.oldest]! > MANY * PACE_MS;
  }

  /** An append was asked for: each is told, after the question about it. */
  asked(now: number): void {
    this.times[this.oldest] = now;
    this.oldest = (this.oldest + 1) % MANY;
  }

  /** A message has gone. */
  sent(now: number): void {
    this.sentAt = now;
  }
}
