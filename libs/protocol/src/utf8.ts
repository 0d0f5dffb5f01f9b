/**
 * UTF-8 by hand, because k6 has neither TextEncoder nor TextDecoder. Used for ids, names and clues: short texts, so plain loops do.
 * Encoding writes U+FFFD for a lone surrogate, as TextEncoder does; decoding refuses what is not well-formed.
 */

/** Bytes that `text` takes. */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(i + 1))) {
      bytes += 4;
      i += 1;
    } else bytes += 3;
  }
  return bytes;
}

/** Writes `text` at `offset` and returns the bytes written; the caller has made sure that they fit. */
export function writeUtf8(view: DataView, offset: number, text: string): number {
  let at = offset;
  for (let i = 0; i < text.length; i++) {
    let point = text.charCodeAt(i);
    if (isHighSurrogate(point) && isLowSurrogate(text.charCodeAt(i + 1))) {
      point = 0x10000 + ((point - 0xd800) << 10) + (text.charCodeAt(i + 1) - 0xdc00);
      i += 1;
    } else if (point >= 0xd800 && point <= 0xdfff) point = 0xfffd;
    at += writePoint(view, at, point);
  }
  return at - offset;
}

/** The text of `bytes` bytes at `offset`, or undefined when they are not well-formed UTF-8. */
export function readUtf8(view: DataView, offset: number, bytes: number): string | undefined {
  const end = offset + bytes;
  let text = '';
  let at = offset;
  while (at < end) {
    const lead = view.getUint8(at);
    const length = sequenceBytes(lead);
    if (length === 0 || at + length > end) return undefined;
    let point = length === 1 ? lead : lead & (0x7f >> length);
    for (let i = 1; i < length; i++) {
      const next = view.getUint8(at + i);
      if ((next & 0xc0) !== 0x80) return undefined;
      point = (point << 6) | (next & 0x3f);
    }
    if (!isShortestForm(point, length)) return undefined;
    text += String.fromCodePoint(point);
    at += length;
  }
  return text;
}

function writePoint(view: DataView, at: number, point: number): number {
  if (point < 0x80) {
    view.setUint8(at, point);
    return 1;
  }
  if (point < 0x800) {
    view.setUint8(at, 0xc0 | (point >> 6));
    view.setUint8(at + 1, 0x80 | (point & 0x3f));
    return 2;
  }
  if (point < 0x10000) {
    view.setUint8(at, 0xe0 | (point >> 12));
    view.setUint8(at + 1, 0x80 | ((point >> 6) & 0x3f));
    view.setUint8(at + 2, 0x80 | (point & 0x3f));
    return 3;
  }
  view.setUint8(at, 0xf0 | (point >> 18));
  view.setUint8(at + 1, 0x80 | ((point >> 12) & 0x3f));
  view.setUint8(at + 2, 0x80 | ((point >> 6) & 0x3f));
  view.setUint8(at + 3, 0x80 | (point & 0x3f));
  return 4;
}

/** Bytes of the sequence that `lead` opens, or 0 when it cannot open one. */
function sequenceBytes(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  if (lead >= 0xf0 && lead < 0xf5) return 4;
  return 0;
}

/** False for overlong forms, surrogates and numbers past the last code point. */
function isShortestForm(point: number, length: number): boolean {
  if (length === 3) return point >= 0x800 && (point < 0xd800 || point > 0xdfff);
  if (length === 4) return point >= 0x10000 && point <= 0x10ffff;
  return true;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

/** False for NaN, which charCodeAt gives past the end. */
function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
