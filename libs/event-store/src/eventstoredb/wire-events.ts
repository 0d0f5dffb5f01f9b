import { binaryEvent, jsonEvent } from '@eventstore/db-client';
import type { EventData, RecordedEvent as ClientEvent } from '@eventstore/db-client';
import type { EventMetadata, NewEvent, RecordedEvent } from '../event-store.ts';

/**
 * Between our events and the client's. Data goes in as JSON where JSON.parse and JSON.stringify give the same text back, which the client puts it
 * through, and as bytes elsewhere: so every text comes back as it was, and what our apps write can be read in EventStoreDB's own pages.
 * Names beginning with $ belong to the server; a stream of ours that has such a name gets a % in front.
 */

/** The stream that holds the id of the log; see log-identity.ts. */
export const LOG_STREAM = 'waymark-log';

export const serverStream = (name: string): string => (/^[$%]/.test(name) || name === LOG_STREAM ? `%${name}` : name);

const ownStream = (name: string): string => (name.startsWith('%') ? name.slice(1) : name);

/** Whether an event of the log is one of ours: not the server's own, and not the log's id. */
export function isOurs({ streamId, type }: { readonly streamId: string; readonly type: string }): boolean {
  return !streamId.startsWith('$') && !type.startsWith('$') && streamId !== LOG_STREAM;
}

export function toClientEvent({ data, id, metadata, type }: NewEvent): EventData {
  const parsed = JSON.parse(data) as never;
  const facts = { id, type, metadata: metadata as never };
  return JSON.stringify(parsed) === data
    ? jsonEvent({ ...facts, data: parsed })
    : binaryEvent({ ...facts, data: Buffer.from(data) });
}

export function toRecordedEvent(event: ClientEvent): RecordedEvent {
  return {
    id: event.id,
    type: event.type,
    data: event.isJson ? JSON.stringify(event.data) : Buffer.from(event.data as Uint8Array).toString(),
    metadata: event.metadata as unknown as EventMetadata,
    stream: ownStream(event.streamId),
    revision: event.revision,
    position: event.position!.commit,
    created: event.created.getTime(),
  };
}
