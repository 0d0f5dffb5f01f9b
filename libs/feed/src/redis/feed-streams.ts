import type { EventMetadata, RecordedEvent } from '@waymark/event-store';

/**
 * How the log lies in Redis: names of the streams, which event goes where, and what an entry says (docs/adr/0008-the-feed-in-redis.md, rules
 * F1 to F4). Written by the relay, read by the feed; both must be of the same version and number of partitions, which the names hold.
 *
 *   stream  waymark:{partition}:feed:v1.LOG.PARTITIONS   id = position-0, one field `e` = entry
 *   entry   before SP logBefore SP revision SP created SP id LF stream (JSON) LF type (JSON) LF metadata (JSON) LF data
 *   mark    waymark:{mark}:feed:v1.LOG.PARTITIONS        field `m` = position
 */
export interface FeedKeys {
  readonly partitions: readonly string[];
  readonly mark: string;
}

/** An event on its way, and what its relay knew to lie before it. */
export interface FeedEntry {
  readonly event: RecordedEvent;
  /** Nothing of its partition lies between this position and the event. */
  readonly before: bigint;
  /** Nothing of the log lies between this position and the event. */
  readonly logBefore: bigint;
}

export function feedKeys(logId: string, partitionCount: number): FeedKeys {
  const epoch = `v1.${logId}.${partitionCount}`;
  return {
    partitions: Array.from({ length: partitionCount }, (_, partition) => `waymark:{${partition}}:feed:${epoch}`),
    mark: `waymark:{mark}:feed:${epoch}`,
  };
}

/** FNV-1a of the stream's name. */
export function partitionOf(stream: string, partitionCount: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < stream.length; index++) {
    hash = Math.imul(hash ^ stream.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % partitionCount;
}

export function encodeEntry(event: RecordedEvent, before: bigint, logBefore: bigint): string {
  const { created, data, id, metadata, revision, stream, type } = event;
  return `${before} ${logBefore} ${revision} ${created} ${id}\n${JSON.stringify(stream)}\n${JSON.stringify(type)}\n${JSON.stringify(metadata)}\n${data}`;
}

/** Null for what no relay can have written: it is worth as much as a hole. */
export function decodeEntry(id: string, text: string): FeedEntry | null {
  try {
    return decode(id, text);
  } catch {
    return null;
  }
}

function decode(id: string, text: string): FeedEntry | null {
  const headEnd = text.indexOf('\n');
  const streamEnd = text.indexOf('\n', headEnd + 1);
  const typeEnd = text.indexOf('\n', streamEnd + 1);
  const metadataEnd = text.indexOf('\n', typeEnd + 1);
  const head = text.slice(0, headEnd).split(' ');
  if (!id.endsWith('-0') || head.length !== 5 || headEnd < 0 || streamEnd < 0 || typeEnd < 0 || metadataEnd < 0)
    return null;
  const event: RecordedEvent = {
    stream: JSON.parse(text.slice(headEnd + 1, streamEnd)) as string,
    revision: BigInt(head[2]!),
    position: positionOf(id),
    created: Number(head[3]),
    id: head[4]!,
    type: JSON.parse(text.slice(streamEnd + 1, typeEnd)) as string,
    data: text.slice(metadataEnd + 1),
    metadata: JSON.parse(text.slice(typeEnd + 1, metadataEnd)) as EventMetadata,
  };
  return { event, before: BigInt(head[0]!), logBefore: BigInt(head[1]!) };
}

export const positionOf = (id: string): bigint => BigInt(id.slice(0, id.indexOf('-')));
