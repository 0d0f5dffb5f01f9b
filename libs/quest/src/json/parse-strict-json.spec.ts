import { BODY_BYTES_MAX, DOCUMENT_ERRORS_MAX, JSON_DEPTH_MAX, JSON_FIELDS_MAX } from '@waymark/base';
import { parseStrictJson } from './parse-strict-json.ts';

/** Code, pointer, line and column of each error, in one line each. */
function errorsOf(text: string, depthMax?: number): string[] {
  const json = parseStrictJson(text, depthMax === undefined ? {} : { depthMax });
  if (json.ok) return [];
  expect(json.errors.every((error) => /^[A-Z"].*\.$/.test(error.detail))).toBe(true);
  return json.errors.map(({ code, pointer, line, column }) => `${code} ${pointer} ${line}:${column}`);
}

describe('strict JSON takes', () => {
  it.each([
    'null',
    ' [ ] ',
    '{"a":{"a":[{"a":1},{"a":2}]}}',
    '"\\ud83e\\udded and 🧭"',
    '[1E5, -0, 0.5e-3, 1e-999]',
    '{"constructor": 1, "prototype": {}, "proto": {"constructor": {"name": 1}}}',
    '{"a:b": "c:d\\\\", "e\\"f": "{[,:"}',
  ])('%s', (text) => {
    expect(parseStrictJson(text)).toEqual({ ok: true, value: JSON.parse(text) });
  });
});

describe('strict JSON refuses, with the place,', () => {
  it.each([
    ['nothing', '', 'json-empty  1:1'],
    ['blanks', ' \n ', 'json-empty  1:1'],
    ['an open array', '{"a":[1', 'json-end /a/0 1:8'],
    ['an open object', '{"a":1', 'json-end /a 1:7'],
    ['a missing value', '{"a":', 'json-end /a 1:6'],
    ['a missing colon at the end', '{"a"', 'json-end /a 1:5'],
    ['a missing name at the end', '{', 'json-end  1:2'],
    ['an unclosed string', '["abc', 'json-end /0 1:2'],
    ['a string cut in an escape', '["a\\', 'json-end /0 1:2'],
    ['a missing colon', '{"a" 1}', 'json-token /a 1:6'],
    ['a name without quotes', '{a: 1}', 'json-token  1:2'],
    ['a missing comma', '[1 2]', 'json-token /0 1:4'],
    ['a bracket that does not match', '[1}', 'json-token /0 1:3'],
    ['two commas', '[1,,2]', 'json-token /1 1:4'],
    ['a byte order mark', '\ufeff{}', 'json-token  1:1'],
    ['a blank that JSON does not know', '[\u00a01]', 'json-token /0 1:2'],
    ['NaN', '{"a": NaN}', 'json-literal /a 1:7'],
    ['-Infinity', '[-Infinity]', 'json-literal /0 1:2'],
    ['True', '[True]', 'json-literal /0 1:2'],
    ['nullify', '[nullify]', 'json-literal /0 1:2'],
    ['a line comment', '{} // so', 'json-comment  1:4'],
    ['a block comment', '[/* so */ 1]', 'json-comment /0 1:2'],
    ['a comment before a name', '{"a":1,\n/**/"b":2}', 'json-comment  2:1'],
    ['a trailing comma in an array', '[1,\n2,\n]', 'json-comma /1 2:2'],
    ['a trailing comma in an object', '{"a":1, }', 'json-comma /a 1:7'],
    ['a leading zero', '[01]', 'json-number /0 1:2'],
    ['a leading plus', '[+1]', 'json-number /0 1:2'],
    ['a leading point', '[.5]', 'json-number /0 1:2'],
    ['a trailing point', '[5.]', 'json-number /0 1:2'],
    ['an empty exponent', '[1e]', 'json-number /0 1:2'],
    ['a lone minus', '[-]', 'json-number /0 1:2'],
    ['a hexadecimal number', '[0x10]', 'json-number /0 1:2'],
    ['single quotes', "['a']", 'json-string /0 1:2'],
    ['a raw line break in a string', '["a\nb"]', 'json-string /0 1:4'],
    ['an unknown escape', '["a\\x41"]', 'json-string /0 1:4'],
    ['a short \\u escape', '["\\u12"]', 'json-string /0 1:3'],
    ['text after the value', '{} {}', 'json-trailing  1:4'],
    ['a repeated name', '{"a":1,\r\n "b":{"a":2},\r\n "a":3}', 'duplicate-field /a 3:2'],
    ['a name repeated by an escape', '{"a":1,"\\u0061":2}', 'duplicate-field /a 1:8'],
    ['__proto__', '{"x":{"__proto__":{"admin":true}}}', 'forbidden-field /x/__proto__ 1:7'],
    ['__proto__ by an escape', '{"__\\u0070roto__":1}', 'forbidden-field /__proto__ 1:2'],
    ['constructor.prototype', '{"constructor":{"prototype":{}}}', 'forbidden-field /constructor/prototype 1:17'],
    ['1e999', '{"a":[0,1e999]}', 'number-not-finite /a/1 1:9'],
    ['-1e999', '-1e999', 'number-not-finite  1:1'],
    ['half a pair as an escape', '["ok","\\ud800!"]', 'lone-surrogate /1 1:7'],
    ['half a pair as it is', '["\udc00"]', 'lone-surrogate /0 1:2'],
    ['half a pair in a name', '{"\\udfff":1}', 'lone-surrogate /\ufffd 1:2'],
  ])('%s', (_what, text, error) => {
    expect(errorsOf(text)).toEqual([error]);
  });

  it('every control character in a string, and no other character', () => {
    for (let unit = 0; unit < 0x100; unit++) {
      const text = `["${unit === 0x22 || unit === 0x5c ? '\\' : ''}${String.fromCharCode(unit)}"]`;
      expect(errorsOf(text)).toEqual(unit < 0x20 ? ['json-string /0 1:3'] : []);
    }
  });

  it('nesting past the limit, at the bracket that goes too deep', () => {
    const deep = '['.repeat(JSON_DEPTH_MAX) + ']'.repeat(JSON_DEPTH_MAX);
    expect(parseStrictJson(deep).ok).toBe(true);
    expect(errorsOf(`[${deep}]`)).toEqual([`json-depth ${'/0'.repeat(JSON_DEPTH_MAX)} 1:${JSON_DEPTH_MAX + 1}`]);
    expect(errorsOf('{"a":{"b":[]}}', 2)).toEqual(['json-depth /a/b 1:11']);
  });

  it('an object with too many members, at the name that is one too many', () => {
    const members = (count: number): string => Array.from({ length: count }, (_, index) => `"${index}":0`).join();
    const most = `[{},{${members(JSON_FIELDS_MAX)}`;
    expect(parseStrictJson(`${most}}]`).ok).toBe(true);
    expect(errorsOf(`${most},\n"more":0}]`)).toEqual(['json-fields /1 2:1']);
  });
});

describe('errors of strict JSON', () => {
  it('are all reported that do not end the reading, in the order of the text', () => {
    const text = '{"a":1e999,\n"a":"\\ud800",\n"__proto__":{"b":1,"b":2},\n"c":[}';
    expect(errorsOf(text)).toEqual([
      'number-not-finite /a 1:6',
      'duplicate-field /a 2:1',
      'lone-surrogate /a 2:5',
      'forbidden-field /__proto__ 3:1',
      'duplicate-field /__proto__/b 3:20',
      'json-token /c/0 4:6',
    ]);
  });

  it('are listed up to the limit and counted all', () => {
    const json = parseStrictJson(`[${'1e999,'.repeat(DOCUMENT_ERRORS_MAX + 50)}0]`);
    expect(json).toMatchObject({ ok: false, errorCount: DOCUMENT_ERRORS_MAX + 50 });
    expect(!json.ok && json.errors.length).toBe(DOCUMENT_ERRORS_MAX);
  });

  it('have pointers with RFC 6901 escapes, and long names cut', () => {
    expect(errorsOf('{"a/b":{"m~n":[1e999]}}')).toEqual(['number-not-finite /a~1b/m~0n/0 1:16']);
    const json = parseStrictJson(`{"${'x'.repeat(100_000)}":1e999}`);
    expect(!json.ok && json.errors[0]!.pointer).toBe(`/${'x'.repeat(100)}…`);
  });

  it('count columns in UTF-16 code units and take \\n, \\r\\n and \\r as line ends', () => {
    expect(errorsOf('["🧭",1e999]')).toEqual(['number-not-finite /1 1:7']);
    expect(errorsOf('[\r\n\r\n1e999]')).toEqual(['number-not-finite /0 3:1']);
    expect(errorsOf('[\r\r 1e999]')).toEqual(['number-not-finite /0 3:2']);
  });
});

describe('a hostile text of the largest size ends in an error and not in a fault of the process:', () => {
  it.each([
    ['opening brackets', '['.repeat(BODY_BYTES_MAX), 'json-depth'],
    ['opening objects', '{"a":'.repeat(BODY_BYTES_MAX / 5), 'json-depth'],
    ['closing brackets', ']'.repeat(BODY_BYTES_MAX), 'json-token'],
    ['an unclosed string', `"${'a'.repeat(BODY_BYTES_MAX)}`, 'json-end'],
    ['backslashes', `"${'\\'.repeat(BODY_BYTES_MAX)}`, 'json-end'],
    ['colons', ':'.repeat(BODY_BYTES_MAX), 'json-token'],
    ['one long number', `${'9'.repeat(BODY_BYTES_MAX)}`, 'number-not-finite'],
    ['one long name twice', `{"${'n'.repeat(1e6)}":1,"${'n'.repeat(1e6)}":1}`, 'duplicate-field'],
  ])('%s', (_what, text, code) => {
    const json = parseStrictJson(text);
    expect(!json.ok && json.errors.map((error) => error.code)).toEqual([code]);
    expect(!json.ok && JSON.stringify(json.errors).length).toBeLessThan(2_000);
  });
});
