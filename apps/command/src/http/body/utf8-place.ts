import { placeFaults, type PlacedError } from '@waymark/quest';

/** The one fault of bytes that are no text: where they stop being UTF-8. For bytes that isUtf8 refused. */
export function notUtf8(bytes: Uint8Array): PlacedError<'not-utf8'> {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, validUtf8Bytes(bytes)));
  const detail = 'From here on the bytes are not UTF-8.';
  return placeFaults(text, [{ pointer: '', offset: text.length, code: 'not-utf8' as const, detail }])[0]!;
}

/** Bytes before the first that cannot be part of a well-formed sequence (Unicode 16, table 3-7). */
export function validUtf8Bytes(bytes: Uint8Array): number {
  let offset = 0;
  while (offset < bytes.length) {
    const length = sequenceBytes(bytes, offset);
    if (length === 0) return offset;
    offset += length;
  }
  return offset;
}

/** Bytes of the well-formed sequence at `offset`; 0 when there is none. */
function sequenceBytes(bytes: Uint8Array, offset: number): number {
  const lead = bytes[offset]!;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  // Overlong forms, surrogates and code points past U+10FFFF are told by the second byte.
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  const second = bytes[offset + 1] ?? 0;
  if (second < low || second > high) return 0;
  for (let next = 2; next < length; next++) {
    if (((bytes[offset + next] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}
