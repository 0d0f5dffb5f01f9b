import { Metadata, status } from '@grpc/grpc-js';
import type { StatusObject } from '@grpc/grpc-js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ProposedEvent, ServerEvent, ServerExpectation } from './server-log.ts';

/** Between the messages of the protocol and what the log of the test server holds. */

export function streamName(identifier: { getStreamName(): Uint8Array | string } | undefined): string {
  const name = identifier?.getStreamName() ?? '';
  return typeof name === 'string' ? Buffer.from(name, 'base64').toString() : Buffer.from(name).toString();
}

export function identifierOf(stream: string): InstanceType<typeof shared.StreamIdentifier> {
  return new shared.StreamIdentifier().setStreamName(Uint8Array.from(Buffer.from(stream)));
}

export function uuidText(uuid: { getString(): string } | undefined): string {
  return (uuid?.getString() ?? '').toLowerCase();
}

interface ProposedMessage {
  getId(): { getString(): string } | undefined;
  getMetadataMap(): { get(key: string): string | undefined };
  getData_asU8(): Uint8Array;
  getCustomMetadata_asU8(): Uint8Array;
}

export function proposedOf(message: ProposedMessage): ProposedEvent {
  return {
    id: uuidText(message.getId()),
    type: message.getMetadataMap().get('type') ?? '',
    contentType: message.getMetadataMap().get('content-type') ?? 'application/octet-stream',
    data: Buffer.from(message.getData_asU8()),
    metadata: Buffer.from(message.getCustomMetadata_asU8()),
  };
}

interface AppendExpectation {
  hasAny(): boolean;
  hasNoStream(): boolean;
  hasStreamExists(): boolean;
}

export function expectationOf(options: AppendExpectation, revision: string): ServerExpectation {
  if (options.hasAny()) return 'any';
  if (options.hasNoStream()) return 'no_stream';
  if (options.hasStreamExists()) return 'stream_exists';
  return BigInt(revision);
}

export function eventMessage(event: ServerEvent): InstanceType<typeof streams.ReadResp> {
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent()
    .setId(new shared.UUID().setString(event.id))
    .setStreamIdentifier(identifierOf(event.stream))
    .setStreamRevision(`${event.revision}`)
    .setCommitPosition(`${event.position}`)
    .setPreparePosition(`${event.position}`)
    .setCustomMetadata(Uint8Array.from(event.metadata))
    .setData(Uint8Array.from(event.data));
  const facts = recorded.getMetadataMap();
  facts.set('type', event.type).set('content-type', event.contentType).set('created', event.created);
  const read = new streams.ReadResp.ReadEvent().setEvent(recorded).setCommitPosition(`${event.position}`);
  return new streams.ReadResp().setEvent(read);
}

/** An error as the server says it: with the reason in the trailers. */
export function refusal(
  code: status,
  details: string,
  trailers: Readonly<Record<string, string>> = {},
): Partial<StatusObject> {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(trailers)) metadata.set(name, value);
  return { code, details, metadata };
}

export const accessDenied = (): Partial<StatusObject> =>
  refusal(status.PERMISSION_DENIED, 'Access Denied.', { exception: 'access-denied' });

export const streamDeleted = (stream: string): Partial<StatusObject> =>
  refusal(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
    exception: 'stream-deleted',
    'stream-name': encodeURIComponent(stream),
  });

export const notLeader = ({ host, port }: { host: string; port: number }): Partial<StatusObject> =>
  refusal(status.NOT_FOUND, `Leader info available`, {
    exception: 'not-leader',
    'leader-endpoint-host': host,
    'leader-endpoint-port': `${port}`,
  });

export const tooLarge = (bytesMax: number): Partial<StatusObject> =>
  refusal(status.INVALID_ARGUMENT, `Maximum Append Size of ${bytesMax} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': `${bytesMax}`,
  });

export const eventTooLarge = (bytesMax: number): Partial<StatusObject> =>
  refusal(status.INVALID_ARGUMENT, `Maximum Append Event Size of ${bytesMax} Exceeded.`, {
    exception: 'maximum-append-event-size-exceeded',
    'maximum-append-event-size': `${bytesMax}`,
  });
