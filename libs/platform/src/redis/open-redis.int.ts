import { createServer, type AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { until } from '@waymark/testing';
import { makeCertificate } from '@waymark/testing/eventstoredb-server';
import { freePort } from '../../../../tools/needs/free-port.ts';
import { RedisServer } from '../../../../tools/needs/redis-server.ts';
import { openRedis, type RedisLink } from './open-redis.ts';

/** What whoever runs Waymark is told of a Redis that is there, away, wrong or comes back. */
const SECRET = 'hush-hush';
/** How Redis sends a text. */
const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;
/** With 500 us a key Redis loads for two seconds, and answers each 1,024 keys (redis.conf, key-load-delay is of its own tests). */
const LOADED_KEYS = 4_096;
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (let step = closing.pop(); step !== undefined; step = closing.pop()) await step();
});

function open(url: string): { link: RedisLink; lines: string[] } {
  const lines: string[] = [];
  const note = (line: string): number => lines.push(line);
  const link = openRedis({ url, purpose: 'test', log: { info: note, warn: note } });
  closing.push(() => link.close());
  return { link, lines };
}

async function server(args: readonly string[] = []): Promise<RedisServer> {
  const started = await RedisServer.start(args);
  closing.push(() => started.close());
  return started;
}

describe('a connection to Redis', () => {
  it('is up when Redis answers, and says each change once through a restart', async () => {
    const redis = await server();
    const { lines, link } = open(redis.url);
    await until('up', () => link.isUp);
    await redis.kill();
    await until('down', () => !link.isUp && /ECONNREFUSED/.test(link.fault ?? ''));
    await expect(link.client.get('x')).rejects.toThrow();
    await redis.start();
    await until('up again', () => link.isUp);
    expect(link.fault).toBeNull();
    expect(lines.filter((line) => line.includes('is used')).length).toBe(2);
    // That it went, and that it is not there; not one line an attempt.
    expect(lines.filter((line) => line.includes('is not used')).length).toBeLessThanOrEqual(2);
  });

  it('waits for one that is loading its data, and says so', async () => {
    const redis = await server();
    const pipeline = redis.admin.pipeline();
    for (let key = 0; key < LOADED_KEYS; key++) pipeline.set(`key-${key}`, 'x');
    await pipeline.exec();
    await redis.kill();
    const loaded = redis.start(['--key-load-delay', '500']);
    const { link, lines } = open(redis.url);
    await until('loading', () => link.fault === 'it is loading its data');
    expect(link.isUp).toBe(false);
    await loaded;
    await until('up', () => link.isUp);
    expect(await link.client.dbsize()).toBe(LOADED_KEYS);
    expect(lines.filter((line) => line.includes('loading')).length).toBe(1);
  });

  it('says that the password is wrong, without telling it', async () => {
    const redis = await server(['--requirepass', 'right']);
    const { lines, link } = open(redis.url.replace('//', `//:${SECRET}@`));
    await until('refused', () => /refuses the user or password/.test(link.fault ?? ''));
    expect(link.isUp).toBe(false);
    expect(lines.join('\n')).toContain('refuses the user or password of REDIS_URL');
    expect(lines.join('\n')).not.toContain(SECRET);
  });

  it('says that a password is missing', async () => {
    const redis = await server(['--requirepass', 'right']);
    const { link } = open(redis.url);
    await until('refused', () => /refuses the user or password/.test(link.fault ?? ''));
    expect(link.isUp).toBe(false);
  });

  it('refuses a cluster', async () => {
    const redis = await server(['--cluster-enabled', 'yes']);
    const { link } = open(redis.url);
    await until('refused', () => /is a cluster/.test(link.fault ?? ''));
    expect(link.isUp).toBe(false);
  });

  it.each([
    ['what answers there is not Redis', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['is Redis 5.0; 6.2 or newer', bulk('redis_version:5.0.7\r\nredis_mode:alone\r\n')],
    ['is loading its data', bulk('redis_version:7.0.15\r\nloading:1\r\n')],
    ['does not answer within', ''],
  ])('says so when it is another server: %s', async (sentence, answer) => {
    const other = createServer((socket) => {
      closing.push(() => socket.destroy());
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        if (String(chunk).includes('info')) socket.write(answer);
        else if (answer !== '')
          socket.write(answer.startsWith('$') ? '+OK\r\n'.repeat(String(chunk).split('*').length - 1) : answer);
      });
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    closing.push(() => other.close());
    const { link } = open(`redis://127.0.0.1:${(other.address() as AddressInfo).port}`);
    await until(
      () => `"${sentence}", not "${link.fault}"`,
      () => link.fault?.includes(sentence),
      8_000,
    );
    expect(link.isUp).toBe(false);
  });

  describe('with TLS on the server', () => {
    const { certificate, key } = makeCertificate();
    let tlsPort: number;
    beforeEach(async () => {
      const directory = mkdtempSync(join(tmpdir(), 'waymark-redis-tls-'));
      closing.push(() => rmSync(directory, { recursive: true }));
      const [certificateFile, keyFile] = [join(directory, 'certificate.pem'), join(directory, 'key.pem')];
      writeFileSync(certificateFile, certificate);
      writeFileSync(keyFile, key);
      tlsPort = await freePort();
      const files = [
        '--tls-cert-file',
        certificateFile,
        '--tls-key-file',
        keyFile,
        '--tls-ca-cert-file',
        certificateFile,
      ];
      await server(['--tls-port', `${tlsPort}`, ...files, '--tls-auth-clients', 'no']);
    });

    it('is up when Node trusts its authority (NODE_EXTRA_CA_CERTS)', async () => {
      const before = getCACertificates('default');
      closing.push(() => setDefaultCACertificates(before));
      setDefaultCACertificates([...before, certificate.toString()]);
      const { link } = open(`rediss://127.0.0.1:${tlsPort}`);
      await until('up', () => link.isUp);
      expect(await link.client.ping()).toBe('PONG');
    });

    it('says that its authority is not known', async () => {
      const { link } = open(`rediss://127.0.0.1:${tlsPort}`);
      await until('refused', () => link.fault?.startsWith('TLS fails (self-signed certificate'));
      expect(link.isUp).toBe(false);
    });

    it('says what is wrong with an address without TLS, once', async () => {
      const { lines, link } = open(`redis://127.0.0.1:${tlsPort}`);
      let closes = 0;
      link.client.on('close', () => (closes += 1));
      await until('it was tried five times', () => closes >= 5);
      expect(link.fault).toMatch(
        /^it is not reached \((ECONNRESET|EPIPE)\); perhaps it speaks TLS alone \(rediss:\/\/\)$/,
      );
      expect(lines.length).toBeLessThanOrEqual(2);
    });
  });

  it('refuses a database that the server does not have, and does not take another in its place', async () => {
    const redis = await server();
    const { lines, link } = open(`${redis.url}/99`);
    let tries = 0;
    link.client.on('ready', () => (tries += 1));
    await until('it was tried three times', () => tries >= 3);
    expect(link.fault).toBe('it has no such database number as REDIS_URL names');
    expect(link.isUp).toBe(false);
    expect(lines.filter((line) => line.includes('is used'))).toEqual([]);
    const { link: other } = open(`${redis.url}/9`);
    await until('up', () => other.isUp);
    await other.client.set('x', '1');
    expect(await redis.admin.dbsize()).toBe(0);
  });

  it('says that TLS fails when the server has none', async () => {
    const redis = await server();
    const { link } = open(redis.url.replace('redis:', 'rediss:'));
    await until(
      () => `TLS is named, not ${link.fault}`,
      () => /TLS/.test(link.fault ?? ''),
    );
    expect(link.isUp).toBe(false);
  });
});
