/**
 * UTF-8 without TextEncoder, which this package does without. Only for well-formed strings: the strict JSON reading lets no others in.
 */

export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (let offset = 0; offset < text.length; offset++) {
    const unit = text.charCodeAt(offset);
    bytes += unit < 0x80 ? 1 : unit < 0x800 || isSurrogate(unit) ? 2 : 3;
  }
  return bytes;
}

/** Bytes of the string between the quotes of a JSON text as JSON.stringify writes it. */
export function jsonTextBytes(text: string): number {
  let bytes = 0;
  for (let offset = 0; offset < text.length; offset++) {
    const unit = text.charCodeAt(offset);
    if (unit >= 0x80) bytes += unit < 0x800 || isSurrogate(unit) ? 2 : 3;
    else if (unit >= 0x20) bytes += unit === 0x22 || unit === 0x5c ? 2 : 1;
    else bytes += (unit >= 0x08 && unit <= 0x0a) || unit === 0x0c || unit === 0x0d ? 2 : 6;
  }
  return bytes;
}

/** Writes `text` at `offset` and says where it ends. */
export function writeUtf8(text: string, bytes: Uint8Array, offset: number): number {
  let at = offset;
  for (let index = 0; index < text.length; index++) {
    const code = text.codePointAt(index)!;
    if (code < 0x80) {
      bytes[at++] = code;
      continue;
    }
    if (code < 0x800) bytes[at++] = 0xc0 | (code >> 6);
    else {
      if (code < 0x1_0000) bytes[at++] = 0xe0 | (code >> 12);
      else {
        bytes[at++] = 0xf0 | (code >> 18);
        bytes[at++] = 0x80 | ((code >> 12) & 0x3f);
        index += 1;
      }
      bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
    }
    bytes[at++] = 0x80 | (code & 0x3f);
  }
  return at;
}

/** Half of a pair; the pair is 4 bytes. */
function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}
