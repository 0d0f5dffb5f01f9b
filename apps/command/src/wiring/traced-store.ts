import type { AppendOptions, AppendResult, EventStore, NewEvent } from '@waymark/event-store';
import { isSampled, systemClock, type Tracer } from '@waymark/platform';

/**
 * An event store whose appends are spans of the traces that their events belong to. Put around the store only while traces are collected, so
 * that appends pay nothing otherwise. Takes the place of the method on the store itself: the store stays the same object for everyone else.
 */
export function traceAppends(store: EventStore, tracer: Tracer): void {
  const append = store.appendToStream.bind(store);
  store.appendToStream = (stream, events, options) => {
    const parent = events[0]?.metadata.traceparent;
    if (parent === undefined || !isSampled(parent)) return append(stream, events, options);
    return tracedAppend({ append, tracer, parent }, stream, events, options);
  };
}

interface Traced {
  readonly append: EventStore['appendToStream'];
  readonly tracer: Tracer;
  readonly parent: string;
}

async function tracedAppend(
  { append, parent, tracer }: Traced,
  stream: string,
  events: readonly NewEvent[],
  options: AppendOptions,
): Promise<AppendResult> {
  const span = tracer.start({
    name: 'append',
    kind: 'client',
    parent,
    startedAt: systemClock.now(),
    attributes: { 'waymark.stream': stream, 'waymark.events': events.length },
  });
  try {
    const result = await append(stream, events, options);
    const isFault = result.outcome === 'unavailable' || result.outcome === 'unknown';
    span.end(systemClock.now(), { 'waymark.outcome': result.outcome }, isFault ? result.reason : undefined);
    return result;
  } catch (error) {
    span.end(systemClock.now(), {}, String(error));
    throw error;
  }
}
