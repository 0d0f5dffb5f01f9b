import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandStream, type Command, type CommandResult } from './command-stream.ts';

describe('a command stream', () => {
  let server: Server;
  let sockets: Set<Socket>;
  let results: CommandResult[];
  let stream: CommandStream;

  beforeEach(async () => {
    sockets = new Set();
    results = [];
    server = createServer((request, answer) => {
      request.resume().on('end', () => {
        if (request.url === '/break') request.socket.destroy();
        else answer.end(`{"path":"${request.url}","sentAt":"${String(request.headers['waymark-sent-at'])}"}`);
      });
    });
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const commandUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const onResult = (result: CommandResult): void => void results.push(result);
    stream = new CommandStream({ commandUrl, connections: 2, clock: () => performance.now(), onResult });
  });
  afterEach(async () => {
    stream.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it('goes below the path of its address', async () => {
    const below = new CommandStream({ ...stream.options, commandUrl: `${stream.url.href}way/mark/` });
    below.send(command('/games'));
    await until(() => results.length === 1);
    below.close();
    expect(results[0]!.body).toContain('"path":"/way/mark/games"');
  });

  it('answers each command once, also those that waited for a connection', async () => {
    for (let n = 0; n < 10; n++) stream.send(command(`/${n}`));
    await until(() => results.length === 10);
    expect(results.map(({ status, command: { path }, body }) => [status, path, body])).toEqual(
      expect.arrayContaining([[200, '/7', '{"path":"/7","sentAt":"17.25"}']]),
    );
    expect(new Set(results.map(({ command: { path } }) => path)).size).toBe(10);
  });

  it('goes on over new connections when the server has closed those that were idle', async () => {
    stream.send(command('/a'));
    await until(() => results.length === 1 && sockets.size === 2);
    for (const socket of sockets) socket.destroy();
    await until(() => sockets.size === 0);
    await until(() => sockets.size === 2);
    for (const path of ['/b', '/c', '/d']) stream.send(command(path));
    await until(() => results.length === 4);
    expect(results.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  });

  it('says of a command whose connection broke that it broke, and sends what waited behind it', async () => {
    for (const path of ['/break', '/break', '/a', '/b']) stream.send(command(path));
    await until(() => results.length === 4);
    expect(results.filter(({ status }) => status === 0).map(({ body }) => body)).toEqual([
      'the connection broke',
      'the connection broke',
    ]);
    expect(results.filter(({ status }) => status === 200)).toHaveLength(2);
  });
});

function command(path: string): Command {
  return { path, token: 't', key: 'k', body: '{"name":"Ä"}', intendedAt: 17.25 };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('it did not come about');
    await sleep(2);
  }
}
