import { status } from '@grpc/grpc-js';
import type { sendUnaryData, ServerDuplexStream, ServerReadableStream } from '@grpc/grpc-js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import statusPb from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type {
  AppendReq,
  AppendResp,
  BatchAppendReq,
  BatchAppendResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import anyPb from 'google-protobuf/google/protobuf/any_pb.js';
import { takeOne } from './server-faults.ts';
import type { ServerFaults } from './server-faults.ts';
import type { CommitCheck, ProposedEvent, ServerEvent, ServerExpectation, ServerLog } from './server-log.ts';
import {
  eventTooLarge,
  expectationOf,
  identifierOf,
  proposedOf,
  streamDeleted,
  streamName,
  tooLarge,
  uuidText,
} from './wire.ts';

/** Streams.Append (one call an append) and Streams.BatchAppend (many on one stream of messages), over the same log. */

export interface AppendWorld {
  readonly log: ServerLog;
  readonly faults: ServerFaults;
  readonly dropConnections: () => void;
}

interface Asked {
  readonly stream: string;
  readonly expected: ServerExpectation;
  readonly events: readonly ProposedEvent[];
}

type Answer =
  | { readonly kind: 'written'; readonly last: ServerEvent | undefined; readonly current: bigint }
  | Exclude<CommitCheck, { kind: 'ok' | 'idempotent' }>
  | { readonly kind: 'tooLarge' }
  | { readonly kind: 'eventTooLarge' }
  /** Nobody is told. */
  | { readonly kind: 'silence' };

/** Takes one append through the faults. */
async function take({ dropConnections, faults, log }: AppendWorld, asked: Asked): Promise<Answer> {
  if (faults.slowAppendMs > 0) await new Promise((resolve) => setTimeout(resolve, faults.slowAppendMs));
  for (const [fault, act] of [
    [faults.swallowAppends, () => {}],
    [faults.dropOnAppends, dropConnections],
  ] as const) {
    if (!takeOne(fault)) continue;
    if (fault.when === 'after') append(log, faults, asked);
    act();
    return { kind: 'silence' };
  }
  return append(log, faults, asked);
}

function append(log: ServerLog, faults: ServerFaults, { events, expected, stream }: Asked): Answer {
  const sizes = events.map(({ data, metadata, type }) => type.length + data.length + metadata.length);
  if (sizes.reduce((sum, bytes) => sum + bytes, 0) > faults.appendBytesMax) return { kind: 'tooLarge' };
  if (sizes.some((bytes) => bytes > faults.eventBytesMax)) return { kind: 'eventTooLarge' };
  const check = log.check(
    stream,
    expected,
    events.map((event) => event.id),
  );
  if (check.kind === 'idempotent')
    return { kind: 'written', last: log.at(stream, check.revision), current: check.revision };
  if (check.kind !== 'ok') return check;
  const last = log.write(stream, events);
  return { kind: 'written', last, current: last.revision };
}

export function appendOnce(
  call: ServerReadableStream<AppendReq, AppendResp>,
  callback: sendUnaryData<AppendResp>,
  world: AppendWorld,
): void {
  let options: AppendReq.Options | undefined;
  const events: ProposedEvent[] = [];
  call.on('data', (message: AppendReq) => {
    if (message.hasOptions()) options = message.getOptions()!;
    if (message.hasProposedMessage()) events.push(proposedOf(message.getProposedMessage()!));
  });
  call.on('error', () => {});
  call.on('end', () => {
    const stream = streamName(options!.getStreamIdentifier());
    const expected = expectationOf(options!, options!.getRevision());
    void answerOnce(world, { stream, expected, events }, callback);
  });
}

async function answerOnce(world: AppendWorld, asked: Asked, answerWith: sendUnaryData<AppendResp>): Promise<void> {
  const answer = await take(world, asked);
  if (answer.kind === 'silence') return;
  if (answer.kind === 'deleted') answerWith(streamDeleted(asked.stream));
  else if (answer.kind === 'tooLarge') answerWith(tooLarge(world.faults.appendBytesMax));
  else if (answer.kind === 'eventTooLarge') answerWith(eventTooLarge(world.faults.eventBytesMax));
  else
    answerWith(null, answer.kind === 'wrong' ? wrongMessage(answer.current, asked.expected) : writtenMessage(answer));
}

function writtenMessage({ current, last }: Extract<Answer, { kind: 'written' }>): AppendResp {
  const success = new streams.AppendResp.Success().setCurrentRevision(`${current}`);
  if (last !== undefined) {
    const position = new streams.AppendResp.Position();
    success.setPosition(position.setCommitPosition(`${last.position}`).setPreparePosition(`${last.position}`));
  }
  return new streams.AppendResp().setSuccess(success);
}

function wrongMessage(current: bigint | 'no_stream', expected: ServerExpectation): AppendResp {
  const wrong = new streams.AppendResp.WrongExpectedVersion();
  if (current === 'no_stream') wrong.setCurrentNoStream(new shared.Empty());
  else wrong.setCurrentRevision(`${current}`);
  if (typeof expected === 'bigint') wrong.setExpectedRevision(`${expected}`);
  else if (expected === 'no_stream') wrong.setExpectedNoStream(new shared.Empty());
  else if (expected === 'stream_exists') wrong.setExpectedStreamExists(new shared.Empty());
  else wrong.setExpectedAny(new shared.Empty());
  return new streams.AppendResp().setWrongExpectedVersion(wrong);
}

export function appendBatches(call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>, world: AppendWorld): void {
  const open = new Map<string, { options: BatchAppendReq.Options; events: ProposedEvent[] }>();
  call.on('error', () => {});
  call.on('end', () => call.end());
  call.on('data', (message: BatchAppendReq) => {
    if (world.faults.endBatchStreams) return void call.end();
    const correlation = uuidText(message.getCorrelationId());
    const entry = open.get(correlation) ?? { options: message.getOptions()!, events: [] };
    open.set(correlation, entry);
    entry.events.push(...message.getProposedMessagesList().map((proposed) => proposedOf(proposed)));
    if (!message.getIsFinal()) return;
    open.delete(correlation);
    const stream = streamName(entry.options.getStreamIdentifier());
    const expected = expectationOf(entry.options, entry.options.getStreamPosition());
    void take(world, { stream, expected, events: entry.events }).then((answer) => {
      if (answer.kind === 'silence' || call.cancelled) return;
      const response = batchMessage(answer, expected, world.faults);
      response.setCorrelationId(message.getCorrelationId()).setStreamIdentifier(identifierOf(stream));
      call.write(response);
    });
  });
}

function batchMessage(
  answer: Exclude<Answer, { kind: 'silence' }>,
  expected: ServerExpectation,
  faults: ServerFaults,
): BatchAppendResp {
  const response = new streams.BatchAppendResp();
  if (answer.kind === 'written') {
    const success = new streams.BatchAppendResp.Success().setCurrentRevision(`${answer.current}`);
    if (answer.last !== undefined) {
      const text = `${answer.last.position}`;
      success.setPosition(new shared.AllStreamPosition().setCommitPosition(text).setPreparePosition(text));
    }
    return response.setSuccess(success);
  }
  if (answer.kind === 'deleted')
    return response.setError(batchError(status.FAILED_PRECONDITION, 'StreamDeleted', new shared.StreamDeleted()));
  if (answer.kind === 'tooLarge' || answer.kind === 'eventTooLarge') {
    const detail = new shared.MaximumAppendSizeExceeded().setMaxappendsize(faults.appendBytesMax);
    return response.setError(batchError(status.INVALID_ARGUMENT, 'MaximumAppendSizeExceeded', detail));
  }
  const detail = new shared.WrongExpectedVersion();
  if (answer.current !== 'no_stream') detail.setCurrentStreamRevision(`${answer.current}`);
  if (typeof expected === 'bigint') detail.setExpectedStreamPosition(`${expected}`);
  return response.setError(batchError(status.ALREADY_EXISTS, 'WrongExpectedVersion', detail));
}

function batchError(
  code: number,
  name: string,
  detail: { serializeBinary(): Uint8Array },
): InstanceType<typeof statusPb.Status> {
  const any = new anyPb.Any();
  any.pack(detail.serializeBinary(), `event_store.client.${name}`);
  return new statusPb.Status().setCode(code).setMessage(name).setDetails(any);
}
