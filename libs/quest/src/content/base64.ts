import { assert } from '@waymark/base';

/**
 * Base64 (RFC 4648, the standard alphabet, padded) of the packed columns. By hand, because this package runs where there is no Buffer,
 * and Node 24 has no Uint8Array.fromBase64 yet; both directions go through a table, about 1 ms for the 130 KB of 8,500 waypoints.
 */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PAD = 0x3d;
/** String.fromCharCode takes its units as arguments, which live on the stack. */
const UNITS_AT_ONCE = 8_192;

const unitOfSextet = new Uint8Array(64);
/** 255 where a unit is not of the alphabet. */
const sextetOfUnit = new Uint8Array(128).fill(255);
for (let sextet = 0; sextet < 64; sextet++) {
  unitOfSextet[sextet] = ALPHABET.charCodeAt(sextet);
  sextetOfUnit[ALPHABET.charCodeAt(sextet)] = sextet;
}

export function encodeBase64(bytes: Uint8Array): string {
  const units = new Uint8Array(Math.ceil(bytes.length / 3) * 4).fill(PAD);
  let out = 0;
  for (let offset = 0; offset < bytes.length; offset += 3) {
    const left = bytes.length - offset;
    const word = (bytes[offset]! << 16) | ((bytes[offset + 1] ?? 0) << 8) | (bytes[offset + 2] ?? 0);
    units[out] = unitOfSextet[word >> 18]!;
    units[out + 1] = unitOfSextet[(word >> 12) & 63]!;
    if (left > 1) units[out + 2] = unitOfSextet[(word >> 6) & 63]!;
    if (left > 2) units[out + 3] = unitOfSextet[word & 63]!;
    out += 4;
  }
  let text = '';
  for (let offset = 0; offset < units.length; offset += UNITS_AT_ONCE) {
    text += String.fromCharCode.apply(null, units.subarray(offset, offset + UNITS_AT_ONCE) as unknown as number[]);
  }
  return text;
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
