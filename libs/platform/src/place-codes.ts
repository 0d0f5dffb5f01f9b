/**
 * What can be wrong at one place of a request: the `code` of each entry of a problem's `errors`, beside those of quest documents and of JSON
 * itself, which libs/quest has (docs/quest-format.md). docs/problems.md is made from this table. The type of an entry knows no other codes, so
 * that none can be told that no page has.
 */
export const PLACE_CODES = {
  'wrong-type': 'Another type of JSON value than belongs here; `null` is never right.',
  'missing-field': 'A field that must be there is not; the place is that of the object.',
  'unknown-field': 'A field that the body of this command does not have; the place is that of its name.',
  'not-an-integer': 'A fraction where a whole number belongs.',
  'out-of-range': 'A number or a time under the least or over the most.',
  'wrong-format':
    'A text, header or path that does not look as it must: an id, a key, a time, an entity tag, an escape of an address.',
  'wrong-length': 'An array of too few or too many entries.',
  'text-blank': 'A name with nothing to see in it: blanks, zero-width characters, fillers.',
  'text-too-long': 'A text, or a part of an address, of too many characters.',
  'control-character': 'A control character or a line break in a name.',
  'not-utf8': 'From here on the bytes of the body are not UTF-8.',
  'unknown-parameter': 'A query field that this address does not take.',
  'invalid-parameter': 'A query field that breaks a rule, or is given more than once.',
  'repeated-header': 'A header that may stand once is there more often.',
} as const satisfies Record<string, string>;

export type PlaceCode = keyof typeof PLACE_CODES;

/** The tables that codes may come from. Who passes on those of another library declares that library's table here. */
export interface PlaceCodeTables {
  readonly request: PlaceCode;
}

export type DocumentedCode = PlaceCodeTables[keyof PlaceCodeTables];
