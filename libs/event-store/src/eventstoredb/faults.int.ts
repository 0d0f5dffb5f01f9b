import type { EventStoreDbServer, EventStoreDbServerOptions } from '@waymark/testing/eventstoredb-server';
import { until } from '@waymark/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { append, collect, event, isCaughtUp, positionsOf, read, readWholeLog } from '../contract/contract-kit.ts';
import { AppendTooLargeError, StoreUnavailableError } from '../event-store.ts';
import type { SubscriptionItem } from '../event-store.ts';
import { EventStoreDbKit, QUICK } from '../testing/eventstoredb-kit.ts';
import type { EventStoreDbEventStore, EventStoreDbOptions } from './eventstoredb-event-store.ts';

/** What goes wrong with EventStoreDB and with its client 6.2.1, one test a fault. */
describe('the EventStoreDB store', () => {
  const kit = EventStoreDbKit.forEach();
  let server: EventStoreDbServer;
  let store: EventStoreDbEventStore;
  beforeEach(() => {
    ({ server, store } = kit);
  });
  const open = (options: Partial<EventStoreDbOptions> = {}): Promise<EventStoreDbEventStore> => kit.open(options);
  /** In place of the server that there is. */
  const startAnother = async (options?: EventStoreDbServerOptions): Promise<EventStoreDbServer> =>
    (kit.server = await kit.start(options));

  describe('appends', () => {
    it('that are never answered end as unknown, and the same ids settle it', async () => {
      server.faults.swallowAppends = { when: 'before', count: 10 };
      expect(await append(store, 's', [1], 'no_stream')).toMatchObject({ outcome: 'unknown' });
      server.faults.swallowAppends.count = 0;
      const { connectionsTaken } = server;
      expect(await append(store, 's', [1], 'no_stream')).toMatchObject({ outcome: 'committed', repeated: false });
      // By clients with connections of their own: the one of before may be dead without knowing it.
      expect(store.eventStoreDb().replacedClients).toBeGreaterThan(0);
      expect(connectionsTaken).toBeGreaterThan(2);
      expect(await read(store, 's')).toHaveLength(1);
    });

    it('that happened and were not answered are found in the stream, and told to listeners once', async () => {
      const heard: string[] = [];
      store.onCommitted((events) => heard.push(...events.map(({ id }) => id)));
      server.faults.swallowAppends = { when: 'after', count: 1 };
      const answer = await append(store, 's', [1, 2], 'no_stream');
      expect(answer).toMatchObject({ outcome: 'committed', revision: 1n, repeated: false });
      expect(heard).toEqual([event(1).id, event(2).id]);
      expect(store.eventStoreDb().settled).toBe(1);
    });

    it.each(['before', 'after'] as const)('whose connection is cut %s they are written happen once', async (when) => {
      await append(store, 's', [1], 'no_stream');
      server.faults.dropOnAppends = { when, count: 1 };
      expect(await append(store, 's', [2], 0n)).toMatchObject({ outcome: 'committed', revision: 1n, repeated: false });
      expect((await read(store, 's')).map(({ id }) => id)).toEqual([event(1).id, event(2).id]);
    });

    it('that another writer overtook while they were unanswered are a conflict, not written twice', async () => {
      const other = await open();
      server.faults.swallowAppends = { when: 'before', count: 1 };
      const asked = append(store, 's', [1], 'no_stream');
      await until('it was swallowed', () => server.faults.swallowAppends.count === 0);
      await append(other, 's', [9], 'no_stream');
      expect(await asked).toEqual({ outcome: 'conflict', expected: 'no_stream', actual: 0n });
    });

    it('go on where the server ends every batch stream (BatchAppend of 6.2.1 would hang for ever)', async () => {
      server.faults.endBatchStreams = true;
      for (let number = 0; number < 5; number++)
        expect(await append(store, 's', [number], 'any')).toMatchObject({ outcome: 'committed' });
      expect(server.calls.get('batchAppend')).toBeUndefined();
    });

    it.each<[string, (held: EventStoreDbServer) => void]>([
      ['never comes', () => {}],
      ['ends with the connection', (held) => held.dropConnections()],
    ])('that wait for room to be sent, which %s, are settled by another connection', async (_, end) => {
      await append(store, 's', [1], 'no_stream');
      const data = JSON.stringify('x'.repeat(60_000));
      const events = Array.from({ length: 16 }, (_one, index) => event(100 + index, { data }));
      server.holdConnections();
      const asked = store.appendToStream('s', events, { expectedRevision: 0n });
      await new Promise(setImmediate);
      end(server);
      expect(await asked).toMatchObject({ outcome: 'committed', revision: 16n });
      expect(await read(store, 's')).toHaveLength(17);
    });

    it('let go of the connection of each client that was replaced (dispose of 6.2.1 keeps it)', async () => {
      const before = server.connectionCount;
      for (let number = 0; number < 6; number++) {
        server.faults.swallowAppends = { when: 'after', count: 1 };
        expect(await append(store, 's', [number], 'any')).toMatchObject({ outcome: 'committed' });
      }
      expect(store.eventStoreDb().replacedClients).toBeGreaterThan(3);
      await until(
        () => `${before} connections, not ${server.connectionCount}`,
        () => server.connectionCount <= before,
      );
    });

    it("of one store are not rejected by another store's end (6.2.1 keeps all promises in one map)", async () => {
      const other = await open({ appendMs: 2_000, readMs: 2_000 });
      server.faults.slowAppendMs = 200;
      const asked = Array.from({ length: 20 }, (_, index) => append(other, `s-${index}`, [index], 'no_stream'));
      await until('they are asked', () => (server.calls.get('append') ?? 0) >= 20);
      await store.close();
      const answers = await Promise.all(asked);
      expect(answers.every(({ outcome }) => outcome === 'committed')).toBe(true);
      expect(other.eventStoreDb()).toMatchObject({ settled: 0, replacedClients: 0 });
    });

    it('go to the node that leads', async () => {
      const leader = await kit.start();
      server.faults.notLeader = { host: '127.0.0.1', port: leader.port, count: 1 };
      expect(await append(store, 's', [1], 'no_stream')).toMatchObject({ outcome: 'committed' });
      expect(leader.log.stream('s')).toHaveLength(1);
      expect(server.log.stream('s')).toBe('not_found');
    });

    it('that are turned away by a node that does not lead are asked once more', async () => {
      await append(store, 's', [1], 'no_stream');
      server.faults.notLeader = { host: '127.0.0.1', port: server.port, count: 1 };
      expect(await append(store, 's', [2], 0n)).toMatchObject({ outcome: 'committed', revision: 1n });
    });

    it('that find no leader at all are unavailable: nothing was written', async () => {
      server.faults.notLeader = { host: '127.0.0.1', port: server.port, count: 100 };
      expect(await append(store, 's', [1], 'no_stream')).toMatchObject({ outcome: 'unavailable' });
      server.faults.notLeader = null;
      expect(await store.readStream('s')).toBe('no_stream');
    });

    it('are unavailable while the server cannot be reached, and go on without a new start when it is back', async () => {
      await append(store, 's', [1], 'no_stream');
      await server.refuseConnections();
      // The first may still be sent on the connection that is going.
      await until('it knows', async () => (await append(store, 's', [2], 0n)).outcome === 'unavailable');
      await expect(store.readStream('s')).rejects.toThrow(StoreUnavailableError);
      const { reason } = (await append(store, 's', [2], 0n)) as { readonly reason: string };
      expect(reason).toMatch(/^EventStoreDB (cannot be reached|did not answer): (?!EventStoreDB)/);
      await server.acceptConnections();
      const answer = await until('it is back', async () => {
        const found = await append(store, 's', [2], 0n);
        return found.outcome === 'committed' ? found : null;
      });
      expect(answer).toMatchObject({ outcome: 'committed', revision: 1n, repeated: false });
    });

    it('of more than a hundred at once on a fresh connection all end', async () => {
      const fresh = await open({ appendMs: 5_000, readMs: 5_000 });
      const answers = await Promise.all(
        Array.from({ length: 300 }, (_, index) => append(fresh, `s-${index}`, [index], 'any')),
      );
      expect(answers.filter(({ outcome }) => outcome !== 'committed')).toEqual([]);
    });

    it.each(['appendBytesMax', 'eventBytesMax'] as const)(
      'that the server takes for too large are refused as such, and nothing was written (%s)',
      async (limit) => {
        server.faults[limit] = 1_000;
        const large = event(1, { data: JSON.stringify('x'.repeat(2_000)) });
        const asked = store.appendToStream('s', [large], { expectedRevision: 'any' });
        await expect(asked).rejects.toThrow(AppendTooLargeError);
        expect(server.calls.get('append')).toBe(2); // The id of the log, and this one: it is not asked again.
        expect(await append(store, 's', [2], 'no_stream')).toMatchObject({ outcome: 'committed' });
      },
    );

    it('of a type of the server, and to a stream that was deleted for ever, are refused', async () => {
      const own = event(1, { type: '$metadata' });
      await expect(store.appendToStream('s', [own], { expectedRevision: 'any' })).rejects.toThrow(/begin with \$/);
      await append(store, 's', [1], 'no_stream');
      server.log.delete('s', true);
      expect(await append(store, 's', [2], 0n)).toMatchObject({ outcome: 'unavailable' });
    });

    it('are unavailable while the user is refused', async () => {
      server.faults.refuseUsers = true;
      const answer = await append(store, 's', [1], 'no_stream');
      expect(answer).toMatchObject({ outcome: 'unavailable', reason: expect.stringContaining('refuses the user') });
    });
  });

  describe('reads', () => {
    it('that are never answered end, and say that the store is not there', async () => {
      await append(store, 's', [1], 'any');
      server.faults.swallowReads = 1;
      await expect(store.readStream('s')).rejects.toThrow(StoreUnavailableError);
      expect(await read(store, 's')).toHaveLength(1);
    });

    it('that are under way on a client which is replaced for the fault of another call are let end on it', async () => {
      await append(store, 'a', [1], 'no_stream');
      server.faults.swallowAppends = { when: 'before', count: 1 };
      const unanswered = append(store, 'b', [2], 'no_stream');
      await until('it was swallowed', () => server.faults.swallowAppends.count === 0);
      // Answered after the deadline of the append, and before its own.
      server.faults.slowReadMs = QUICK.appendMs + 50;
      const asked = server.calls.get('read')!;
      const slow = read(store, 'a');
      await until('the server has it', () => server.calls.get('read') === asked + 1);
      server.faults.slowReadMs = 0;
      await until('the client was replaced', () => store.eventStoreDb().replacedClients === 1);
      expect(await slow).toHaveLength(1);
      expect(await unanswered).toMatchObject({ outcome: 'committed', revision: 0n });
    });

    it("leave out the server's own events, and what was deleted for ever", async () => {
      server.log.write('$stats-x', [systemEvent('$statsCollected')]);
      await append(store, 's', [1], 'any');
      server.log.write('$ce-game', [systemEvent('$>')]);
      expect((await readWholeLog(store)).map(({ stream }) => stream)).toEqual(['s']);
      expect(await store.lastPosition()).toBe((await readWholeLog(store))[0]!.position);
    });

    it('find the last event behind thousands of events of the server', async () => {
      await append(store, 's', [1], 'any');
      const [{ position } = { position: 0n }] = await read(store, 's');
      for (let index = 0; index < 2_000; index++) server.log.write('$stats-x', [systemEvent('$statsCollected')]);
      expect(await (await open()).lastPosition()).toBe(position);
    });
  });

  describe('subscriptions', () => {
    /** Follows the log in the background. */
    function following(followed = store): { items: SubscriptionItem[]; stop: () => Promise<void> } {
      const abort = new AbortController();
      const items: SubscriptionItem[] = [];
      const running = (async () => {
        for await (const item of followed.subscribeToAll({ after: 0n, signal: abort.signal })) items.push(item);
      })();
      const stop = (): Promise<void> => {
        abort.abort();
        return running;
      };
      kit.atEnd(stop);
      return { items, stop };
    }

    it('whose connection is cut say so once and go on from their own checkpoint', async () => {
      const { items } = following();
      await append(store, 's', [1], 'any');
      await until('the first', () => positionsOf(items).length === 1);
      server.dropConnections();
      await until('it is lost', () => items.some(({ kind }) => kind === 'lost'));
      await until('another is written', async () => (await append(store, 's', [2], 'any')).outcome === 'committed');
      await until('the second', () => positionsOf(items).length === 2);
      expect(positionsOf(items)).toEqual((await readWholeLog(store)).map(({ position }) => position));
      expect(items.filter(({ kind }) => kind === 'lost')).toHaveLength(1);
      await until(
        'it says that it caught up again',
        () => items.filter(({ kind }) => kind === 'caughtUp').length === 2,
      );
    });

    it('let go of the connection of each that was lost', async () => {
      const { items } = following();
      await until('it caught up', () => isCaughtUp(items));
      const before = server.connectionCount;
      for (let round = 1; round <= 5; round++) {
        server.faults.stallSubscriptions = true;
        await append(store, 's', [round], 'any');
        await until('it is lost', () => items.filter(({ kind }) => kind === 'lost').length === round);
        server.faults.stallSubscriptions = false;
        await until('the event', () => positionsOf(items).length === round);
      }
      await until(
        () => `${before} connections, not ${server.connectionCount}`,
        () => server.connectionCount <= before,
      );
    });

    it('that hear nothing, in silence, of what the log holds are begun again', async () => {
      const { items } = following();
      await until('it caught up', () => isCaughtUp(items));
      server.faults.stallSubscriptions = true;
      await append(store, 's', [1], 'any');
      await until('it is noticed', () => items.some(({ kind }) => kind === 'lost'));
      server.faults.stallSubscriptions = false;
      await until('the event', () => positionsOf(items).length === 1);
      expect(store.eventStoreDb().resubscribed).toBeGreaterThan(0);
    });

    it('say that they caught up where the server does not (before 23.10)', async () => {
      server.faults.hidesCaughtUp = true;
      await append(store, 's', [1], 'any');
      const items = await collect(store, 0n, isCaughtUp);
      expect(items.map(({ kind }) => kind)).toEqual(['event', 'caughtUp']);
    });

    it('go on when the server comes back after a while on the same log', async () => {
      const directory = mkdtempSync(join(tmpdir(), 'waymark-esdb-'));
      kit.atLast(() => rmSync(directory, { recursive: true }));
      const file = join(directory, 'log');
      server = await startAnother({ file });
      const { port } = server;
      const kept = await open();
      const { items } = following(kept);
      await append(kept, 's', [1], 'any');
      await until('the first', () => positionsOf(items).length === 1);
      await server.stop();
      await until('it is lost', () => items.some(({ kind }) => kind === 'lost'));
      server = await startAnother({ file, port });
      await until('another is written', async () => (await append(kept, 's', [2], 'any')).outcome === 'committed');
      await until('the second', () => positionsOf(items).length === 2);
      expect((await read(kept, 's')).map(({ id }) => id)).toEqual([event(1).id, event(2).id]);
    });

    it('end with an error when another log has taken the place of theirs', async () => {
      const abort = new AbortController();
      const ended = (async () => {
        for await (const item of store.subscribeToAll({ after: 0n, signal: abort.signal })) void item;
      })();
      const { port } = server;
      await until('it is begun', () => (server.calls.get('read') ?? 0) > 3);
      await server.stop();
      server = await startAnother({ port });
      await open().then((other) => other.close());
      await expect(ended).rejects.toThrow('another log');
    });
  });

  it('finds the leader of a cluster by gossip', async () => {
    const clustered = await open({ url: `esdb+discover://127.0.0.1:${server.port}?tls=false` });
    expect(await append(clustered, 's', [1], 'any')).toMatchObject({ outcome: 'committed' });
    expect(server.calls.get('gossip')).toBeGreaterThan(0);
  });

  it('two stores that open a new log at once agree on its id', async () => {
    server = await startAnother();
    const [one, two] = await Promise.all([open(), open()]);
    expect(one.logId).toBe(two.logId);
    expect(one.logId).not.toBe(store.logId);
  });
});

function systemEvent(type: string) {
  const nothing = Buffer.from('{}');
  return { id: crypto.randomUUID(), type, contentType: 'application/json', data: nothing, metadata: Buffer.alloc(0) };
}
