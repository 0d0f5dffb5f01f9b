import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { notUtf8, validUtf8Bytes } from './utf8-place.ts';

/** Bytes that come close to UTF-8: pieces of it, and every kind of breach. */
const bytesArbitrary = fc
  .array(
    fc.oneof(
      fc.constantFrom('a', 'ö', '€', '\u{1f5fa}', '\n', '\r\n').map((text) => [...Buffer.from(text)]),
      fc.constantFrom(
        [0x80],
        [0xc0, 0xaf],
        [0xe0, 0x80, 0x80],
        [0xed, 0xa0, 0x80],
        [0xf4, 0x90, 0x80, 0x80],
        [0xf0, 0x9f],
      ),
      fc.uint8Array({ maxLength: 4 }).map((bytes) => [...bytes]),
    ),
    { maxLength: 30 },
  )
  .map((pieces) => Uint8Array.from(pieces.flat()));

describe('the first byte that is not UTF-8', () => {
  it('is where the longest prefix of whole characters ends', () => {
    fc.assert(
      fc.property(bytesArbitrary, (bytes) => {
        const valid = validUtf8Bytes(bytes);
        expect(isUtf8(bytes.subarray(0, valid))).toBe(true);
        expect(valid === bytes.length).toBe(isUtf8(bytes));
        for (let longer = valid + 1; longer <= Math.min(valid + 4, bytes.length); longer++) {
          expect(isUtf8(bytes.subarray(0, longer))).toBe(false);
        }
      }),
      { numRuns: 2_000 },
    );
  });
  it('has the line and column that an editor shows', () => {
    const placeAfter = (text: string) => {
      const { column, line } = notUtf8(Buffer.concat([Buffer.from(text), Buffer.of(0xc0)]));
      return [line, column];
    };
    expect(placeAfter('')).toEqual([1, 1]);
    expect(placeAfter('eins\nzwei\r\nzwölf \u{1f5fa}')).toEqual([3, 9]);
    expect(placeAfter('eins\rzwei\r')).toEqual([3, 1]);
    // A byte order mark is a character of the text, and may not stand there either.
    expect(placeAfter('\ufeff{')).toEqual([1, 3]);
  });
});
