import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RawSocket } from './raw-socket.ts';

describe('a raw socket', () => {
  let server: Server;
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it.each([
    ['', '/play?game=g'],
    ['/way/mark/', '/way/mark/play?game=g'],
  ])('asks below the path %j of its address, and names the host with its port', async (base, path) => {
    server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const asked = new Promise<IncomingMessage>((resolve) =>
      server.once('upgrade', (request, socket) => {
        resolve(request);
        socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n');
      }),
    );
    let socket: RawSocket | undefined;
    const closed = new Promise((resolve) => {
      socket = new RawSocket(
        { server: `ws://${host}${base}`, path: '/play?game=g', subprotocols: ['waymark.v1'], clock: () => 0 },
        { onFrame: () => undefined, onText: () => undefined, onClose: (code, reason) => resolve([code, reason]) },
      );
    });
    const { headers, url } = await asked;
    expect({ url, host: headers.host, protocol: headers['sec-websocket-protocol'] }).toEqual({
      url: path,
      host,
      protocol: 'waymark.v1',
    });
    expect(await closed).toEqual([1006, 'no upgrade: HTTP/1.1 503 Service Unavailable']);
    socket!.close();
  });
});
