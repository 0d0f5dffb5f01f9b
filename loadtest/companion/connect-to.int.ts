import { once } from 'node:events';
import { createServer as createPlain, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createSecure } from 'node:tls';
import { makeCertificate } from '@waymark/testing/eventstoredb-server';
import { basePath, connectTo } from './connect-to.ts';

let server: Server;
const sockets: Socket[] = [];
afterEach(() => {
  // Also when a test has failed: an open one would keep the run from ending.
  for (const socket of sockets.splice(0)) socket.destroy();
  return new Promise((resolve) => server.close(resolve));
});

function connected(address: string): Socket {
  const socket = connectTo(new URL(address));
  sockets.push(socket);
  return socket;
}

/** What a server hears first, and on which connection. */
async function heard(listening: Server, protocol: string): Promise<string> {
  server = listening;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const socket = connected(`${protocol}//127.0.0.1:${port}/below`);
  const failed = once(socket, 'error').then(([error]) => String((error as Error).message));
  const told = new Promise<string>((resolve) => {
    const event = protocol === 'wss:' || protocol === 'https:' ? 'secureConnection' : 'connection';
    server.once(event, (accepted) => accepted.once('data', (chunk: Buffer) => resolve(chunk.toString())));
  });
  socket.write('hello');
  return Promise.race([told, failed]);
}

describe('a connection to an address', () => {
  it.each(['http:', 'ws:'])('with %s is a plain one', async (protocol) => {
    expect(await heard(createPlain(), protocol)).toBe('hello');
  });

  it.each(['https:', 'wss:'])('with %s is secure, and believes no certificate that nobody knows', async (protocol) => {
    const { certificate, key } = makeCertificate();
    const secure = createSecure({ key, cert: certificate });
    secure.on('tlsClientError', () => undefined);
    expect(await heard(secure, protocol)).toMatch(/self-signed certificate/);
  });

  it('names the host that it wants, so that one address may serve many', async () => {
    const { certificate, key } = makeCertificate();
    const named = Promise.withResolvers<string>();
    const secure = createSecure({
      key,
      cert: certificate,
      SNICallback(name, done) {
        named.resolve(name);
        done(null);
      },
    });
    secure.on('tlsClientError', () => undefined);
    server = secure;
    await new Promise<void>((resolve) => secure.listen(0, 'localhost', resolve));
    const socket = connected(`https://localhost:${(secure.address() as AddressInfo).port}`);
    socket.on('error', () => undefined);
    expect(await named.promise).toBe('localhost');
  });

  it.each([
    ['wss://[::1]/a', 443],
    ['ws://[::1]/a', 80],
    ['https://[::1]/a', 443],
    ['http://[::1]/a', 80],
  ])('has the default port of its protocol: %s', async (url, port) => {
    server = createPlain().listen(0);
    const socket = connected(url);
    const where = await new Promise((resolve) => {
      socket.once('connect', () => resolve(socket.remotePort));
      socket.on('error', (error: Error & { port?: number }) => resolve(error.port));
    });
    expect(where).toBe(port);
  });

  it('is followed by the path that stands before all others', () => {
    server = createPlain().listen(0);
    expect([basePath(new URL('wss://a/b/c/')), basePath(new URL('ws://a'))]).toEqual(['/b/c', '']);
  });
});
