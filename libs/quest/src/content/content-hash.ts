import type { QuestContent } from '@waymark/domain';
import { decodeBase64 } from './base64.ts';
import { utf8Bytes, writeUtf8 } from './utf8.ts';

/**
 * The name of what a quest says: two contents have the same hash exactly when a player could not tell them apart. It is the SHA-256 of
 * canonical bytes and not of a JSON text, so that a stranger in any language can recompute it without copying our JSON writer.
 *
 * Canonical bytes, little endian, without gaps; a text is u32 byte count, then UTF-8:
 *   4 bytes "WQC1" | text title | text description | u8 order (0 sequential, 1 free)
 *   f64 maxSpeed (m/s) | u32 durationSeconds | u32 maxPlayers | u32 waypointCount
 *   for each waypoint: f32 x, f32 y, f32 z, f32 radius (m; zero is always +0)
 *   for each waypoint: u16 points
 *   u32 treasureCount | for each, ascending: u32 index
 *   u32 clueCount | for each, ascending: u32 index, text clue
 */

/** SHA-256, from whoever has one: Node's crypto in the apps. This package runs without Node. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

const MAGIC = 0x3143_5157;
const TEXT_LENGTH_BYTES = 4;
const FIXED_BYTES = 4 + 1 + 8 + 4 + 4 + 4 + 4 + 4;

/** "sha256-" and the lowercase hex digest of the canonical bytes. */
export function contentHash(content: QuestContent, sha256: Sha256): string {
  let hash = 'sha256-';
  for (const byte of sha256(canonicalBytes(content))) hash += byte.toString(16).padStart(2, '0');
  return hash;
}

export function canonicalBytes(content: QuestContent): Uint8Array {
  const places = decodeBase64(content.places);
  const points = decodeBase64(content.points);
  let total = FIXED_BYTES + textBytes(content.title) + textBytes(content.description);
  total += places.length + points.length + 4 * content.treasures.length;
  for (const [, clue] of content.clues) total += 4 + textBytes(clue);

  const writer = new CanonicalWriter(total);
  writer.u32(MAGIC);
  writer.text(content.title);
  writer.text(content.description);
  writer.u8(content.order === 'sequential' ? 0 : 1);
  writer.f64(content.limits.maxSpeed);
  writer.u32(content.limits.durationSeconds);
  writer.u32(content.limits.maxPlayers);
  writer.u32(content.waypointCount);
  writer.raw(places);
  writer.raw(points);
  writer.u32(content.treasures.length);
  for (const index of content.treasures) writer.u32(index);
  writer.u32(content.clues.length);
  for (const [index, clue] of content.clues) {
    writer.u32(index);
    writer.text(clue);
  }
  return writer.bytes;
}

function textBytes(text: string): number {
  return TEXT_LENGTH_BYTES + utf8Bytes(text);
}

class CanonicalWriter {
  readonly bytes: Uint8Array;
  private readonly view: DataView;
  private offset = 0;

  constructor(bytes: number) {
    this.bytes = new Uint8Array(bytes);
    this.view = new DataView(this.bytes.buffer);
  }

  u8(value: number): void {
    this.bytes[this.offset] = value;
    this.offset += 1;
  }

  u32(value: number): void {
    this.view.setUint32(this.offset, value, true);
    this.offset += 4;
  }

  f64(value: number): void {
    this.view.setFloat64(this.offset, value, true);
    this.offset += 8;
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.offset);
    this.offset += bytes.length;
  }

  text(text: string): void {
    const end = writeUtf8(text, this.bytes, this.offset + TEXT_LENGTH_BYTES);
    this.u32(end - this.offset - TEXT_LENGTH_BYTES);
    this.offset = end;
  }
}
