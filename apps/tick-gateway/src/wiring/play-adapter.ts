import type { INestApplication } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { CLIENT_MESSAGE_BYTES_MAX } from '@waymark/base';
import { endWithProblem, Problem } from '@waymark/platform';
import { PLAY_PATH, SESSION_PREFIX, SUBPROTOCOL, TICKET_PREFIX, WATCH_PATH } from '@waymark/protocol';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { CLOSE_ANSWER_MS } from '../play/play-socket.ts';

/**
 * Nest's adapter for `ws`, set up for this protocol: small messages only, no compression (frames are small and shared), the subprotocol
 * answered. Messages do not go through Nest's handlers, which parse JSON through an observable for each: Connection listens itself. Upgrades
 * do not go through Nest's listener either, which leaves sockets of other paths without an answer and without anybody who hears of their errors.
 */
export class PlayAdapter extends WsAdapter {
  private readonly servers = new Map<string, WebSocketServer>();

  constructor(app: INestApplication) {
    super(app);
    (app.getHttpServer() as Server).on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.upgrade(request, socket, head);
    });
  }

  override create(_port: number, { path }: { path?: string } = {}): WebSocketServer {
    const server = new WebSocketServer({
      noServer: true,
      maxPayload: CLIENT_MESSAGE_BYTES_MAX,
      maxFragments: FRAGMENTS_MAX,
      maxBufferedChunks: CHUNKS_MAX,
      // No limit of its own, which would cut a client off without a word: pings count as messages (MV5).
      maxPendingAutoPongs: 0,
      perMessageDeflate: false,
      closeTimeout: CLOSE_ANSWER_MS,
      handleProtocols: answerProtocol,
    } as never);
    server.on('wsClientError', (error: Error, socket: Duplex, request: IncomingMessage) => {
      answerNoHandshake(error, socket, request);
    });
    this.servers.set(path!, server);
    return server;
  }

  override bindMessageHandlers(): void {
    // Nothing: see above.
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const server = this.servers.get((request.url ?? '').split('?')[0]!);
    if (server === undefined) return answerNotFound(socket);
    server.handleUpgrade(request, socket, head, (accepted) => server.emit('connection', accepted, request));
  }
}

/** A message of ours is sent in one piece; many small ones would only cost. */
const FRAGMENTS_MAX = 16;
/** Pieces in which one message may come from the network: a byte each, at worst. */
const CHUNKS_MAX = 2 * CLIENT_MESSAGE_BYTES_MAX;

/**
 * A client that does not offer waymark.v1 is told so by a close code (rules HS3, 4505), which it sees only if the upgrade answers with something
 * that it offered. Not with its token, unless there is nothing else.
 */
function answerProtocol(offered: ReadonlySet<string>): string | false {
  if (offered.has(SUBPROTOCOL)) return SUBPROTOCOL;
  const names = [...offered];
  const isCredential = (name: string): boolean => name.startsWith(TICKET_PREFIX) || name.startsWith(SESSION_PREFIX);
  return names.find((name) => !isCredential(name)) ?? names[0] ?? false;
}

function answerNotFound(socket: Duplex): void {
  endUpgrade(socket, new Problem('not-found', `WebSockets are at ${PLAY_PATH} and ${WATCH_PATH}`));
}

/** HS3. What is wrong with it is told in the words of `ws`, which name the header and repeat nothing of what was sent. */
function answerNoHandshake({ message }: Error, socket: Duplex, { method }: IncomingMessage): void {
  if (method === 'GET') {
    const problem = new Problem('invalid-request', `this is no WebSocket handshake: ${message}`);
    return endUpgrade(socket, problem, { 'sec-websocket-version': '13' });
  }
  const allow = ['GET'];
  const problem = new Problem('method-not-allowed', `${method} is not taken here`, { extra: { allow } });
  endUpgrade(socket, problem, { allow: allow.join(', ') });
}

function endUpgrade(socket: Duplex, problem: Problem, headers: Readonly<Record<string, string>> = {}): void {
  socket.on('error', () => socket.destroy()).once('finish', () => socket.destroy());
  endWithProblem(socket, problem, headers);
}
