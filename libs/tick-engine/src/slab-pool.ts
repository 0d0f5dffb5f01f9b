import { assert, SLAB_BYTES, SLABS_MAX, WS_HEADER_BYTES_MAX } from '@waymark/base';

import { FreeList } from './free-list.ts';

/**
 * The memory that frames are encoded into: equal slabs in one ArrayBuffer, each with an owner count. Who claims a slab owns it once; each
 * socket that it is handed to retains it and releases it when its write is done; with the last release it is free. The kernel commits
 * the pages that are touched, and the last slab freed is the next one claimed, so a calm gateway uses a few dozen slabs of memory.
 *
 *   slab:  | WebSocket header, right-aligned, 2 or 4 bytes | frame                          | rest |
 *            0 .. WS_HEADER_BYTES_MAX                        WS_HEADER_BYTES_MAX ..
 *                    ^ slabStart                                              ^ slabEnd
 *
 * With poison on, a slab is overwritten when it becomes free: whoever still reads it sends a frame that no client accepts.
 */
export interface SlabPoolOptions {
  readonly slabsMax?: number;
  readonly poison?: boolean;
  /** Makes the views that are handed to sockets; a Node gateway makes Buffers, so that its sockets need no copy and no wrapper. */
  readonly createView?: (buffer: ArrayBuffer, offset: number, bytes: number) => Uint8Array;
}

export const POISON_BYTE = 0xdb;

/** FIN and the binary opcode. */
const WS_FIN_BINARY = 0x82;
/** Longest payload whose length fits the second byte of the header. */
const WS_SHORT_BYTES_MAX = 125;
/** Says that the length is in the two bytes that follow, big endian. */
const WS_LENGTH_U16 = 126;

/**
 * Places for views of a slab, by length. A prime, so that the lengths of deltas, keyframes and full frames, each 32 bytes apart, fall into
 * different places. The places of a slab are made when its first message is asked for: few slabs are ever used.
 */
const VIEWS_PER_SLAB = 251;

export class SlabPool {
  readonly slabsMax: number;
  readonly poison: boolean;
  /** Over all slabs; frame writers write through it. */
  readonly view: DataView;
  /** The same memory as bytes. */
  readonly octets: Uint8Array;
  /** The message of a slab is bytes [slabStart, slabEnd) of it. */
  readonly slabStart: Uint16Array;
  readonly slabEnd: Uint16Array;
  /** Most slabs that were ever in use at once. */
  usedMax = 0;
  /** Claims that found no slab. */
  exhaustedCount = 0;
  /** Views made because none of that length was remembered. */
  viewsMadeCount = 0;

  private readonly owners: Int32Array;
  private readonly free: FreeList;
  private readonly buffer: ArrayBuffer;
  private readonly createView: (buffer: ArrayBuffer, offset: number, bytes: number) => Uint8Array;
  private readonly slabViews: Uint8Array[];
  private readonly messageViews: ((Uint8Array | null)[] | null)[];

  constructor(options: SlabPoolOptions = {}) {
    this.slabsMax = options.slabsMax ?? SLABS_MAX;
    this.poison = options.poison ?? false;
    this.createView = options.createView ?? createUint8View;
    this.buffer = new ArrayBuffer(this.slabsMax * SLAB_BYTES);
    this.view = new DataView(this.buffer);
    this.octets = new Uint8Array(this.buffer);
    this.slabStart = new Uint16Array(this.slabsMax);
    this.slabEnd = new Uint16Array(this.slabsMax);
    this.owners = new Int32Array(this.slabsMax);
    this.free = new FreeList(this.slabsMax);
    this.slabViews = [];
    this.messageViews = [];
    for (let slab = 0; slab < this.slabsMax; slab++) {
      this.slabViews.push(this.createView(this.buffer, slab * SLAB_BYTES, SLAB_BYTES));
      this.messageViews.push(null);
    }
  }

  get usedCount(): number {
    return this.free.usedCount;
  }

  /** A slab with one owner, the caller; -1 when all are in use. */
  claim(): number {
    const slab = this.free.take();
    if (slab === -1) {
      this.exhaustedCount += 1;
      return -1;
    }
    assert(this.owners[slab] === 0, 'a free slab has no owner');
    this.owners[slab] = 1;
    this.slabStart[slab] = WS_HEADER_BYTES_MAX;
    this.slabEnd[slab] = WS_HEADER_BYTES_MAX;
    const used = this.free.usedCount;
    if (used > this.usedMax) this.usedMax = used;
    return slab;
  }

  /** One more owner: a socket whose write is pending. */
  retain(slab: number): void {
    assert(this.owners[slab] > 0, 'a slab is retained while somebody owns it');
    this.owners[slab] += 1;
  }

  /** One owner less. The last one frees the slab; nobody may read it after that. */
  release(slab: number): void {
    assert(this.owners[slab] > 0, 'a slab is released once for each owner');
    this.owners[slab] -= 1;
    if (this.owners[slab] === 0) this.reclaim(slab);
  }

  ownerCount(slab: number): number {
    return this.owners[slab];
  }

  /** Where the frame of a slab starts in `view`. */
  frameOffset(slab: number): number {
    assert(this.owners[slab] > 0, 'a frame is written or read while somebody owns its slab');
    return slab * SLAB_BYTES + WS_HEADER_BYTES_MAX;
  }

  /** Puts the header of an unmasked binary WebSocket message in front of the frame: then [slabStart, slabEnd) can go to a socket. */
  seal(slab: number, frameBytes: number): void {
    assert(frameBytes > 0 && frameBytes <= SLAB_BYTES - WS_HEADER_BYTES_MAX, 'a frame fits its slab');
    const { octets } = this;
    const frame = slab * SLAB_BYTES + WS_HEADER_BYTES_MAX;
    if (frameBytes <= WS_SHORT_BYTES_MAX) {
      octets[frame - 2] = WS_FIN_BINARY;
      octets[frame - 1] = frameBytes;
      this.slabStart[slab] = WS_HEADER_BYTES_MAX - 2;
    } else {
      octets[frame - 4] = WS_FIN_BINARY;
      octets[frame - 3] = WS_LENGTH_U16;
      octets[frame - 2] = frameBytes >>> 8;
      octets[frame - 1] = frameBytes & 0xff;
      this.slabStart[slab] = WS_HEADER_BYTES_MAX - 4;
    }
    this.slabEnd[slab] = WS_HEADER_BYTES_MAX + frameBytes;
  }

  /** The whole slab. */
  bytes(slab: number): Uint8Array {
    return this.slabViews[slab];
  }

  /**
   * Exactly the bytes [slabStart, slabEnd): one WebSocket message. Views are remembered by slab and length, so steady ticking makes none.
   * Valid until the caller's release, like the slab itself.
   */
  message(slab: number): Uint8Array {
    assert(this.owners[slab] > 0, 'a message is read while somebody owns its slab');
    const start = this.slabStart[slab];
    const bytes = this.slabEnd[slab] - start;
    const views = this.messageViews[slab] ?? this.makePlaces(slab);
    const place = bytes % VIEWS_PER_SLAB;
    const known = views[place];
    // The length decides the start, too: a longer message has a longer WebSocket header.
    if (known !== null && known.length === bytes) return known;
    const made = this.createView(this.buffer, slab * SLAB_BYTES + start, bytes);
    views[place] = made;
    this.viewsMadeCount += 1;
    return made;
  }

  /** Frees a slab that nobody owns. Apart from `release`, so that a test can break the rule and see the harness notice. */
  protected reclaim(slab: number): void {
    this.owners[slab] = 0;
    if (this.poison) this.slabViews[slab].fill(POISON_BYTE);
    this.free.give(slab);
  }

  private makePlaces(slab: number): (Uint8Array | null)[] {
    const places = Array.from({ length: VIEWS_PER_SLAB }, () => null);
    this.messageViews[slab] = places;
    return places;
  }
}

function createUint8View(buffer: ArrayBuffer, offset: number, bytes: number): Uint8Array {
  return new Uint8Array(buffer, offset, bytes);
}
