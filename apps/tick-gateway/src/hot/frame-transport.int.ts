import { SOCKET_PENDING_MAX } from '@waymark/base';
import { SlabPool } from '@waymark/tick-engine';
import { until } from '@waymark/testing';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { SocketPair } from '../testing/socket-pair.ts';
import { FrameTransport, SEND_BROKEN, SEND_FULL, SEND_TAKEN } from './frame-transport.ts';

/** On real sockets, both ways of writing: a slab is held for as long as the kernel may read it, and not a moment longer. */
const FRAME_BYTES = 4_000;

class Rig {
  readonly pool = new SlabPool({
    slabsMax: 128,
    poison: true,
    createView: (buffer, offset, bytes) => Buffer.from(buffer, offset, bytes),
  });
  readonly expected: Buffer[] = [];
  private number = 0;

  /** A slab with bytes that no other has; the caller owns it. */
  slab(): number {
    const slab = this.pool.claim();
    this.number += 1;
    const at = this.pool.frameOffset(slab);
    this.pool.octets.fill(this.number & 0x7f, at, at + FRAME_BYTES);
    this.pool.view.setUint32(at, this.number);
    this.pool.seal(slab, FRAME_BYTES);
    return slab;
  }

  /** As the fan-out: claims, hands over, lets go. The slab's number. */
  hand(send: (slab: number) => number): { slab: number; outcome: number } {
    const slab = this.slab();
    const copy = Buffer.from(this.pool.message(slab));
    const outcome = send(slab);
    if (outcome === SEND_TAKEN) this.expected.push(copy);
    this.pool.release(slab);
    return { slab, outcome };
  }

  /** Writes until the socket takes no more; the slab that is under way. */
  fill(transport: FrameTransport): number {
    for (let i = 0; i < 10_000; i++) {
      const { slab } = this.hand((handed) => transport.send(handed));
      if (!transport.idle) return slab;
    }
    throw new Error('a socket that nobody reads took 40 MB');
  }

  get expectedBytes(): Buffer {
    return Buffer.concat(this.expected);
  }
}

describe.each([
  ['past the stream', true],
  ['through the stream', false],
])('FrameTransport, %s', (_name, mayWriteRaw) => {
  let rig: Rig;
  let pair: SocketPair;
  let transport: FrameTransport;

  beforeEach(async () => {
    rig = new Rig();
    pair = await SocketPair.open();
    transport = new FrameTransport(pair.near, rig.pool, mayWriteRaw);
  });
  afterEach(() => pair.close());

  it('hands a frame to a socket that keeps up, and holds nothing', async () => {
    pair.far.resume();
    for (let i = 0; i < 50; i++) {
      expect(rig.hand((slab) => transport.send(slab)).outcome).toBe(SEND_TAKEN);
      expect(rig.pool.usedCount).toBe(0);
    }
    await until('all bytes', () => pair.receivedBytes === rig.expectedBytes.length);
    expect(pair.received.equals(rig.expectedBytes)).toBe(true);
  });

  it('holds the one slab whose bytes a reader has not taken, and lets go when it has', async () => {
    const slab = rig.fill(transport);
    expect(rig.pool.ownerCount(slab)).toBe(1);
    expect(rig.pool.usedCount).toBe(1);
    expect(transport.pendingCount).toBe(1);
    pair.far.resume();
    await until('the write to end', () => transport.idle);
    expect(rig.pool.usedCount).toBe(0);
    await until('all bytes', () => pair.receivedBytes === rig.expectedBytes.length);
    expect(pair.received.equals(rig.expectedBytes)).toBe(true);
  });

  it('keeps what must not be lost in order behind it, up to its bound', async () => {
    rig.fill(transport);
    for (let i = 0; i < SOCKET_PENDING_MAX; i++) {
      expect(rig.hand((slab) => transport.sendInOrder(slab)).outcome).toBe(SEND_TAKEN);
    }
    expect(rig.hand((slab) => transport.sendInOrder(slab)).outcome).toBe(SEND_FULL);
    expect(rig.pool.usedCount).toBe(1 + SOCKET_PENDING_MAX);
    pair.far.resume();
    await until('everything to be written', () => transport.idle);
    expect(rig.pool.usedCount).toBe(0);
    await until('all bytes', () => pair.receivedBytes === rig.expectedBytes.length);
    expect(pair.received.equals(rig.expectedBytes)).toBe(true);
  });

  it('lets go of every slab when the socket is destroyed', async () => {
    rig.fill(transport);
    for (let i = 0; i < 10; i++) rig.hand((slab) => transport.sendInOrder(slab));
    pair.near.destroy();
    transport.close();
    await until('every slab', () => rig.pool.usedCount === 0);
    expect(rig.hand((slab) => transport.sendInOrder(slab)).outcome).toBe(SEND_BROKEN);
  });

  it('lets go of every slab when the peer resets the connection', async () => {
    rig.fill(transport);
    for (let i = 0; i < 10; i++) rig.hand((slab) => transport.sendInOrder(slab));
    pair.far.resetAndDestroy();
    await until('the end of the socket', () => pair.near.closed);
    transport.close();
    await until('every slab', () => rig.pool.usedCount === 0);
  });

  it('that is closed lets go of what waits, and of what is under way when the kernel has it', async () => {
    const slab = rig.fill(transport);
    rig.hand((handed) => transport.sendInOrder(handed));
    transport.close();
    expect(rig.pool.usedCount).toBe(1);
    expect(rig.pool.ownerCount(slab)).toBe(1);
    pair.far.resume();
    await until('the write to end', () => rig.pool.usedCount === 0);
  });

  it('says that a socket is broken when our side of it has ended', async () => {
    pair.near.end();
    await until('the end of our side', () => pair.near.writableFinished);
    expect(rig.hand((slab) => transport.send(slab)).outcome).toBe(SEND_BROKEN);
    expect(rig.hand((slab) => transport.sendInOrder(slab)).outcome).toBe(SEND_BROKEN);
    expect(rig.pool.usedCount).toBe(0);
  });

  it('is busy while the stream holds bytes of others, and goes on after them in order', async () => {
    const text = Buffer.alloc(8 * 1024 * 1024, 'x');
    pair.near.write(text);
    expect(transport.idle).toBe(false);
    expect(rig.hand((slab) => transport.sendInOrder(slab)).outcome).toBe(SEND_TAKEN);
    expect(transport.pendingCount).toBe(1);
    pair.far.resume();
    await until('the stream to drain', () => pair.near.writableLength === 0);
    transport.flush();
    await until('all bytes', () => pair.receivedBytes === text.length + rig.expectedBytes.length);
    expect(pair.received.subarray(text.length).equals(rig.expectedBytes)).toBe(true);
    expect(rig.pool.usedCount).toBe(0);
  });

  it('is free again when its own write is done, whatever others have written since', async () => {
    rig.fill(transport);
    pair.near.write(Buffer.alloc(32 * 1024 * 1024, 'y'));
    pair.far.resume();
    await until('everything to be written', () => transport.idle);
    expect(rig.pool.usedCount).toBe(0);
  });

  it('copies wait in the stream, as many as there are, and what comes after them keeps its place', async () => {
    const copies = Buffer.alloc(8 * 1024 * 1024, 'c');
    expect(transport.sendCopies(copies)).toBe(SEND_TAKEN);
    rig.hand((slab) => transport.sendInOrder(slab));
    pair.far.resume();
    await until('the stream to drain', () => pair.near.writableLength === 0);
    transport.flush();
    await until('all bytes', () => pair.receivedBytes === copies.length + rig.expectedBytes.length);
    expect(pair.received.subarray(copies.length).equals(rig.expectedBytes)).toBe(true);
  });
});

describe.each([
  ['past the stream', true],
  ['through the stream', false],
])('frames written %s between the texts of ws', (_name, mayWriteRaw) => {
  it('come out whole and in order, also when the reader stalls', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const received: (number | string)[] = [];
    client.on('message', (data: Buffer, isBinary) => received.push(isBinary ? data.readUInt32BE(0) : data.toString()));
    const [accepted] = (await once(server, 'connection')) as [WebSocket];
    await (client.readyState === WebSocket.OPEN ? undefined : once(client, 'open'));
    const tcp = (accepted as unknown as { readonly _socket: Socket })._socket;
    const reader = (client as unknown as { readonly _socket: Socket })._socket;
    const rig = new Rig();
    const transport = new FrameTransport(tcp, rig.pool, mayWriteRaw);

    const texts: string[] = [];
    let frames = 0;
    for (let i = 0; i < 3_000; i++) {
      if (i === 500) reader.pause();
      if (i === 1_500) reader.resume();
      if (transport.idle) {
        rig.hand((slab) => transport.send(slab));
        frames += 1;
      } else transport.flush();
      if (i % 3 === 0) {
        texts.push(`text ${i}`);
        accepted.send(`text ${i}`);
      }
      if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await until('every message', () => received.length === texts.length + frames);
    expect(received.filter((item) => typeof item === 'string')).toEqual(texts);
    const numbers = received.filter((item) => typeof item === 'number');
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(rig.pool.usedCount).toBe(0);
    client.terminate();
    server.close();
  });
});
