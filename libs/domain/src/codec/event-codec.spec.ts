import { readdirSync, readFileSync } from 'node:fs';
import { createCodec, MalformedEventError, UnknownEventError } from './codec.ts';
import { decodeEvent, encodeEvent, EVENT_FORMATS } from './event-codec.ts';
import { isNumber, isText } from './event-shapes.ts';

const goldenDirectory = new URL('../golden/', import.meta.url);

interface Golden {
  readonly type: keyof typeof EVENT_FORMATS;
  readonly schemaVersion: number;
  /** As stored under that version. */
  readonly data: object;
  /** As read now. */
  readonly decoded: object;
}

const goldenNames = readdirSync(goldenDirectory).sort();
const goldenOf = (name: string) => JSON.parse(readFileSync(new URL(name, goldenDirectory), 'utf8')) as Golden;

describe('golden events', () => {
  it('exist for every version of every type', () => {
    const expected = Object.entries(EVENT_FORMATS).flatMap(([type, { version }]) =>
      Array.from({ length: version }, (_, i) => `${type}.v${i + 1}.json`),
    );
    expect(goldenNames).toEqual(expected.sort());
  });
  it.each(goldenNames)('%s is read as it was meant', (name) => {
    const { type, schemaVersion, data, decoded } = goldenOf(name);
    expect(name).toBe(`${type}.v${schemaVersion}.json`);
    expect(decodeEvent(type, schemaVersion, JSON.stringify(data))).toEqual({ type, data: decoded });
  });
  it.each(goldenNames)('%s fails clearly when any of its fields is lost or of another kind', (name) => {
    const { type, schemaVersion, data } = goldenOf(name);
    for (const field of Object.keys(data)) {
      const lost = JSON.stringify({ ...data, [field]: undefined });
      expect(() => decodeEvent(type, schemaVersion, lost)).toThrow(MalformedEventError);
      const twisted = JSON.stringify({ ...data, [field]: { twisted: true } });
      expect(() => decodeEvent(type, schemaVersion, twisted)).toThrow(`field "${field}"`);
    }
  });
  it.each(goldenNames.filter((name) => name.endsWith('.v1.json')))('%s is written back byte for byte', (name) => {
    const { type, schemaVersion, data } = goldenOf(name);
    const text = JSON.stringify(data);
    expect(encodeEvent(decodeEvent(type, schemaVersion, text))).toEqual({ type, schemaVersion, data: text });
  });
});

describe('what cannot be read', () => {
  it('is an unknown event when its type or version is not known', () => {
    expect(() => decodeEvent('GameExploded', 1, '{}')).toThrow(UnknownEventError);
    expect(() => decodeEvent('GamePaused', 2, '{"at":1}')).toThrow(UnknownEventError);
    expect(() => decodeEvent('GamePaused', 0, '{"at":1}')).toThrow(UnknownEventError);
    expect(() => decodeEvent('constructor', 1, '{}')).toThrow(UnknownEventError);
  });
  it('is a malformed event when its data is not what the type holds', () => {
    for (const data of ['', '{', 'null', '[]', '3', '{}', '{"at":"1"}', '{"at":1e999}']) {
      expect(() => decodeEvent('GamePaused', 1, data)).toThrow(MalformedEventError);
    }
  });
});

describe('a type that grew to version 3', () => {
  type Renamed = { readonly type: 'Renamed'; readonly data: { readonly first: string; readonly age: number } };
  const codec = createCodec<Renamed>({
    Renamed: {
      version: 3,
      shape: [
        ['first', isText],
        ['age', isNumber],
      ],
      upcasters: [
        (data) => ({ name: data['fullName'] }),
        (data) => ({ first: String(data['name']).split(' ')[0], age: 0 }),
      ],
    },
  });

  it('reads each older version through the whole chain', () => {
    const ada = { type: 'Renamed', data: { first: 'Ada', age: 0 } };
    expect(codec.decode('Renamed', 1, '{"fullName":"Ada Lovelace"}')).toEqual(ada);
    expect(codec.decode('Renamed', 2, '{"name":"Ada Lovelace"}')).toEqual(ada);
    expect(codec.decode('Renamed', 3, '{"first":"Ada","age":0}')).toEqual(ada);
  });
  it('writes the newest', () => {
    expect(codec.encode({ type: 'Renamed', data: { first: 'Ada', age: 36 } })).toEqual({
      type: 'Renamed',
      schemaVersion: 3,
      data: '{"first":"Ada","age":36}',
    });
  });
  it('checks the shape after the last step', () => {
    expect(() => codec.decode('Renamed', 3, '{"first":"Ada"}')).toThrow(MalformedEventError);
  });
});

describe('the tables', () => {
  it('have an upcaster for each step', () => {
    for (const { version, upcasters } of Object.values(EVENT_FORMATS)) expect(upcasters.length).toBe(version - 1);
  });
});
