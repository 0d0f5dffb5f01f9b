import { WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import { PLAY_PATH, WATCH_PATH } from '@waymark/protocol';
import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import { PlayServer } from '../play/play-server.ts';

@WebSocketGateway({ path: PLAY_PATH })
export class PlayGateway implements OnGatewayConnection {
  constructor(private readonly server: PlayServer) {}

  handleConnection(socket: WebSocket, request: IncomingMessage): void {
    this.server.connect(socket, request, 'player');
  }
}

@WebSocketGateway({ path: WATCH_PATH })
export class WatchGateway implements OnGatewayConnection {
  constructor(private readonly server: PlayServer) {}

  handleConnection(socket: WebSocket, request: IncomingMessage): void {
    this.server.connect(socket, request, 'spectator');
  }
}
