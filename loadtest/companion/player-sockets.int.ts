import { systemClock } from '@waymark/platform';
import { SUBPROTOCOL } from '@waymark/protocol';
import { sampleWelcome } from '@waymark/testing';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { HandlingDelay } from './handling-delay.ts';
import { PlayerSockets } from './player-sockets.ts';

describe('a player that is cut off', () => {
  let server: Server;
  let upgrades: WebSocketServer;
  let sockets: PlayerSockets;
  const held = new Set<Duplex>();
  /** What the server does to whoever comes back. */
  let onReturn: (socket: Duplex) => void;

  beforeEach(async () => {
    upgrades = new WebSocketServer({ noServer: true, handleProtocols: () => SUBPROTOCOL });
    let count = 0;
    server = createServer();
    server.on('upgrade', (request, socket, head) => {
      held.add(socket);
      if (count++ > 0) return onReturn(socket);
      upgrades.handleUpgrade(request, socket, head, (client) => {
        client.on('error', () => undefined);
        client.send(JSON.stringify(sampleWelcome()));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const clock = (): number => systemClock.now();
    sockets = new PlayerSockets({
      server: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
      profile: 'delta',
      clock,
      delay: new HandlingDelay(clock),
      players: [{ player: 0, gameId: 'game-1' }],
      tickets: ['ticket'],
    });
    await sockets.connect();
    const fromMs = clock() - 10_000;
    sockets.openWindow({ fromMs, untilMs: fromMs + 20_000, tickPeriodMs: 150, tickBudgetMs: 35 });
  });
  afterEach(async () => {
    sockets.close();
    for (const socket of held) socket.destroy();
    held.clear();
    await new Promise((resolve) => server.close(resolve));
  });

  it('and refused when it comes back is measured as closed: the server is wrong, not the run', async () => {
    onReturn = (socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    expect(await sockets.drop(0, 0, systemClock.now() + 20_000)).toMatchObject({ isBack: false, recovered: false });
    expect(sockets.finish().players[0]).toMatchObject({ closedWith: 1006 });
  });

  it('and never answered is waited for until the end, and its frames are missing', async () => {
    onReturn = () => undefined;
    expect(await sockets.drop(0, 0, systemClock.now() + 300)).toMatchObject({ isBack: false, recovered: false });
    const [player] = sockets.finish().players;
    // Of twenty seconds it was excused from five and what may be under way.
    expect(player!.framesDue).toBeGreaterThan(90);
    expect(player!.framesDue).toBeLessThan(105);
    expect(player).toMatchObject({ framesReceived: 0, framesLate: player!.framesDue });
  });
});
