import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';

/**
 * The log of the EventStoreDB test server: streams, one global order, and the server's own answers to repeated appends, which are weaker than
 * those of our port. With a file it is kept over a kill: each append is one line, written before it is answered; a torn last line is dropped.
 *
 * Repeats (IndexWriter.CheckCommit of the server): 'any' and 'stream_exists' look only in a bounded cache of recent ids; a revision, or
 * 'no_stream', compares the ids at exactly those revisions, for ever. What the events say is compared in no case.
 */
export interface ServerEvent {
  readonly stream: string;
  readonly revision: bigint;
  /** Where it begins in the log, in bytes: strictly increasing, never contiguous. */
  readonly position: bigint;
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Buffer;
  readonly metadata: Buffer;
  /** 100 ns since the Unix epoch, as text: so the server gives it. */
  readonly created: string;
}

export interface ProposedEvent {
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Buffer;
  readonly metadata: Buffer;
}

export type ServerExpectation = bigint | 'any' | 'no_stream' | 'stream_exists';

export type CommitCheck =
  | { readonly kind: 'ok' }
  | { readonly kind: 'idempotent'; readonly revision: bigint }
  | { readonly kind: 'wrong'; readonly current: bigint | 'no_stream' }
  | { readonly kind: 'deleted' };

export interface ServerLogOptions {
  readonly file?: string | undefined;
  /** Ids that 'any' still knows. The server's cache holds 8 MiB. */
  readonly idsCachedMax?: number | undefined;
}

/** What a record costs beside its data: any number that makes gaps. */
const RECORD_OVERHEAD_BYTES = 147n;

export class ServerLog {
  readonly all: ServerEvent[] = [];
  private readonly streams = new Map<string, ServerEvent[]>();
  /** Streams that were deleted, and the revision they go on at; null where they are deleted for ever. */
  private readonly deleted = new Map<string, bigint | null>();
  private readonly recentIds = new Map<string, ServerEvent>();
  private readonly idsCachedMax: number;
  private readonly fd: number | undefined;
  private end = 1_031n;
  private watchers = new Set<() => void>();

  constructor({ file, idsCachedMax = 1_000 }: ServerLogOptions) {
    this.idsCachedMax = idsCachedMax;
    if (file !== undefined) {
      const wholeBytes = existsSync(file) ? this.load(readFileSync(file, 'utf8')) : 0;
      this.fd = openSync(file, existsSync(file) ? 'r+' : 'w+');
      ftruncateSync(this.fd, wholeBytes);
      this.fileBytes = wholeBytes;
    }
    // What a server of its own has in every log before and among the events of others.
    if (this.all.length === 0) this.write('$users', [systemEvent('$UserCreated')]);
    this.write('$stats-127.0.0.1:2113', [systemEvent('$statsCollected')]);
  }

  private fileBytes = 0;

  stream(name: string): readonly ServerEvent[] | 'not_found' | 'deleted' {
    const from = this.deleted.get(name);
    if (from === null) return 'deleted';
    const held = this.streams.get(name);
    if (held === undefined) return 'not_found';
    const visible = from === undefined ? held : held.filter((event) => event.revision >= from);
    return visible.length === 0 ? 'not_found' : visible;
  }

  /** What the server makes of an append, before it writes. */
  check(stream: string, expected: ServerExpectation, ids: readonly string[]): CommitCheck {
    if (this.deleted.get(stream) === null) return { kind: 'deleted' };
    const held = this.streams.get(stream) ?? [];
    const current = BigInt(held.length) - 1n;
    const wrong = { kind: 'wrong', current: current < 0n ? 'no_stream' : current } as const;
    if (expected === 'any' || expected === 'stream_exists') {
      const known = ids.map((id) => this.recentIds.get(`${stream} ${id}`));
      if (ids.length > 0 && known[0] !== undefined) {
        return known.every((event) => event !== undefined)
          ? { kind: 'idempotent', revision: known.at(-1)!.revision }
          : wrong;
      }
      return expected === 'stream_exists' && current < 0n ? wrong : { kind: 'ok' };
    }
    const at = expected === 'no_stream' ? -1n : expected;
    if (at > current) return wrong;
    if (at === current) return { kind: 'ok' };
    if (at === -1n && this.stream(stream) === 'not_found') return { kind: 'ok' };
    const areThere = ids.every((id, index) => held[Number(at) + 1 + index]?.id === id);
    return areThere && ids.length > 0 ? { kind: 'idempotent', revision: at + BigInt(ids.length) } : wrong;
  }

  /** The last of what was written. */
  write(stream: string, events: readonly ProposedEvent[]): ServerEvent {
    const held = this.streams.get(stream) ?? [];
    const created = `${BigInt(Date.now()) * 10_000n + 3n}`;
    let end = this.end;
    const written = events.map((event, index) => {
      const position = end;
      end += RECORD_OVERHEAD_BYTES + BigInt(event.data.length + event.metadata.length);
      return { ...event, stream, revision: BigInt(held.length + index), position, created };
    });
    this.keep(written);
    this.add(written, end);
    for (const watcher of this.watchers) watcher();
    return written.at(-1)!;
  }

  /** Soft: its events cannot be read any more, and the next goes on at the next revision. Hard (a tombstone): for ever. */
  delete(stream: string, isHard: boolean): ServerEvent {
    const next = BigInt(this.streams.get(stream)?.length ?? 0);
    const marker = isHard
      ? this.write(stream, [systemEvent('$streamDeleted')])
      : this.write(`$$${stream}`, [systemEvent('$metadata', JSON.stringify({ $tb: next.toString() }))]);
    this.noteDeletion(marker);
    return marker;
  }

  at(stream: string, revision: bigint): ServerEvent | undefined {
    return this.streams.get(stream)?.[Number(revision)];
  }

  /** Index of the first event at or after `position`. */
  indexOf(position: bigint): number {
    let low = 0;
    let high = this.all.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.all[middle]!.position < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Calls `watcher` after each write, until the function given back is called. */
  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  forgetRecentIds(): void {
    this.recentIds.clear();
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
  }

  private add(written: readonly ServerEvent[], end: bigint): void {
    this.end = end;
    for (const event of written) {
      const held = this.streams.get(event.stream) ?? [];
      if (held.length === 0) this.streams.set(event.stream, held);
      held.push(event);
      this.all.push(event);
      this.noteDeletion(event);
      this.recentIds.set(`${event.stream} ${event.id}`, event);
      if (this.recentIds.size > this.idsCachedMax) this.recentIds.delete(this.recentIds.keys().next().value!);
    }
  }

  private noteDeletion(event: ServerEvent): void {
    if (event.type === '$streamDeleted') this.deleted.set(event.stream, null);
    if (event.type !== '$metadata' || !event.stream.startsWith('$$')) return;
    const { $tb } = JSON.parse(event.data.toString()) as { readonly $tb?: string };
    if ($tb !== undefined) this.deleted.set(event.stream.slice(2), BigInt($tb));
  }

  private keep(written: readonly ServerEvent[]): void {
    if (this.fd === undefined) return;
    const rows = written.map((event) => ({
      ...event,
      revision: `${event.revision}`,
      position: `${event.position}`,
      data: event.data.toString('base64'),
      metadata: event.metadata.toString('base64'),
    }));
    const line = Buffer.from(`${JSON.stringify(rows)}\n`);
    writeSync(this.fd, line, 0, line.length, this.fileBytes);
    this.fileBytes += line.length;
  }

  /** Bytes of the file that are whole lines. */
  private load(text: string): number {
    const wholeChars = text.lastIndexOf('\n') + 1;
    for (const line of text.slice(0, wholeChars).split('\n').slice(0, -1)) {
      const rows = JSON.parse(line) as Record<keyof ServerEvent, string>[];
      const events = rows.map((row) => ({
        ...row,
        revision: BigInt(row.revision),
        position: BigInt(row.position),
        data: Buffer.from(row.data, 'base64'),
        metadata: Buffer.from(row.metadata, 'base64'),
      }));
      const last = events.at(-1)!;
      this.add(events, last.position + RECORD_OVERHEAD_BYTES + BigInt(last.data.length + last.metadata.length));
    }
    return Buffer.byteLength(text.slice(0, wholeChars));
  }
}

function systemEvent(type: string, data = '{}'): ProposedEvent {
  const contentType = 'application/json';
  return { id: crypto.randomUUID(), type, contentType, data: Buffer.from(data), metadata: Buffer.alloc(0) };
}
