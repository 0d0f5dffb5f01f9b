import { assert } from '@waymark/base';
import type { HuntState } from '@waymark/protocol';
import { applyFrame, readFrame } from '@waymark/protocol';
import type { SlabPool } from '@waymark/tick-engine';

/** What a client must hold when it has applied a state frame: compared as JSON values. */
export type ExpectedState = object | null;

interface Message {
  readonly slab: number;
  /** Where the bytes are, as a kernel would keep it: taken when the message is written, read when the socket gets to it. */
  readonly bytes: Uint8Array;
  readonly expected: ExpectedState;
}

/**
 * A socket that keeps frames for as long as the test likes before it reads them, with a client behind it. It owns each slab until then, as
 * a gateway's socket owns it until its write is done. What it reads must be a whole WebSocket message, a valid frame that follows from those
 * before it, and must leave the client with the state that was expected when the frame was made; anything else throws.
 */
export class SlowSocket {
  readonly client: HuntState;
  needsKeyframe = true;
  skippedCount = 0;
  readCount = 0;
  private readonly pool: SlabPool;
  private readonly inspect: (client: HuntState) => ExpectedState;
  private readonly waiting: Message[] = [];

  constructor(parts: {
    readonly pool: SlabPool;
    readonly client: HuntState;
    readonly inspect: (client: HuntState) => ExpectedState;
  }) {
    this.pool = parts.pool;
    this.client = parts.client;
    this.inspect = parts.inspect;
  }

  get idle(): boolean {
    return this.waiting.length === 0;
  }

  get waitingCount(): number {
    return this.waiting.length;
  }

  /** Takes the message of a slab; whoever encoded it keeps their own claim. */
  send(slab: number, expected: ExpectedState): void {
    this.pool.retain(slab);
    this.waiting.push({ slab, bytes: this.pool.message(slab), expected });
  }

  /** Reads the oldest `count` messages. */
  read(count = this.waiting.length): void {
    for (const message of this.waiting.splice(0, count)) {
      // As a network does: the bytes are copied out, and only then is the slab let go.
      const copy = message.bytes.slice();
      this.pool.release(message.slab);
      this.take(copy, message.expected);
    }
  }

  /** Ends it; what it did not read is lost. */
  close(): void {
    for (const { slab } of this.waiting.splice(0)) this.pool.release(slab);
  }

  private take(message: Uint8Array, expected: ExpectedState): void {
    const frame = readFrame(unwrap(message));
    const outcome = applyFrame(this.client, frame);
    assert(outcome === 'applied', `each frame follows from those before it, not ${outcome}`);
    this.readCount += 1;
    if (expected === null) return;
    const found = JSON.stringify(this.inspect(this.client));
    const wanted = JSON.stringify(expected);
    assert(found === wanted, `a client holds what the server held:\n found  ${found}\n wanted ${wanted}`);
  }
}

/** The payload of an unmasked binary message in one piece, in the shortest form. */
function unwrap(message: Uint8Array): Uint8Array {
  assert(message[0] === 0x82, 'a message is binary and final');
  const isShort = message[1]! < 126;
  assert(isShort || message[1] === 126, 'a frame needs no longer length');
  const bytes = isShort ? message[1]! : message[2]! * 256 + message[3]!;
  const start = isShort ? 2 : 4;
  assert(message.length === start + bytes, 'the header says how long the message is');
  assert(isShort || bytes > 125, 'a short length takes the short form');
  return message.subarray(start);
}
