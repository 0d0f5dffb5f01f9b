import { SLAB_BYTES, WS_HEADER_BYTES_MAX } from '@waymark/base';

import { POISON_BYTE, SlabPool } from './slab-pool.ts';

describe('SlabPool', () => {
  it('gives out every slab once, and says -1 and counts when there is none', () => {
    const pool = new SlabPool({ slabsMax: 3 });
    expect(new Set([pool.claim(), pool.claim(), pool.claim()])).toEqual(new Set([0, 1, 2]));
    expect(pool.claim()).toBe(-1);
    expect({ exhausted: pool.exhaustedCount, used: pool.usedCount, usedMax: pool.usedMax }).toEqual({
      exhausted: 1,
      used: 3,
      usedMax: 3,
    });
  });

  it('frees a slab with its last owner, not before', () => {
    const pool = new SlabPool({ slabsMax: 1 });
    const slab = pool.claim();
    pool.retain(slab);
    pool.release(slab);
    expect(pool.claim()).toBe(-1);
    pool.release(slab);
    expect(pool.claim()).toBe(slab);
  });

  it('hands out the slab that was freed last, so that few pages are touched', () => {
    const pool = new SlabPool({ slabsMax: 8 });
    const [first] = [pool.claim(), pool.claim()];
    pool.release(first);
    expect(pool.claim()).toBe(first);
  });

  it('ends the process on a release too many, and on any use after the last', () => {
    const pool = new SlabPool({ slabsMax: 1 });
    const slab = pool.claim();
    pool.seal(slab, 10);
    pool.release(slab);
    expect(() => pool.release(slab)).toThrow('released once for each owner');
    expect(() => pool.retain(slab)).toThrow('retained while somebody owns it');
    expect(() => pool.message(slab)).toThrow('read while somebody owns');
    expect(() => pool.frameOffset(slab)).toThrow('while somebody owns');
  });

  it('overwrites a slab with its last release when poison is on, and only then', () => {
    for (const poison of [true, false]) {
      const pool = new SlabPool({ slabsMax: 1, poison });
      const slab = pool.claim();
      const message = pool.bytes(slab);
      message.fill(7);
      pool.retain(slab);
      pool.release(slab);
      expect(message.every((byte) => byte === 7)).toBe(true);
      pool.release(slab);
      expect(message.every((byte) => byte === (poison ? POISON_BYTE : 7))).toBe(true);
    }
  });

  it.each([
    [40, [0x82, 40]],
    [125, [0x82, 125]],
    [126, [0x82, 126, 0, 126]],
    [300, [0x82, 126, 1, 44]],
    [SLAB_BYTES - WS_HEADER_BYTES_MAX, [0x82, 126, 16, 0]],
  ])('puts the shortest WebSocket header in front of %i bytes', (frameBytes, header) => {
    const pool = new SlabPool({ slabsMax: 2 });
    pool.claim();
    const slab = pool.claim();
    pool.octets.fill(1, pool.frameOffset(slab), pool.frameOffset(slab) + frameBytes);
    pool.seal(slab, frameBytes);
    expect([...pool.message(slab)]).toEqual([...header, ...new Array<number>(frameBytes).fill(1)]);
    expect(pool.slabEnd[slab]! - pool.slabStart[slab]!).toBe(header.length + frameBytes);
  });

  it('refuses a frame that does not fit', () => {
    const pool = new SlabPool({ slabsMax: 1 });
    const slab = pool.claim();
    expect(() => pool.seal(slab, SLAB_BYTES - WS_HEADER_BYTES_MAX + 1)).toThrow('fits its slab');
    expect(() => pool.seal(slab, 0)).toThrow('fits its slab');
  });

  it('remembers the views of messages by their length', () => {
    const pool = new SlabPool({ slabsMax: 1 });
    const messageOf = (frameBytes: number): Uint8Array => {
      const slab = pool.claim();
      pool.seal(slab, frameBytes);
      const message = pool.message(slab);
      pool.release(slab);
      return message;
    };
    const views = [40, 72, 104, 40, 72, 104].map(messageOf);
    expect(views[3]).toBe(views[0]);
    expect(views[5]).toBe(views[2]);
    expect(pool.viewsMadeCount).toBe(3);
    // Two lengths that share a place take it from each other, and are still right.
    expect([messageOf(10).length, messageOf(10 + 251).length, messageOf(10).length]).toEqual([12, 265, 12]);
  });

  it('makes views as it is told to', () => {
    const pool = new SlabPool({
      slabsMax: 2,
      createView: (buffer, offset, bytes) => Buffer.from(buffer, offset, bytes),
    });
    const slab = pool.claim();
    pool.seal(slab, 40);
    expect(Buffer.isBuffer(pool.message(slab))).toBe(true);
    expect(Buffer.isBuffer(pool.bytes(slab))).toBe(true);
  });
});
