import { status } from '@grpc/grpc-js';
import type { ServerWritableStream } from '@grpc/grpc-js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerFaults } from './server-faults.ts';
import type { ServerEvent, ServerLog } from './server-log.ts';
import { eventMessage, identifierOf, refusal, streamDeleted, streamName } from './wire.ts';

/** Streams.Read: pages of a stream or of the whole log, and subscriptions to the whole log. Reads include where they start; subscriptions do not. */

type ReadCall = ServerWritableStream<ReadReq, ReadResp>;

const BACKWARDS = 1;
/** Live events that the server keeps for a subscription; past that it reads the log again (32 slots of the server's channel). */
const LIVE_EVENTS_MAX = 32;

export async function read(call: ReadCall, log: ServerLog, faults: ServerFaults): Promise<void> {
  const options = call.request.getOptions()!;
  if (options.hasSubscription()) return subscribe(call, log, faults);
  const backwards = Number(options.getReadDirection()) === BACKWARDS;
  const count = Number(options.getCount());
  const events = options.hasStream() ? streamPage(call, log, backwards) : allPage(options.getAll()!, log, backwards);
  if (events === null) return;
  for (const event of events.slice(0, count)) {
    if (call.cancelled) return;
    if (!call.write(eventMessage(event))) await drained(call);
  }
  call.end();
}

function streamPage(call: ReadCall, log: ServerLog, backwards: boolean): readonly ServerEvent[] | null {
  const options = call.request.getOptions()!.getStream()!;
  const name = streamName(options.getStreamIdentifier());
  const held = log.stream(name);
  if (held === 'deleted') {
    call.emit('error', streamDeleted(name));
    return null;
  }
  if (held === 'not_found') {
    const missing = new streams.ReadResp.StreamNotFound().setStreamIdentifier(identifierOf(name));
    call.write(new streams.ReadResp().setStreamNotFound(missing));
    call.end();
    return null;
  }
  const last = held.at(-1)!.revision;
  const from = options.hasStart() ? 0n : options.hasEnd() ? last : BigInt(options.getRevision());
  return backwards
    ? held.filter((event) => event.revision <= from).toReversed()
    : held.filter((event) => event.revision >= from);
}

function allPage(
  options: NonNullable<ReturnType<NonNullable<ReturnType<ReadReq['getOptions']>>['getAll']>>,
  log: ServerLog,
  backwards: boolean,
): readonly ServerEvent[] {
  const from = options.hasPosition() ? BigInt(options.getPosition()!.getCommitPosition()) : undefined;
  if (!backwards) return options.hasEnd() ? [] : log.all.slice(from === undefined ? 0 : log.indexOf(from));
  if (options.hasStart()) return [];
  return log.all.slice(0, from === undefined ? undefined : log.indexOf(from)).toReversed();
}

async function subscribe(call: ReadCall, log: ServerLog, faults: ServerFaults): Promise<void> {
  const options = call.request.getOptions()!;
  if (!options.hasAll()) {
    call.emit('error', refusal(status.UNIMPLEMENTED, 'the test server has subscriptions to the whole log only'));
    return;
  }
  const all = options.getAll()!;
  const from = all.hasPosition() ? BigInt(all.getPosition()!.getCommitPosition()) : undefined;
  const pattern = options.getFilter()?.getStreamIdentifier()?.getRegex();
  const matches = pattern === undefined ? () => true : matcher(pattern);
  let next = all.hasEnd() ? log.all.length : from === undefined ? 0 : log.indexOf(from + 1n);
  let wake: () => void = () => {};
  const forget = log.watch(() => wake());
  call.on('cancelled', () => wake());
  call.on('close', () => wake());
  call.write(
    new streams.ReadResp().setConfirmation(
      new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(crypto.randomUUID()),
    ),
  );
  let isBehind = true;
  while (!call.cancelled && !call.destroyed) {
    if (faults.stallSubscriptions) {
      await new Promise<void>((resolve) => (wake = resolve));
      continue;
    }
    if (next === log.all.length) {
      if (isBehind && !faults.hidesCaughtUp)
        call.write(new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp()));
      isBehind = false;
      await new Promise<void>((resolve) => (wake = resolve));
      continue;
    }
    if (log.all.length - next > LIVE_EVENTS_MAX) isBehind = true;
    const event = log.all[next]!;
    next += 1;
    if (matches(event.stream) && !call.write(eventMessage(event))) await drained(call);
  }
  forget();
}

function matcher(pattern: string): (stream: string) => boolean {
  const expression = new RegExp(pattern);
  return (stream) => expression.test(stream);
}

/** Until the client has read what was sent, or has gone. */
function drained(call: ReadCall): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      call.off('drain', end).off('cancelled', end).off('close', end);
      resolve();
    };
    call.on('drain', end).on('cancelled', end).on('close', end);
  });
}
