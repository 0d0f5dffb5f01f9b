import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import type { Metadata, ServerErrorResponse, ServerUnaryCall, sendUnaryData, StatusObject } from '@grpc/grpc-js';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import gossipGrpc from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import featuresGrpc from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { DeleteReq, TombstoneReq } from '@eventstore/db-client/generated/streams_pb.js';
import { appendBatches, appendOnce } from './appending.ts';
import { read } from './reading.ts';
import { ServerFaults, takeOne } from './server-faults.ts';
import { ServerLog } from './server-log.ts';
import { accessDenied, notLeader, refusal, streamName } from './wire.ts';

/**
 * A server that speaks EventStoreDB's protocol, for tests: its own service definitions (from the client's generated code), its semantics
 * (server-log.ts), and switches for what goes wrong in the world (server-faults.ts). In a test it runs in the process of the test; main.ts
 * makes a process of it that can be killed.
 */
export interface EventStoreDbServerOptions {
  /** 0, the default: any free one. */
  readonly port?: number;
  /** Where the log is kept over restarts; by default in memory. */
  readonly file?: string;
  /** PEM. With TLS users are asked for their password; without, as EventStoreDB does, nobody is. */
  readonly tls?: { readonly key: Buffer; readonly certificate: Buffer };
  /** Passwords by user. Default: admin, changeit. */
  readonly users?: Readonly<Record<string, string>>;
  readonly idsCachedMax?: number;
}

export interface EventStoreDbServer {
  readonly port: number;
  readonly log: ServerLog;
  readonly faults: ServerFaults;
  /** Calls taken, by name. */
  readonly calls: ReadonlyMap<string, number>;
  /** Connections that are open, and those that ever were. */
  readonly connectionCount: number;
  readonly connectionsTaken: number;
  /** Cuts every connection; new ones are taken. */
  dropConnections(): void;
  /** Reads nothing more from the connections that there are, which stay open: whoever sends much waits for room. */
  holdConnections(): void;
  /** From here on no connection is taken; those that there are are cut. `accept` ends that. */
  refuseConnections(): Promise<void>;
  acceptConnections(): Promise<void>;
  stop(): Promise<void>;
}

const BODY_BYTES_MAX = 16 * 1024 * 1024;
const LEADER = 8;

export async function startEventStoreDbServer(options: EventStoreDbServerOptions = {}): Promise<EventStoreDbServer> {
  const server = new TestServer(options);
  await server.bind();
  await server.acceptConnections();
  return server;
}

type AnyCall = { readonly metadata: Metadata };

class TestServer implements EventStoreDbServer {
  readonly log: ServerLog;
  readonly faults = new ServerFaults();
  readonly calls = new Map<string, number>();
  port: number;
  connectionsTaken = 0;
  private readonly options: EventStoreDbServerOptions;
  private readonly grpc = new Server({ 'grpc.max_receive_message_length': BODY_BYTES_MAX });
  private readonly sockets = new Set<Socket>();
  private readonly listener;
  private innerPort = 0;
  private stopped: Promise<void> | undefined;

  constructor(options: EventStoreDbServerOptions) {
    this.options = options;
    this.port = options.port ?? 0;
    this.log = new ServerLog({ file: options.file, idsCachedMax: options.idsCachedMax });
    this.addServices();
    this.listener = createServer({ noDelay: true }, (socket) => this.carry(socket));
  }

  get connectionCount(): number {
    return this.sockets.size;
  }

  dropConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  holdConnections(): void {
    for (const socket of this.sockets) socket.unpipe().pause();
  }

  refuseConnections(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.listener.close(() => resolve()));
    this.dropConnections();
    return closed;
  }

  acceptConnections(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.listener.once('error', reject);
      this.listener.listen(this.port, '127.0.0.1', () => {
        this.listener.off('error', reject);
        this.port = (this.listener.address() as AddressInfo).port;
        resolve();
      });
    });
  }

  /** The server itself listens on a port that nobody is told of; connections are carried there, because those of its own cannot be cut. */
  bind(): Promise<void> {
    const { tls } = this.options;
    const credentials =
      tls === undefined
        ? ServerCredentials.createInsecure()
        : ServerCredentials.createSsl(null, [{ private_key: tls.key, cert_chain: tls.certificate }]);
    return new Promise((resolve, reject) => {
      this.grpc.bindAsync('127.0.0.1:0', credentials, (error, port) => {
        this.innerPort = port;
        if (error === null) resolve();
        else reject(error);
      });
    });
  }

  stop(): Promise<void> {
    this.stopped ??= this.stopParts();
    return this.stopped;
  }

  private async stopParts(): Promise<void> {
    if (this.listener.listening) await this.refuseConnections();
    this.grpc.forceShutdown();
    this.log.close();
  }

  private carry(outside: Socket): void {
    const inside = connect({ host: '127.0.0.1', port: this.innerPort, noDelay: true });
    this.sockets.add(outside);
    this.connectionsTaken += 1;
    outside
      .on('error', () => {})
      .on('close', () => {
        this.sockets.delete(outside);
        inside.destroy();
      });
    inside.on('error', () => {}).on('close', () => outside.destroy());
    outside.pipe(inside).pipe(outside);
  }

  private addServices(): void {
    const { faults, log } = this;
    const world = { faults, log, dropConnections: () => this.dropConnections() };
    this.grpc.addService(streamsGrpc.StreamsService as never, {
      read: (call: Parameters<typeof read>[0]) => {
        const refused = this.refusalOf('read', call);
        if (refused !== null) return void call.emit('error', refused);
        if (faults.swallowReads > 0) return void (faults.swallowReads -= 1);
        if (faults.slowReadMs > 0) return void setTimeout(() => read(call, log, faults), faults.slowReadMs);
        return void read(call, log, faults);
      },
      append: (call: Parameters<typeof appendOnce>[0], callback: Parameters<typeof appendOnce>[1]) => {
        const refused = this.refusalOf('append', call);
        if (refused === null) appendOnce(call, callback, world);
        else {
          call.on('error', () => {}).resume();
          callback(refused as ServerErrorResponse);
        }
      },
      batchAppend: (call: Parameters<typeof appendBatches>[0]) => {
        const refused = this.refusalOf('batchAppend', call);
        if (refused === null) appendBatches(call, world);
        else call.emit('error', refused);
      },
      delete: this.unary<DeleteReq>('delete', (request) => {
        log.delete(streamName(request.getOptions()?.getStreamIdentifier()), false);
        return new streams.DeleteResp();
      }),
      tombstone: this.unary<TombstoneReq>('tombstone', (request) => {
        log.delete(streamName(request.getOptions()?.getStreamIdentifier()), true);
        return new streams.TombstoneResp();
      }),
    });
    this.grpc.addService(featuresGrpc.ServerFeaturesService as never, {
      getSupportedMethods: this.unary('getSupportedMethods', () => this.supportedMethods()),
    });
    this.grpc.addService(gossipGrpc.GossipService as never, { read: this.unary('gossip', () => this.members()) });
  }

  private unary<Request>(name: string, answer: (request: Request) => unknown) {
    return (call: ServerUnaryCall<Request, unknown>, callback: sendUnaryData<unknown>): void => {
      const refused = this.refusalOf(name, call);
      if (refused !== null) return callback(refused as ServerErrorResponse);
      callback(null, answer(call.request));
    };
  }

  private refusalOf(name: string, call: AnyCall): Partial<StatusObject> | null {
    this.calls.set(name, (this.calls.get(name) ?? 0) + 1);
    const { faults } = this;
    if (name === 'getSupportedMethods') {
      if (faults.hidesFeatures) return refusal(status.UNIMPLEMENTED, 'Method is unimplemented.');
      return faults.notReady ? refusal(status.UNAVAILABLE, 'Server Is Not Ready') : null;
    }
    if (name === 'gossip') return null;
    if (faults.notReady) return refusal(status.UNAVAILABLE, 'Server Is Not Ready');
    if (faults.refuseUsers || !this.isUser(call)) return accessDenied();
    const needsLeader = name !== 'read' || call.metadata.get('requires-leader')[0] === 'true';
    if (faults.notLeader !== null && needsLeader && takeOne(faults.notLeader)) return notLeader(faults.notLeader);
    return null;
  }

  private isUser(call: AnyCall): boolean {
    if (this.options.tls === undefined) return true;
    const [header] = call.metadata.get('authorization');
    const text = Buffer.from(String(header ?? '').replace('Basic ', ''), 'base64').toString();
    const [user = '', ...password] = text.split(':');
    return (this.options.users ?? { admin: 'changeit' })[user] === password.join(':');
  }

  private supportedMethods(): unknown {
    const supported = new features.SupportedMethods().setEventStoreServerVersion(this.faults.version);
    for (const [method, list] of Object.entries(METHOD_FEATURES)) {
      const row = new features.SupportedMethod().setServiceName('event_store.client.streams.streams');
      supported.addMethods(row.setMethodName(method).setFeaturesList([...list]));
    }
    return supported;
  }

  private members(): unknown {
    const endPoint = new gossip.EndPoint().setAddress('127.0.0.1').setPort(this.port);
    const member = new gossip.MemberInfo()
      .setInstanceId(new shared.UUID().setString('b5ba2ab9-9f4e-4b3c-a06c-2c7b0c9ff0a1'))
      .setTimeStamp('1')
      .setState(LEADER)
      .setIsAlive(true)
      .setHttpEndPoint(endPoint);
    return new gossip.ClusterInfo().setMembersList([member]);
  }
}

const METHOD_FEATURES = {
  append: [],
  batchappend: ['deadline_duration'],
  delete: [],
  read: ['position', 'events'],
  tombstone: [],
} as const;
