import { createHash } from 'node:crypto';
import fc from 'fast-check';

import { checkQuestDocument } from '../document/check-quest-document.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { compileQuest } from './compile-quest.ts';
import { canonicalBytes, contentHash } from './content-hash.ts';
import { packQuest } from './pack-quest.ts';
import { jsonTextBytes, utf8Bytes, writeUtf8 } from './utf8.ts';

fc.configureGlobal({ seed: Number(process.env['FUZZ_SEED'] ?? 20_261_123) });

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const document = {
  title: 'Zwei Brücken 🌉',
  description: '',
  order: 'free',
  limits: { maxSpeed: 2.5, durationSeconds: 600, maxPlayers: 4 },
  defaults: { radius: 3 },
  waypoints: [[1, 2, 3], { at: [-1.5, 0, 1e5], points: 700, clue: 'Über dem Fluß' }, { at: [0, 0, 0], treasure: true }],
};
const content = checkQuestDocument(JSON.stringify(document)).content!;

describe('base64', () => {
  it('is that of Node, both ways, for every length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64');
        expect(encodeBase64(bytes)).toBe(text);
        expect(decodeBase64(text)).toEqual(bytes);
      }),
    );
  });

  it.each(['AAA', 'AA=A', '====', 'A===', 'AA-_', 'AAé=', 'AA A'])('refuses what it never wrote: %s', (text) => {
    expect(() => decodeBase64(text)).toThrow('base64');
  });
});

describe('UTF-8', () => {
  it('is that of Node, and the JSON bytes are those of JSON.stringify', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary-ascii' })), (text) => {
        const expected = Buffer.from(text);
        const bytes = new Uint8Array(utf8Bytes(text) + 2);
        expect(writeUtf8(text, bytes, 1)).toBe(expected.length + 1);
        expect([...bytes]).toEqual([0, ...expected, 0]);
        expect(jsonTextBytes(text) + 2).toBe(Buffer.byteLength(JSON.stringify(text)));
      }),
    );
  });
});

describe('the content hash', () => {
  it('is over the canonical bytes as docs/quest-format.md describes them', () => {
    const text = (words: string): Buffer[] => [u32(Buffer.byteLength(words)), Buffer.from(words)];
    const bytes = Buffer.concat([
      Buffer.from('WQC1'),
      ...text(document.title),
      ...text(''),
      Buffer.from([1]),
      Buffer.from(new Float64Array([2.5]).buffer),
      ...[600, 4, 3].map(u32),
      Buffer.from(new Float32Array([1, 2, 3, 3, -1.5, 0, 1e5, 3, 0, 0, 0, 3]).buffer),
      Buffer.from(new Uint16Array([10, 700, 10]).buffer),
      ...[1, 2, 1, 1].map(u32),
      ...text('Über dem Fluß'),
    ]);
    expect(Buffer.from(canonicalBytes(content)).toString('hex')).toBe(bytes.toString('hex'));
    expect(contentHash(content, sha256)).toBe(`sha256-${createHash('sha256').update(bytes).digest('hex')}`);
  });

  it('of a known quest never changes', () => {
    expect(contentHash(content, sha256)).toBe(
      'sha256-89d56b276dd7200c3a94c553412767c8c666f3e08e8e39082c184c3569969c6c',
    );
  });

  it('is the same for documents that say the same, and another when anything that players see differs', () => {
    const hashOf = (fields: object): string =>
      contentHash(checkQuestDocument(JSON.stringify({ ...document, ...fields })).content!, sha256);
    const { title: _title, ...rest } = document;
    expect(
      contentHash(checkQuestDocument(JSON.stringify({ ...rest, title: document.title }, null, 2)).content!, sha256),
    ).toBe(hashOf({}));
    const [first, second, third] = document.waypoints as [number[], object, object];
    expect(hashOf({ waypoints: [{ at: first, radius: 3, points: 10 }, second, third] })).toBe(hashOf({}));
    const others = [
      { title: 'Zwei Brücken' },
      { description: 'D' },
      { order: 'sequential' },
      { limits: { ...document.limits, maxSpeed: 2.6 } },
      { limits: { ...document.limits, durationSeconds: 601 } },
      { limits: { ...document.limits, maxPlayers: 5 } },
      { defaults: { radius: 4 } },
      { defaults: { radius: 3, points: 11 } },
      { waypoints: [[1, 2, 3.01], second, third] },
      { waypoints: [second, first, third] },
      { waypoints: [first, { ...second, clue: 'Über den Fluß' }, third] },
      { waypoints: [{ at: first, treasure: true }, second, third] },
    ].map(hashOf);
    expect(new Set([hashOf({}), ...others]).size).toBe(others.length + 1);
  });
});

describe('a compiled quest', () => {
  it('packs to the content it came from, whatever the order of its clues', () => {
    const { contentHash: _hash, ...columns } = compileQuest(content, '');
    expect(packQuest(columns)).toEqual(content);
    const clues = new Map([
      [2, 'b'],
      [0, 'a'],
    ]);
    expect(packQuest({ ...columns, clues }).clues).toEqual([
      [0, 'a'],
      [2, 'b'],
    ]);
  });

  it('is refused when its stored parts do not fit together', () => {
    const broken = [
      { waypointCount: 2 },
      { waypointCount: 0 },
      { points: 'AAAA' },
      { places: '!' },
      { treasures: [3] },
    ];
    for (const part of broken) expect(() => compileQuest({ ...content, ...part }, '')).toThrow('broken invariant');
  });

  it('is little endian on any machine', () => {
    const packed = decodeBase64(content.places);
    expect([...packed.subarray(0, 4)]).toEqual([0, 0, 0x80, 0x3f]);
    expect([...decodeBase64(content.points)]).toEqual([10, 0, 0xbc, 0x02, 10, 0]);
  });
});

function u32(value: number): Buffer {
  return Buffer.from(new Uint32Array([value]).buffer);
}
