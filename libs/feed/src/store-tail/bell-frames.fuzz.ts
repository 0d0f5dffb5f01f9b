import type { RecordedEvent } from '@waymark/event-store';
import fc from 'fast-check';
import { BellFormatError, BellFrameReader, encodeEvents, encodeHello } from './bell-frames.ts';
import type { BellMessage } from './bell-frames.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const anyEvent: fc.Arbitrary<RecordedEvent> = fc.record({
  id: fc.uuid(),
  type: text,
  data: fc.oneof(
    text,
    fc.integer({ min: 0, max: 300_000 }).map((length) => 'é'.repeat(length)),
  ),
  metadata: fc.record({
    schemaVersion: fc.nat(),
    commandId: text,
    sentAt: fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }),
  }),
  stream: text,
  revision: fc.bigInt({ min: 0n, max: 2n ** 53n - 1n }),
  position: fc.bigInt({ min: 1n, max: 2n ** 53n - 1n }),
  created: fc.double({ noNaN: true, min: 0, max: 1e15 }),
});

function readInChunks(bytes: Buffer, cuts: readonly number[]): BellMessage[] {
  const reader = new BellFrameReader();
  const messages: BellMessage[] = [];
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (let index = 1; index < places.length; index++) {
    reader.push(bytes.subarray(places[index - 1], places[index]), (message) => messages.push(message));
  }
  return messages;
}

describe('bell frames', () => {
  it('come out as they went in, however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(anyEvent, { maxLength: 6 }), { maxLength: 5 }),
        fc.array(fc.nat(), { maxLength: 30 }),
        (commits, cuts) => {
          const bytes = Buffer.concat([encodeHello('log-é'), ...commits.flatMap(encodeEvents)]);
          const messages = readInChunks(bytes, cuts);
          expect(messages[0]).toEqual({ kind: 'hello', logId: 'log-é' });
          const events = messages.flatMap((message) => (message.kind === 'events' ? message.events : []));
          expect(events).toEqual(commits.flat().map(withoutMinusZero));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('cut a commit of many large events into frames that a reader takes', () => {
    const [one] = fc.sample(anyEvent, { numRuns: 1, seed: 7 });
    const events = Array.from({ length: 30 }, (_, index) => ({
      ...one!,
      metadata: { schemaVersion: 1, commandId: 'c' },
      position: BigInt(index + 1),
      data: 'é'.repeat(400_000),
    }));
    const frames = encodeEvents(events);
    expect(frames.length).toBeGreaterThan(5);
    expect(
      readInChunks(Buffer.concat(frames), [5, 70_000, 9_000_000]).flatMap((message) =>
        message.kind === 'events' ? message.events : [],
      ),
    ).toEqual(events);
  });

  it('say so when the bytes are none, and read nothing past their end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        const frame = Buffer.concat([Buffer.alloc(4), noise]);
        frame.writeUInt32LE(noise.length, 0);
        try {
          readInChunks(frame, []);
        } catch (error) {
          expect(error instanceof BellFormatError || error instanceof SyntaxError).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
    expect(() => readInChunks(Buffer.from([0xff, 0xff, 0xff, 0xff]), [])).toThrow(BellFormatError);
    expect(() => readInChunks(Buffer.from([1, 0, 0, 0, 9]), [])).toThrow(BellFormatError);
  });
});

/** Metadata travels as JSON, which has no -0. */
function withoutMinusZero(event: RecordedEvent): RecordedEvent {
  return { ...event, metadata: JSON.parse(JSON.stringify(event.metadata)) as RecordedEvent['metadata'] };
}
