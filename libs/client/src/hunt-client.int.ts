import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { encodeFrame, readMove } from '@waymark/protocol';
import { sampleEvent, sampleKeyframe, sampleWelcome, until } from '@waymark/testing';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';

import { HuntClient } from './hunt-client.ts';
import { ClosedError } from './hunt-types.ts';

/** The client on what Node brings (fetch, WebSocket, timers) against real sockets on the loopback; no clock or network of its own. */
const SERVER_AHEAD_MS = 1_234;

class LoopbackHunt {
  private readonly http: Server;
  private readonly ws = new WebSocketServer({ noServer: true, handleProtocols: () => 'waymark.v1' });
  readonly requests: { readonly url: string; readonly protocols: string }[] = [];
  readonly moves: number[] = [];
  socket: WebSocket | null = null;
  private sequence = 0;
  revision = 7;

  constructor() {
    this.http = createServer((request, response) => {
      request.resume();
      response.writeHead(201, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ playerId: 'ada', ticket: 't', gatewayUrl: this.gatewayUrl, revision: 7 }));
    });
    this.http.on('upgrade', (request, socket, head) => {
      this.ws.handleUpgrade(request, socket, head, (accepted) => {
        this.accept(accepted, request);
      });
    });
  }

  get gatewayUrl(): string {
    return `ws://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  get commandUrl(): string {
    return this.gatewayUrl.replace('ws', 'http');
  }

  async listen(): Promise<void> {
    this.http.listen(0, '127.0.0.1');
    await once(this.http, 'listening');
  }

  async close(): Promise<void> {
    for (const socket of this.ws.clients) socket.terminate();
    this.http.closeAllConnections();
    this.http.close();
    await once(this.http, 'close');
  }

  sendEvent(): void {
    this.revision += 1;
    this.sequence += 1;
    const said = { kind: 'event', event: sampleEvent({ type: 'GamePaused' }) } as const;
    this.socket!.send(encodeFrame(this.meta(), said));
  }

  private accept(socket: WebSocket, request: IncomingMessage): void {
    this.socket = socket;
    this.requests.push({
      url: request.url!,
      protocols: request.headers['sec-websocket-protocol']!.replaceAll(' ', ''),
    });
    const isResume = request.url!.includes('epoch=');
    const resumed = isResume ? { recovered: true, fromRevision: this.revision, events: 0 } : null;
    socket.send(JSON.stringify(sampleWelcome({ serverTime: this.now(), resumed })));
    socket.send(encodeFrame(this.meta(), sampleKeyframe()));
    socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) {
        const { clientTime } = JSON.parse(data.toString()) as { clientTime: number };
        socket.send(JSON.stringify({ type: 'clock', clientTime, serverTime: this.now() }));
        return;
      }
      const move = { sequence: 0, x: 0, y: 0, z: 0 };
      const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
      expect(readMove(view, 0, data.byteLength, move)).toBeNull();
      this.moves.push(move.sequence);
    });
  }

  private meta() {
    return { tick: 1, revision: this.revision, sequence: this.sequence, dueAt: this.now() };
  }

  private now(): number {
    return performance.timeOrigin + performance.now() + SERVER_AHEAD_MS;
  }
}

describe('the client over real sockets', () => {
  let hunt: LoopbackHunt;
  let client: HuntClient;

  beforeEach(async () => {
    hunt = new LoopbackHunt();
    await hunt.listen();
    client = new HuntClient({ commandUrl: hunt.commandUrl });
  });

  afterEach(async () => {
    client.close();
    await hunt.close();
  });

  it('joins, plays, loses its socket and resumes on its own', async () => {
    const welcome = await client.join({ gameId: 'game-1', name: 'Ada' });
    expect(welcome.gameId).toBe('game-1');
    expect(hunt.requests[0]).toEqual({ url: '/play?profile=delta', protocols: 'waymark.v1,ticket.t' });

    const paused = nextEvent();
    hunt.sendEvent();
    expect(await paused).toBe('GamePaused');
    expect(client.state).toMatchObject({ revision: 8, status: 'paused' });

    expect(client.move(1, 2, 3)).toBe(1);
    await until('the first move', () => hunt.moves.length === 1);

    const resumed = new Promise((resolve) => client.once('resume', resolve));
    hunt.socket!.terminate();
    expect(await resumed).toEqual({ recovered: true, fromRevision: 8, events: 0 });
    expect(hunt.requests[1]!.url).toBe('/play?profile=delta&epoch=epoch-1&revision=8&sequence=1');
    expect(hunt.requests[1]!.protocols).toBe('waymark.v1,session.session-token-1');
    await until('the connection', () => client.status.status === 'connected');
    expect(client.move(1, 2, 3)).toBe(2);
    await until('the second move', () => hunt.moves.length === 2);
  });

  it('LM2: finds the offset of the server clock within the bound that it names', async () => {
    await client.join({ gameId: 'game-1', name: 'Ada' });
    await until('a round trip', () => Number.isFinite(client.clockOffset().errorMs));
    const { offsetMs, errorMs } = client.clockOffset();
    expect(Math.abs(offsetMs - SERVER_AHEAD_MS)).toBeLessThanOrEqual(errorMs + 0.1);
  });

  it('CL2: hears the code and the reason of a close', async () => {
    await client.join({ gameId: 'game-1', name: 'Ada' });
    const closed = new Promise((resolve) => client.once('close', (code, reason) => resolve([code, reason])));
    hunt.socket!.close(4503, 'the game has ended');
    expect(await closed).toEqual([4503, 'the game has ended']);
  });

  it('says that nobody is there when nobody is there', async () => {
    const address = hunt.commandUrl;
    await hunt.close();
    const lonely = new HuntClient({ commandUrl: address, connectTimeoutMs: 250 });
    await expect(lonely.join({ gameId: 'game-1', name: 'Ada' })).rejects.toThrow(ClosedError);
    hunt = new LoopbackHunt();
    await hunt.listen();
  });

  function nextEvent(): Promise<string> {
    return new Promise((resolve) => client.once('event', ({ type }) => resolve(type)));
  }
});
