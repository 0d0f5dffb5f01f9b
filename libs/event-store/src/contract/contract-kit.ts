import { createHash } from 'node:crypto';
import type {
  AppendResult,
  EventStore,
  ExpectedRevision,
  NewEvent,
  RecordedEvent,
  SubscriptionItem,
} from '../event-store.ts';

/** What the cases of the contract share: events with predictable ids, and readers that end. */

/** A log of its own for one test. */
export interface ContractLog {
  /** The store as opened first, or as opened last by `reopen`. */
  readonly store: EventStore;
  /** Closes the store and opens the same log again. */
  reopen(): Promise<EventStore>;
  /** Closes the store and removes the log. */
  dispose(): Promise<void>;
}

export type ContractLogFactory = () => Promise<ContractLog>;

/** The same number gives the same event, wherever it is used. */
export function event(number: number, overrides: Partial<NewEvent> = {}): NewEvent {
  const hex = createHash('sha256').update(String(number)).digest('hex');
  const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  return {
    id,
    type: 'ThingHappened',
    data: JSON.stringify({ number }),
    metadata: { schemaVersion: 1, commandId: `command-${number}` },
    ...overrides,
  };
}

export const events = (...numbers: readonly number[]): NewEvent[] => numbers.map((number) => event(number));

export function append(
  store: EventStore,
  stream: string,
  numbers: readonly number[],
  expectedRevision: ExpectedRevision,
): Promise<AppendResult> {
  return store.appendToStream(stream, events(...numbers), { expectedRevision });
}

export async function read(store: EventStore, stream: string): Promise<readonly RecordedEvent[]> {
  const found = await store.readStream(stream);
  return found === 'no_stream' ? [] : found;
}

/** The whole log, page by page. */
export async function readWholeLog(store: EventStore, maxCount = 1_000): Promise<RecordedEvent[]> {
  const all: RecordedEvent[] = [];
  for (;;) {
    const page = await store.readAll({ after: all.at(-1)?.position ?? 0n, maxCount });
    if (page.length === 0) return all;
    all.push(...page);
  }
}

/** Items of a subscription until `isEnough` says so. */
export async function collect(
  store: EventStore,
  after: bigint,
  isEnough: (items: readonly SubscriptionItem[]) => boolean,
): Promise<SubscriptionItem[]> {
  const abort = new AbortController();
  const items: SubscriptionItem[] = [];
  for await (const item of store.subscribeToAll({ after, signal: abort.signal })) {
    items.push(item);
    if (isEnough(items)) abort.abort();
  }
  return items;
}

export const isCaughtUp = (items: readonly SubscriptionItem[]): boolean => items.at(-1)?.kind === 'caughtUp';

export const positionsOf = (items: readonly SubscriptionItem[]): bigint[] =>
  items.flatMap((item) => (item.kind === 'event' ? [item.event.position] : []));

export const countTo = (last: number): bigint[] => Array.from({ length: last }, (_, index) => BigInt(index + 1));

/**
 * Positions of the first `count` events of the log: 1 to `count` where positions are dense, and what the log says elsewhere, where only that they
 * increase is promised.
 */
export async function places(store: EventStore, count: number): Promise<bigint[]> {
  if (store.positionsAreDense) return countTo(count);
  const positions = (await readWholeLog(store)).slice(0, count).map((one) => one.position);
  expect(positions).toHaveLength(count);
  for (const [index, position] of positions.entries()) expect(position > (positions[index - 1] ?? 0n)).toBe(true);
  return positions;
}

/** Position of the `nth` event of the log, counted from 1; of the 0th, the beginning. */
export const place = async (store: EventStore, nth: number): Promise<bigint> =>
  nth === 0 ? 0n : (await places(store, nth)).at(-1)!;

export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
