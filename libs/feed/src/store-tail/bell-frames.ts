import type { EventMetadata, RecordedEvent } from '@waymark/event-store';

/**
 * What travels on the bell's socket, from the command app to gateways of the same machine and version. Little endian.
 *
 *   frame   u32 bytes of the body | body
 *   hello   u8 1 | log id, UTF-8
 *   events  u8 2 | u8[3] zero | u32 count | count x event
 *   event   f64 position | f64 revision | f64 created | u32 bytes of each text, five times | stream, id, type, data, metadata (JSON), UTF-8
 *
 * Positions and revisions are exact as f64 up to 2^53, which the SQLite store asserts.
 */

const LENGTH_BYTES = 4;
const EVENTS_HEAD_BYTES = 8;
const EVENT_HEAD_BYTES = 44;
const TEXT_LENGTHS_OFFSET = 24;
const TEXTS = 5;
const KIND_HELLO = 1;
const KIND_EVENTS = 2;
/** A commit is cut into frames of about this much data: three bytes a character at most, and one append may be past it by itself. */
const FRAME_CHARS_MAX = 1024 * 1024;
/** No writer of ours makes a larger one: what says so is not our bell. */
const FRAME_BYTES_MAX = 8 * 1024 * 1024;
/** Encoding happens here, then the frame is copied out in its exact size: the sockets keep it until it is sent. */
const SCRATCH_BYTES = 64 * 1024;
const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
const NOTHING = Buffer.alloc(0);

export type BellMessage =
  | { readonly kind: 'hello'; readonly logId: string }
  | { readonly kind: 'events'; readonly events: readonly RecordedEvent[] };

/** The other side does not speak this format. */
export class BellFormatError extends Error {
  override readonly name = 'BellFormatError';
}

export function encodeHello(logId: string): Buffer {
  const frame = Buffer.alloc(LENGTH_BYTES + 1 + Buffer.byteLength(logId));
  frame.writeUInt32LE(frame.length - LENGTH_BYTES, 0);
  frame[LENGTH_BYTES] = KIND_HELLO;
  frame.write(logId, LENGTH_BYTES + 1);
  return frame;
}

/** The frames of one commit. */
export function encodeEvents(events: readonly RecordedEvent[]): Buffer[] {
  const frames: Buffer[] = [];
  for (let first = 0; first < events.length;) {
    let next = first;
    let chars = 0;
    while (next < events.length && (next === first || chars < FRAME_CHARS_MAX)) {
      chars += events[next]!.data.length;
      next += 1;
    }
    frames.push(encodeFrame(first === 0 && next === events.length ? events : events.slice(first, next)));
    first = next;
  }
  return frames;
}

function encodeFrame(events: readonly RecordedEvent[]): Buffer {
  const metadataTexts: string[] = [];
  let bytesMax = LENGTH_BYTES + EVENTS_HEAD_BYTES;
  for (const { data, id, metadata, stream, type } of events) {
    const metadataText = JSON.stringify(metadata);
    metadataTexts.push(metadataText);
    const chars = stream.length + id.length + type.length + data.length + metadataText.length;
    bytesMax += EVENT_HEAD_BYTES + 3 * chars;
  }
  const frame = bytesMax <= SCRATCH_BYTES ? scratch : Buffer.allocUnsafeSlow(bytesMax);
  frame.writeUInt32LE(KIND_EVENTS, LENGTH_BYTES);
  frame.writeUInt32LE(events.length, LENGTH_BYTES + 4);
  let offset = LENGTH_BYTES + EVENTS_HEAD_BYTES;
  for (let index = 0; index < events.length; index++) {
    offset = encodeEvent(frame, offset, events[index]!, metadataTexts[index]!);
  }
  frame.writeUInt32LE(offset - LENGTH_BYTES, 0);
  return Buffer.from(frame.subarray(0, offset));
}

/** Gives the offset after the event. */
function encodeEvent(frame: Buffer, offset: number, event: RecordedEvent, metadataText: string): number {
  frame.writeDoubleLE(Number(event.position), offset);
  frame.writeDoubleLE(Number(event.revision), offset + 8);
  frame.writeDoubleLE(event.created, offset + 16);
  const lengthAt = offset + TEXT_LENGTHS_OFFSET;
  let at = encodeText(frame, offset + EVENT_HEAD_BYTES, event.stream, lengthAt);
  at = encodeText(frame, at, event.id, lengthAt + 4);
  at = encodeText(frame, at, event.type, lengthAt + 8);
  at = encodeText(frame, at, event.data, lengthAt + 12);
  return encodeText(frame, at, metadataText, lengthAt + 16);
}

/** Gives the offset after the text. */
function encodeText(frame: Buffer, at: number, text: string, lengthAt: number): number {
  const bytes = frame.write(text, at);
  frame.writeUInt32LE(bytes, lengthAt);
  return at + bytes;
}

/** Cuts a stream of bytes into messages. Throws BellFormatError at what is not a frame. */
export class BellFrameReader {
  private rest: Buffer = NOTHING;
  /** Memory of `rest` when it is this reader's own and may be written on. */
  private owned: ArrayBufferLike | undefined;

  /** Calls `onMessage` with each message that `chunk` completes. */
  push(chunk: Buffer, onMessage: (message: BellMessage) => void): void {
    const bytes = this.rest.length === 0 ? chunk : this.join(chunk);
    let offset = 0;
    while (bytes.length - offset >= LENGTH_BYTES) {
      const bodyBytes = bytes.readUInt32LE(offset);
      if (bodyBytes === 0 || bodyBytes > FRAME_BYTES_MAX) throw new BellFormatError(`a frame of ${bodyBytes} bytes`);
      const end = offset + LENGTH_BYTES + bodyBytes;
      if (end > bytes.length) break;
      onMessage(decodeBody(bytes.subarray(offset + LENGTH_BYTES, end)));
      offset = end;
    }
    this.rest = offset === bytes.length ? NOTHING : bytes.subarray(offset);
    if (this.rest === NOTHING) this.owned = undefined;
  }

  /** A large frame comes in many chunks: the buffer grows by doubling, so that each byte is copied a bounded number of times. */
  private join(chunk: Buffer): Buffer {
    const { rest } = this;
    const length = rest.length + chunk.length;
    const capacity = rest.buffer.byteLength - rest.byteOffset;
    if (this.owned === rest.buffer && capacity >= length) {
      const joined = Buffer.from(rest.buffer, rest.byteOffset, length);
      chunk.copy(joined, rest.length);
      return joined;
    }
    const grown = Buffer.allocUnsafeSlow(length * 2);
    rest.copy(grown);
    chunk.copy(grown, rest.length);
    this.owned = grown.buffer;
    return grown.subarray(0, length);
  }
}

function decodeBody(body: Buffer): BellMessage {
  if (body[0] === KIND_HELLO) return { kind: 'hello', logId: body.toString('utf8', 1) };
  if (body[0] !== KIND_EVENTS || body.length < EVENTS_HEAD_BYTES)
    throw new BellFormatError(`a frame of kind ${body[0]}`);
  const count = body.readUInt32LE(4);
  const events: RecordedEvent[] = [];
  let offset = EVENTS_HEAD_BYTES;
  for (let index = 0; index < count; index++) {
    const texts: string[] = [];
    if (offset + EVENT_HEAD_BYTES > body.length) throw new BellFormatError('an event past the end of its frame');
    let at = offset + EVENT_HEAD_BYTES;
    for (let text = 0; text < TEXTS; text++) {
      const end = at + body.readUInt32LE(offset + TEXT_LENGTHS_OFFSET + 4 * text);
      if (end > body.length) throw new BellFormatError('a text past the end of its frame');
      texts.push(body.toString('utf8', at, end));
      at = end;
    }
    events.push({
      id: texts[1]!,
      type: texts[2]!,
      data: texts[3]!,
      metadata: JSON.parse(texts[4]!) as EventMetadata,
      stream: texts[0]!,
      revision: BigInt(body.readDoubleLE(offset + 8)),
      position: BigInt(body.readDoubleLE(offset)),
      created: body.readDoubleLE(offset + 16),
    });
    offset = at;
  }
  if (offset !== body.length) throw new BellFormatError('bytes after the last event of a frame');
  return { kind: 'events', events };
}
