import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SlowReaders } from './slow-readers.ts';

describe('slow readers', () => {
  let server: Server;
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  it('that are not let in end the run: a scenario without them is another one', async () => {
    server = createServer();
    server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const gatewayUrl = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const readers = new SlowReaders({ gatewayUrl, gameIds: ['g'], sockets: 3, pauseMs: 1, clock: () => 0 });
    await expect(readers.connect()).rejects.toThrow(/^slow reader 0 was closed: 1006/);
    readers.close();
  });
});
