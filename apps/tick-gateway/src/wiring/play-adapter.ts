import type { INestApplication } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { CLIENT_MESSAGE_BYTES_MAX } from '@waymark/base';
import { PLAY_PATH, SUBPROTOCOL, WATCH_PATH } from '@waymark/protocol';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * Nest's adapter for `ws`, set up for this protocol: small messages only, no compression (frames are small and shared), the subprotocol
 * answered. Messages do not go through Nest's handlers, which parse JSON through an observable for each: PlayerConnection listens itself.
 */
export class PlayAdapter extends WsAdapter {
  constructor(app: INestApplication) {
    super(app);
    answerUnknownPaths(app.getHttpServer() as Server);
  }

  override create(port: number, options: Record<string, unknown> = {}): ReturnType<WsAdapter['create']> {
    return super.create(port, {
      ...options,
      maxPayload: CLIENT_MESSAGE_BYTES_MAX,
      perMessageDeflate: false,
      clientTracking: true,
      handleProtocols: (offered: Set<string>) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    } as never);
  }

  override bindMessageHandlers(): void {
    // Nothing: see above.
  }
}

/** Nest drops an upgrade for another path without a word; a client deserves a 404. Runs before Nest's own listener. */
function answerUnknownPaths(server: Server): void {
  server.prependListener('upgrade', (request: IncomingMessage, socket: Duplex) => {
    const path = (request.url ?? '').split('?')[0];
    if (path === PLAY_PATH || path === WATCH_PATH) return;
    socket.end(`HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nThere are ${PLAY_PATH} and ${WATCH_PATH}.\n`);
  });
}
