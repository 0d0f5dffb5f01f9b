import { makeCertificate, startEventStoreDbServer } from '@waymark/testing/eventstoredb-server';
import type { EventStoreDbServer, EventStoreDbServerOptions } from '@waymark/testing/eventstoredb-server';
import { until } from '@waymark/testing';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { append, collect, isCaughtUp } from '../contract/contract-kit.ts';
import { openEventStoreDb } from './eventstoredb-event-store.ts';
import type { EventStoreDbEventStore, EventStoreDbOptions } from './eventstoredb-event-store.ts';

/** From an address to a store that answers: what is waited for, and what ends at once with a sentence. */
const QUICK = { appendMs: 250, readMs: 400, probeMs: 100, waitMs: 1_500 };

describe('opening the EventStoreDB store: a start that cannot succeed', () => {
  const cleanups: (() => unknown)[] = [];
  let server: EventStoreDbServer;
  let store: EventStoreDbEventStore;

  const start = async (options: EventStoreDbServerOptions = {}): Promise<EventStoreDbServer> => {
    const started = await startEventStoreDbServer(options);
    cleanups.push(() => started.stop());
    return started;
  };
  const urlOf = ({ port }: { readonly port: number }, options = 'tls=false'): string =>
    `esdb://127.0.0.1:${port}?${options}`;
  const open = async (options: Partial<EventStoreDbOptions> = {}): Promise<EventStoreDbEventStore> => {
    const opened = await openEventStoreDb({ url: urlOf(server), ...QUICK, ...options });
    cleanups.push(() => opened.close());
    return opened;
  };

  beforeEach(async () => {
    server = await start();
    store = await open();
  });
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  const failure = (options: Partial<EventStoreDbOptions>): Promise<string> =>
    open(options).then(
      () => 'opened',
      (error: Error & { failure?: string }) => `${error.failure}: ${error.message}`,
    );

  it.each([
    ['http://127.0.0.1:2113', 'must look like esdb://'],
    ['esdb://admin:secret@host:99999', 'port from 1 to 65535'],
    ['esdb://admin@host', 'a user without a password'],
    ['esdb://admin:secret@host?tls=perhaps', 'tls=..., which is true or false'],
    ['esdb://admin:secret@host?tlsVerifyCert=false', 'certificates are always checked'],
    ['esdb://admin:secret@host?colour=red', 'has an option colour; the options are tls'],
    ['esdb://admin:secret@host?tlsCAFile=/not/there.pem', 'cannot be read (ENOENT): /not/there.pem'],
  ])('%s is refused in a sentence without the password', async (url, words) => {
    const said = await failure({ url });
    expect(said).toMatch(/^bad_address: EVENTSTOREDB_URL /);
    expect(said).toContain(words);
    expect(said).not.toContain('secret');
  });

  it('waits for a server that cannot be reached, says so, and ends after a while', async () => {
    const told: string[] = [];
    await server.refuseConnections();
    const said = await failure({ waitMs: 300, onProgress: (sentence) => told.push(sentence) });
    expect(said).toMatch(
      /^unreachable: EventStoreDB at esdb:\/\/127\.0\.0\.1:\d+\?tls=false did not answer within 0 s/,
    );
    expect(told[0]).toMatch(
      /^waiting for EventStoreDB at .*: it cannot be reached \(127\.0\.0\.1:\d+: ECONNREFUSED\)$/,
    );
    await server.acceptConnections();
  });

  it('goes on with a server that becomes reachable, and with one that becomes ready', async () => {
    await server.refuseConnections();
    const opening = open({ waitMs: 20_000 });
    server.faults.notReady = true;
    await server.acceptConnections();
    await until('it asked', () => (server.calls.get('getSupportedMethods') ?? 0) > 1);
    server.faults.notReady = false;
    expect((await opening).logId).toBe(store.logId);
  });

  it('names a server that is too old, whether it tells its version or not', async () => {
    server.faults.version = '21.10.9.0';
    expect(await failure({})).toMatch(/^server_too_old: .* has version 21\.10\.9\.0; Waymark needs 22\.10 or later$/);
    server.faults.hidesFeatures = true;
    expect(await failure({})).toMatch(/^server_too_old: .* does not tell its version/);
  });

  it('is given up when told so', async () => {
    await server.refuseConnections();
    const signal = AbortSignal.timeout(100);
    await expect(open({ waitMs: 20_000, signal })).rejects.toThrow('aborted due to timeout');
    await server.acceptConnections();
  });

  describe('with TLS', () => {
    let secure: EventStoreDbServer;
    let caFile: string;
    const tls = makeCertificate();

    beforeEach(async () => {
      const directory = mkdtempSync(join(tmpdir(), 'waymark-ca-'));
      cleanups.push(() => rmSync(directory, { recursive: true }));
      caFile = join(directory, 'ca.pem');
      writeFileSync(caFile, tls.certificate);
      secure = await start({ tls, users: { admin: 'ch@nge it' } });
    });
    const secureUrl = (user: string, file = caFile): string =>
      `esdb://${user}@127.0.0.1:${secure.port}?tlsCAFile=${encodeURIComponent(file)}`;

    it('a user with the right password appends, reads and subscribes', async () => {
      const opened = await open({ url: secureUrl('admin:ch%40nge%20it') });
      expect(await append(opened, 's', [1], 'any')).toMatchObject({ outcome: 'committed' });
      expect((await collect(opened, 0n, isCaughtUp)).map(({ kind }) => kind)).toEqual(['event', 'caughtUp']);
    });

    it('a wrong password is told at once, and not repeated', async () => {
      const said = await failure({ url: secureUrl('admin:wrong-secret'), waitMs: 20_000 });
      expect(said).toMatch(/^refused: EventStoreDB at .* refuses the user admin of EVENTSTOREDB_URL/);
      expect(said).not.toContain('wrong-secret');
    });

    it('TLS on one side only, and a certificate of somebody else, are told at once', async () => {
      const waitMs = 20_000;
      expect(await failure({ url: urlOf(secure), waitMs })).toMatch(/^tls_mismatch: .* says tls=false$/);
      expect(await failure({ url: urlOf(server, 'tls=true'), waitMs })).toMatch(/^tls_mismatch: .* does not speak TLS/);
      expect(await failure({ url: urlOf(secure, 'tls=true'), waitMs })).toMatch(/^tls_mismatch: .* not known here/);
      const other = makeCertificate('DNS:elsewhere.example');
      const elsewhere = await start({ tls: other });
      const otherFile = caFile.replace('ca.pem', 'other.pem');
      writeFileSync(otherFile, other.certificate);
      const url = secureUrl('admin:x', otherFile).replace(`:${secure.port}`, `:${elsewhere.port}`);
      expect(await failure({ url, waitMs })).toMatch(/^tls_mismatch: .* has a certificate for another host name$/);
    });

    it.each<[string, (socket: Socket) => void]>([
      ['closes them', (socket) => void socket.once('data', () => socket.end())],
      ['does not answer', (socket) => void socket.resume()],
    ])('a proxy whose server is away, which takes connections and %s, is waited for', async (does, answer) => {
      let away = true;
      const proxy = createServer((socket) => {
        socket.on('error', () => {});
        if (away) return answer(socket);
        const inside = connect(secure.port, '127.0.0.1').on('error', () => {});
        socket.on('close', () => inside.destroy());
        socket.pipe(inside).pipe(socket);
      });
      await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
      const taken = new Set<Socket>();
      proxy.on('connection', (socket) => taken.add(socket));
      cleanups.push(() => {
        for (const socket of taken) socket.destroy();
        proxy.close();
      });
      const { port } = proxy.address() as AddressInfo;
      const told: string[] = [];
      const url = secureUrl('admin:ch%40nge%20it').replace(`:${secure.port}`, `:${port}`);
      const opening = open({ url, waitMs: 20_000, onProgress: (sentence) => told.push(sentence) });
      opening.catch(() => {});
      await until('it waits', () => told.length > 0);
      expect(told[0]).toContain(`takes connections and ${does}: either its server is away, or it does not speak TLS`);
      away = false;
      expect((await opening).logId).toEqual(expect.any(String));
    });
  });
});
