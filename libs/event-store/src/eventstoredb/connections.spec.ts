import { readConnectionString } from './connection-string.ts';
import { Connections } from './connections.ts';
import { CallTimeoutError } from './failures.ts';

/** Nothing is connected before it is used, so no server is needed. */
describe('a call of the EventStoreDB store', () => {
  let connections: Connections;
  beforeEach(() => {
    connections = new Connections(readConnectionString('esdb://127.0.0.1:1?tls=false'));
  });
  afterEach(() => connections.close());

  it('ends after its time, also where gRPC has no deadline: connecting, gossip, the question for the version', async () => {
    const silence = new Promise<never>(() => {});
    await expect(connections.call(50, () => silence)).rejects.toThrow(CallTimeoutError);
  });

  it('leaves the client that let it down to the calls that it still has', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const slow = connections.call(10_000, () => promise);
    await expect(connections.call(300, () => new Promise<never>(() => {}))).rejects.toThrow(CallTimeoutError);
    expect(connections.replacedCount).toBe(1);
    resolve('it came');
    expect(await slow).toBe('it came');
  });
});
