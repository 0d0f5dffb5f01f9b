import type { RecordedEvent } from '../event-store.ts';

/**
 * Which ids a stream holds, up to a revision. With it an append can be checked for a repeat before it is made, and made with exactly that
 * revision: the server then refuses it when the stream holds anything that was not looked at. It is learnt by reading streams from their
 * beginning, which whoever decides on them does anyway, and bounded by forgetting the streams that were asked for longest ago.
 */
export interface KnownStream {
  /** -1n while it holds nothing. */
  last: bigint;
  lastPosition: bigint;
  readonly revisions: Map<string, bigint>;
}

/** An id costs about 120 bytes: 30 MB in all. A longer stream is still known whole, while it is in use. */
const IDS_MAX = 250_000;
/** What an entry of the table costs, in ids. */
const STREAM_COST = 4;

export class KnownStreams {
  private readonly streams = new Map<string, KnownStream>();
  private readonly idsMax: number;
  private cost = 0;

  constructor(idsMax = IDS_MAX) {
    this.idsMax = idsMax;
  }

  get(stream: string): KnownStream | undefined {
    const known = this.streams.get(stream);
    if (known === undefined) return undefined;
    // The newest are at the end of a Map.
    this.streams.delete(stream);
    this.streams.set(stream, known);
    return known;
  }

  /** Takes what a read forwards from `from` has given. Nothing is learnt where something would be missing before it. */
  learn(stream: string, from: bigint, events: readonly RecordedEvent[]): void {
    const known = this.get(stream) ?? (from === 0n ? this.begin(stream) : undefined);
    if (known === undefined || from > known.last + 1n) return;
    for (const { id, position, revision } of events) {
      if (revision <= known.last) continue;
      known.revisions.set(id, revision);
      known.last = revision;
      known.lastPosition = position;
      this.cost += 1;
    }
    this.forgetOldest();
  }

  private begin(stream: string): KnownStream {
    const known = { last: -1n, lastPosition: -1n, revisions: new Map<string, bigint>() };
    this.streams.set(stream, known);
    this.cost += STREAM_COST;
    return known;
  }

  private forgetOldest(): void {
    for (const [stream, known] of this.streams) {
      if (this.cost <= this.idsMax || this.streams.size === 1) return;
      this.streams.delete(stream);
      this.cost -= STREAM_COST + known.revisions.size;
    }
  }
}
