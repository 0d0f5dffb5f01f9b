import type { EventStore, NewEvent, RecordedEvent } from '@waymark/event-store';
import type { FeedConsumer } from '../feed.ts';
import type { BellHandlers, BellListener } from './bell-listener.ts';

/** What the tests of the store-tail feed share: a consumer that remembers, and a bell that is rung by hand. */

export class RememberingConsumer implements FeedConsumer {
  readonly events: RecordedEvent[] = [];
  readonly caughtUpAt: bigint[] = [];
  readonly faults: { readonly error: Error; readonly fatal: boolean }[] = [];

  get positions(): bigint[] {
    return this.events.map((event) => event.position);
  }

  onEvents(events: readonly RecordedEvent[]): void {
    this.events.push(...events);
  }

  onCaughtUp(position: bigint): void {
    this.caughtUpAt.push(position);
  }

  onFault(error: Error, fatal: boolean): void {
    this.faults.push({ error, fatal });
  }
}

export class HandBell implements BellListener {
  isStopped = false;
  handlers!: BellHandlers;

  readonly listen = (_path: string, handlers: BellHandlers): BellListener => {
    this.handlers = handlers;
    return this;
  };

  stop(): void {
    this.isStopped = true;
  }
}

let made = 0;

export function newEvent(data: unknown = null): NewEvent {
  made += 1;
  const id = `00000000-0000-4000-8000-${String(made).padStart(12, '0')}`;
  return { id, type: 'Happened', data: JSON.stringify(data), metadata: { schemaVersion: 1, commandId: id } };
}

export async function fill(store: EventStore, count: number, stream = 's'): Promise<void> {
  const events = Array.from({ length: count }, () => newEvent());
  const result = await store.appendToStream(stream, events, { expectedRevision: 'any' });
  if (result.outcome !== 'committed') throw new Error(`the test's store refused: ${result.outcome}`);
}

export const countTo = (last: number): bigint[] => Array.from({ length: last }, (_, index) => BigInt(index + 1));

/** Waits for a condition, never for a time: fails after ten seconds. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
