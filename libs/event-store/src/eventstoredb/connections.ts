import { EventStoreDBClient } from '@eventstore/db-client';
import type { EventStoreDbAddress } from './connection-string.ts';
import { asksForNewConnection, CallTimeoutError, failureOf } from './failures.ts';

/**
 * The clients of one store: one for calls, replaced by a fresh one as soon as it lets us down, and one for each subscription. A client that was
 * replaced is let go when the last of its calls has ended, each of which ends by its timer: so no client's end ever cuts another's call.
 */

/** At most so often is a client replaced: while nothing can be reached, every call would ask for it. */
const REPLACE_MS_MIN = 250;

/**
 * Never uses BatchAppend, which in 6.2.1 has no timer of its own, hangs for ever when the server ends its stream, and keeps the promises of all
 * clients of the process in one map: one client's end rejects the others' appends. One call an append has none of that.
 */
export class OwnClient extends EventStoreDBClient {
  private isUsed = false;

  protected override supports = (): Promise<boolean> => Promise.resolve(false);

  /** For the check at start. */
  serverVersion(): Promise<string> {
    this.isUsed = true;
    return this.capabilities.then(({ serverVersion }) => serverVersion);
  }

  markUsed(): this {
    this.isUsed = true;
    return this;
  }

  /** Ends what is under way, and the connection, which the client's own dispose() keeps. Waits for neither: a stream may never say that it ended. */
  shut(): void {
    void this.dispose();
    if (!this.isUsed) return;
    void this.getChannel().then(
      (channel) => channel.close(),
      () => {},
    );
  }
}

interface Generation {
  readonly client: OwnClient;
  readonly bornAt: number;
  callCount: number;
  isReplaced: boolean;
}

export class Connections {
  /** Clients made in place of one that had let us down. */
  replacedCount = 0;
  private readonly address: EventStoreDbAddress;
  private clientCount = 0;
  private current: Generation;
  private readonly open = new Set<OwnClient>();

  constructor(address: EventStoreDbAddress) {
    this.address = address;
    this.current = this.generation();
  }

  /** Makes a call, which ends after `ms` at the latest whatever the server does. What it rejects with goes through failureOf. */
  async call<T>(ms: number, make: (client: OwnClient) => Promise<T>): Promise<T> {
    const own = this.current;
    own.callCount += 1;
    try {
      return await within(ms, make(own.client.markUsed()));
    } catch (error) {
      if (asksForNewConnection(failureOf(error))) this.replace(own);
      throw error;
    } finally {
      own.callCount -= 1;
      this.letGo(own);
    }
  }

  /** A client of one's own, to be given back with `release`. */
  take(): OwnClient {
    const client = this.createClient();
    this.open.add(client);
    return client;
  }

  release(client: OwnClient): void {
    this.open.delete(client);
    client.shut();
  }

  close(): void {
    for (const client of [...this.open, this.current.client]) client.shut();
  }

  private replace(own: Generation): void {
    if (own !== this.current || performance.now() - own.bornAt < REPLACE_MS_MIN) return;
    this.replacedCount += 1;
    this.current = this.generation();
    own.isReplaced = true;
    this.open.add(own.client);
  }

  private letGo(own: Generation): void {
    if (own.isReplaced && own.callCount === 0) this.release(own.client);
  }

  private generation(): Generation {
    return { client: this.createClient(), bornAt: performance.now(), callCount: 0, isReplaced: false };
  }

  private createClient(): OwnClient {
    const { ca, discovers, hosts, keepAliveTimeoutMs, tls, user, userCertificate } = this.address;
    this.clientCount += 1;
    const settings = {
      // grpc-js shares the connection, and its waiting after failures, among channels with equal settings: a fresh client must not be equal.
      keepAliveInterval: this.address.keepAliveIntervalMs + (this.clientCount % 1_000),
      keepAliveTimeout: keepAliveTimeoutMs,
      connectionName: this.address.connectionName,
    };
    const credentials = {
      insecure: !tls,
      ...(ca === undefined ? {} : { rootCertificate: ca }),
      ...(userCertificate === undefined
        ? {}
        : { userCertFile: userCertificate.certificate, userKeyFile: userCertificate.key }),
    };
    const [first] = hosts;
    if (!discovers) return new OwnClient({ ...settings, endpoint: first! }, credentials, user);
    return hosts.length > 1
      ? new OwnClient({ ...settings, endpoints: [...hosts] }, credentials, user)
      : new OwnClient({ ...settings, discover: first! }, credentials, user);
  }
}

/** Rejects with CallTimeoutError when `promise` is not settled after `ms`. */
export function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => reject(new CallTimeoutError(`no answer within ${ms} ms`)), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
