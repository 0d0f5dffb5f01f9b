import { assert } from '@waymark/base';

/**
 * Base64 (RFC 4648, the standard alphabet, padded) of the packed columns. By hand, because this package runs where there is no Buffer,
 * and Node 24 has no Uint8Array.fromBase64 yet; both directions go through a table, about 1 ms for the 130 KB of 8,500 waypoints.
 */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const unitOfSextet = new Uint8Array(64);
/** 255 where a unit is not of the alphabet. */
const sextetOfUnit = new Uint8Array(128).fill(255);
for (let sextet = 0; sextet < 64; sextet++) {
  unitOfSextet[sextet] = ALPHABET.charCodeAt(sextet);
  sextetOfUnit[ALPHABET.charCodeAt(sextet)] = sextet;
}

/**
 * Sixteen characters at a time in one call: measured on 136 KB at 0.45 ms, against 2 ms for a byte array given to String.fromCharCode in
 * pieces and 1.3 ms for four characters at a time.
 */
export function encodeBase64(bytes: Uint8Array): string {
  const whole = bytes.length - (bytes.length % 12);
  let text = '';
  for (let offset = 0; offset < whole; offset += 12) {
    const a = wordAt(bytes, offset);
    const b = wordAt(bytes, offset + 3);
    const c = wordAt(bytes, offset + 6);
    const d = wordAt(bytes, offset + 9);
    text += String.fromCharCode(
      unitOfSextet[a >> 18]!,
      unitOfSextet[(a >> 12) & 63]!,
      unitOfSextet[(a >> 6) & 63]!,
      unitOfSextet[a & 63]!,
      unitOfSextet[b >> 18]!,
      unitOfSextet[(b >> 12) & 63]!,
      unitOfSextet[(b >> 6) & 63]!,
      unitOfSextet[b & 63]!,
      unitOfSextet[c >> 18]!,
      unitOfSextet[(c >> 12) & 63]!,
      unitOfSextet[(c >> 6) & 63]!,
      unitOfSextet[c & 63]!,
      unitOfSextet[d >> 18]!,
      unitOfSextet[(d >> 12) & 63]!,
      unitOfSextet[(d >> 6) & 63]!,
      unitOfSextet[d & 63]!,
    );
  }
  return text + encodeTail(bytes, whole);
}

function encodeTail(bytes: Uint8Array, start: number): string {
  let text = '';
  for (let offset = start; offset < bytes.length; offset += 3) {
    const word = wordAt(bytes, offset);
    const left = bytes.length - offset;
    text += ALPHABET.charAt(word >> 18) + ALPHABET.charAt((word >> 12) & 63);
    text += left > 1 ? ALPHABET.charAt((word >> 6) & 63) : '=';
    text += left > 2 ? ALPHABET.charAt(word & 63) : '=';
  }
  return text;
}

/** Three bytes from `offset`, zeros past the end. */
function wordAt(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! << 16) | (bytes[offset + 1]! << 8) | bytes[offset + 2]!;
}

/** The bytes of a base64 text that Waymark itself wrote; anything else is a broken invariant. */
export function decodeBase64(text: string): Uint8Array {
  assert(text.length % 4 === 0, 'packed columns are padded base64');
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let out = 0;
  let seen = 0;
  for (let offset = 0; offset < text.length; offset += 4) {
    const isLast = offset + 4 === text.length;
    const a = sextetAt(text, offset);
    const b = sextetAt(text, offset + 1);
    const c = isLast && padding === 2 ? 0 : sextetAt(text, offset + 2);
    const d = isLast && padding > 0 ? 0 : sextetAt(text, offset + 3);
    seen |= a | b | c | d;
    const word = (a << 18) | (b << 12) | (c << 6) | d;
    bytes[out] = word >> 16;
    bytes[out + 1] = word >> 8;
    bytes[out + 2] = word;
    out += 3;
  }
  assert(seen < 64, 'packed columns are base64');
  return bytes;
}

/** At least 64 for a unit outside the alphabet. */
function sextetAt(text: string, offset: number): number {
  return sextetOfUnit[text.charCodeAt(offset)] ?? 255;
}
