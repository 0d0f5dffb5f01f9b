import fc from 'fast-check';

import { JSON_DEPTH_MAX } from '@waymark/base';
import { findJsonFaults } from './json-faults.ts';
import { parseStrictJson } from './parse-strict-json.ts';
import { pointerOf, type PathSegment } from './places.ts';

/** Strict JSON against JSON.parse, and against faults planted where the test knows. Printed on failure: the seed and the smallest case. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_123);
fc.configureGlobal({ seed: SEED });

const blanks = fc.string({ unit: fc.constantFrom(' ', '\n', '\r', '\t', '\r\n'), maxLength: 3 });
const names = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.constantFrom('a', 'b', 'constructor', '~/"\\'),
);
const safeNames = names.filter((name) => name !== '__proto__' && name !== 'prototype');

/** A JSON value whose objects have members in a list, so that names can repeat and places can be planted. */
type Tree = { scalar: string } | { list: Tree[] } | { members: (readonly [string, Tree])[] };

const scalar = fc
  .oneof(
    fc.string({ unit: 'grapheme' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
  )
  .map((value) => ({ scalar: JSON.stringify(value) }));
const tree: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', maxDepth: 6 },
    scalar,
    fc.array(tie('tree'), { maxLength: 4 }).map((list) => ({ list })),
    fc
      .uniqueArray(fc.tuple(safeNames, tie('tree')), { maxLength: 4, selector: ([name]) => name })
      .map((members) => ({ members })),
  ),
})).tree;

/** Writes a tree with the given blanks between tokens and remembers where each value and each name begins. */
class Writer {
  text = '';
  readonly values: { path: readonly PathSegment[]; offset: number; end: number }[] = [];
  readonly names: { path: readonly PathSegment[]; offset: number }[] = [];
  private readonly gaps: readonly string[];
  private gap = 0;
  /** Of the last token, before its gap. */
  private end = 0;

  constructor(gaps: readonly string[]) {
    this.gaps = gaps;
    this.token('');
  }

  write(node: Tree, path: readonly PathSegment[]): void {
    const place = { path, offset: this.text.length, end: 0 };
    this.values.push(place);
    if ('scalar' in node) this.token(node.scalar);
    else this.entries(node, path);
    place.end = this.end;
  }

  private entries(node: Exclude<Tree, { scalar: string }>, path: readonly PathSegment[]): void {
    const opener = 'list' in node ? '[' : '{';
    this.token(opener);
    const entries = 'list' in node ? node.list.map((value, index) => [index, value] as const) : node.members;
    entries.forEach(([name, value], index) => {
      if (index > 0) this.token(',');
      if (typeof name === 'string') {
        this.names.push({ path: [...path, name], offset: this.text.length });
        this.token(JSON.stringify(name));
        this.token(':');
      }
      this.write(value, [...path, name]);
    });
    this.token(opener === '[' ? ']' : '}');
  }

  private token(token: string): void {
    this.text += token;
    this.end = this.text.length;
    this.text += this.gaps[this.gap++ % this.gaps.length]!;
  }
}

function written(node: Tree, gaps: readonly string[]): Writer {
  const writer = new Writer(gaps);
  writer.write(node, []);
  return writer;
}

function placeOf(text: string, offset: number): { line: number; column: number } {
  const lines = text.slice(0, offset).split(/\r\n|\n|\r(?!\n)/);
  const splitsLineEnd = text[offset - 1] === '\r' && text[offset] === '\n';
  const line = splitsLineEnd ? lines.length - 1 : lines.length;
  return { line, column: lines.at(-1)!.length + 1 };
}

const gapList = fc.array(blanks, { minLength: 1, maxLength: 7 });

describe('strict JSON, fuzzed', () => {
  it('reads every good text as JSON.parse does', () => {
    fc.assert(
      fc.property(tree, gapList, (node, gaps) => {
        const { text } = written(node, gaps);
        expect(parseStrictJson(text)).toEqual({ ok: true, value: JSON.parse(text) });
        expect(findJsonFaults(text, { depthMax: JSON_DEPTH_MAX, faultsMax: 9 })).toMatchObject({ faultCount: 0 });
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['number-not-finite', '1e999'],
    ['number-not-finite', `-${'9'.repeat(400)}`],
    ['lone-surrogate', '"a\\uDEAD"'],
    ['json-literal', 'NaN'],
    ['json-number', '007'],
    ['json-comment', '/**/1'],
    ['json-token', '#'],
  ])('finds %s planted in the place of any value: %s', (code, planted) => {
    fc.assert(
      fc.property(tree, gapList, fc.nat(), (node, gaps, choice) => {
        const good = written(node, gaps);
        const { path, offset, end } = good.values[choice % good.values.length]!;
        const text = good.text.slice(0, offset) + planted + good.text.slice(end);
        const json = parseStrictJson(text);
        const expected = { code, pointer: pointerOf(path), ...placeOf(text, offset) };
        expect(json).toMatchObject({ ok: false, errorCount: 1, errors: [expected] });
      }),
      { numRuns: 200 },
    );
  });

  it('finds a repeated name planted beside any other', () => {
    fc.assert(
      fc.property(tree, gapList, fc.nat(), (node, gaps, choice) => {
        const good = written(node, gaps);
        fc.pre(good.names.length > 0);
        const { path, offset } = good.names[choice % good.names.length]!;
        const text = `${good.text.slice(0, offset)}${JSON.stringify(path.at(-1))}:0,\n${good.text.slice(offset)}`;
        const repeated = text.indexOf('\n', offset) + 1;
        const expected = { code: 'duplicate-field', pointer: pointerOf(path), ...placeOf(text, repeated) };
        expect(parseStrictJson(text)).toMatchObject({ ok: false, errorCount: 1, errors: [expected] });
      }),
      { numRuns: 500 },
    );
  });

  it('breaks the grammar exactly where JSON.parse does not take the text', () => {
    const scraps = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      '\\u00e',
      '0',
      '-',
      '.',
      'e+1',
      'true',
      '/',
      '\n',
      '\0',
      '\u001f',
      '\u2028',
      '\u00a0',
    );
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 3 }), scraps), { minLength: 1, maxLength: 3 });
    let refused = 0;
    fc.assert(
      fc.property(tree, gapList, edits, (node, gaps, changes) => {
        let { text } = written(node, gaps);
        for (const [at, cut, scrap] of changes) {
          const offset = at % (text.length + 1);
          text = text.slice(0, offset) + scrap + text.slice(offset + cut);
        }
        const isJson = findJsonFaults(text, { depthMax: JSON_DEPTH_MAX, faultsMax: 9 }).isJson;
        expect(isJson).toBe(isJsonText(text));
        const json = parseStrictJson(text);
        if (json.ok) expect(json.value).toEqual(JSON.parse(text));
        if (!isJson) expect(json.ok).toBe(false);
        refused += isJson ? 0 : 1;
      }),
      { numRuns: 3_000 },
    );
    expect(refused).toBeGreaterThan(300);
  });
});

function isJsonText(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
