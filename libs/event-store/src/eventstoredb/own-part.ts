import { STREAM_NAME_CHARS_MAX } from '@waymark/base';
import { createHash } from 'node:crypto';
import type {
  AppendOptions,
  AppendResult,
  EventStore,
  NewEvent,
  ReadStreamOptions,
  RecordedEvent,
  SubscriptionItem,
} from '../event-store.ts';

/**
 * A part of a shared log that looks like a log of its own: streams whose names begin with a prefix, from a position on. For the contract against a
 * real server, which has other streams, too.
 */
const NAME_CHARS_MAX = 150;
const PAGE_EVENTS = 500;

export class OwnPartOfLog implements EventStore {
  private readonly whole: EventStore;
  private readonly prefix: string;
  private readonly base: bigint;
  /** Names that were too long to stand behind the prefix, by what stands there. */
  private readonly longNames: Map<string, string>;

  constructor(
    whole: EventStore,
    part: { readonly prefix: string; readonly base: bigint; readonly longNames: Map<string, string> },
  ) {
    this.whole = whole;
    this.prefix = part.prefix;
    this.base = part.base;
    this.longNames = part.longNames;
  }

  get logId(): string {
    return this.whole.logId;
  }

  get positionsAreDense(): boolean {
    return this.whole.positionsAreDense;
  }

  async appendToStream(stream: string, events: readonly NewEvent[], options: AppendOptions): Promise<AppendResult> {
    return this.whole.appendToStream(this.inside(stream), events, options);
  }

  async readStream(stream: string, options?: ReadStreamOptions): Promise<readonly RecordedEvent[] | 'no_stream'> {
    const found = await this.whole.readStream(this.inside(stream), options);
    return found === 'no_stream' ? found : this.own(found);
  }

  async readAll({
    after,
    maxCount,
  }: {
    readonly after: bigint;
    readonly maxCount: number;
  }): Promise<readonly RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    let from = after < this.base ? this.base : after;
    while (events.length < maxCount) {
      const page = await this.whole.readAll({ after: from, maxCount: PAGE_EVENTS });
      events.push(...this.own(page));
      if (page.length < PAGE_EVENTS) break;
      from = page.at(-1)!.position;
    }
    return events.slice(0, maxCount);
  }

  async lastPosition(): Promise<bigint> {
    await this.whole.lastPosition();
    return (await this.readAll({ after: 0n, maxCount: Infinity })).at(-1)?.position ?? 0n;
  }

  async *subscribeToAll({
    after,
    signal,
  }: {
    readonly after: bigint;
    readonly signal: AbortSignal;
  }): AsyncGenerator<SubscriptionItem> {
    let position = after;
    const from = after < this.base ? this.base : after;
    for await (const item of this.whole.subscribeToAll({ after: from, signal })) {
      if (item.kind === 'caughtUp') yield { kind: 'caughtUp', position };
      else if (item.kind === 'lost') yield item;
      else {
        const [event] = this.own([item.event]);
        if (event === undefined) continue;
        position = event.position;
        yield { kind: 'event', event };
      }
    }
  }

  onCommitted(listener: (events: readonly RecordedEvent[]) => void): () => void {
    return this.whole.onCommitted((events) => {
      const own = this.own(events);
      if (own.length > 0) listener(own);
    });
  }

  close(): Promise<void> {
    return this.whole.close();
  }

  private inside(stream: string): string {
    // What is no name at all is refused as it is.
    if (typeof stream !== 'string' || stream.length === 0 || stream.length > STREAM_NAME_CHARS_MAX) return stream;
    if (stream.length <= NAME_CHARS_MAX) return this.prefix + stream;
    const short = `long-${createHash('sha256').update(stream).digest('hex')}`;
    this.longNames.set(short, stream);
    return this.prefix + short;
  }

  private own(events: readonly RecordedEvent[]): RecordedEvent[] {
    return events.flatMap((event) => {
      if (!event.stream.startsWith(this.prefix)) return [];
      const name = event.stream.slice(this.prefix.length);
      return [{ ...event, stream: this.longNames.get(name) ?? name }];
    });
  }
}
